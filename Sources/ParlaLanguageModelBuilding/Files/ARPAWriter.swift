import Foundation
import ParlaLanguageModel

/// Writes a model in the ARPA format, with the order of lines and the numbers of KenLM's `lmplz`.
struct ARPAWriter {
  /// Takes the next bytes of the file.
  typealias Sink = (Data) throws -> Void

  private let threadCount: Int
  private static let linesPerPiece = 1 << 16

  init(threadCount: Int) { self.threadCount = threadCount }

  /// The text before the n-grams.
  static func header(counts: [Int]) -> Data {
    var text = "\\data\\\n"
    for (index, count) in counts.enumerated() { text += "ngram \(index + 1)=\(count)\n" }
    return Data((text + "\n").utf8)
  }

  /// The text before the n-grams of one order.
  static func sectionStart(order: Int) -> Data { Data("\\\(order)-grams:\n".utf8) }

  /// The text after the n-grams of each order.
  static let sectionEnd = Data("\n".utf8)

  /// The text at the end.
  static let end = Data("\\end\\\n".utf8)

  /// Writes the n-grams of `levels`, whose words are in `block`.
  func write(
    _ levels: [EstimatedLevel], counts: [Int], block: TokenBlock, words: WordTable, sink: Sink,
    progress: (LanguageModelBuilder.Progress) throws -> Void
  ) throws {
    try sink(Self.header(counts: counts))
    for level in levels {
      try progress(.writing(order: level.order))
      try sink(Self.sectionStart(order: level.order))
      try writePieces(of: level, block, words, isHighest: level.order == levels.count) { data in
        try progress(.writing(order: level.order))
        try sink(data)
      }
      try sink(Self.sectionEnd)
    }
    try sink(Self.end)
  }

  /// Formats several pieces at a time while those before go to the sink.
  private func writePieces(
    of level: EstimatedLevel, _ block: TokenBlock, _ words: WordTable, isHighest: Bool,
    _ sink: Sink
  ) throws {
    let pieceCount = (level.count + Self.linesPerPiece - 1) / Self.linesPerPiece
    var ready = (0..<threadCount).map { _ in TextBuffer() }
    var next = (0..<threadCount).map { _ in TextBuffer() }
    var failure: (any Error)?
    for start in stride(from: 0, to: pieceCount + threadCount, by: threadCount) {
      Parallel.run(threadCount + 1) { task in
        if task == 0 {
          do { for buffer in ready where buffer.count > 0 { try sink(buffer.data) } } catch {
            failure = error
          }
          return
        }
        let piece = start + task - 1
        let first = piece * Self.linesPerPiece
        let range = min(first, level.count)..<min(first + Self.linesPerPiece, level.count)
        Self.format(range, of: level, block, words, isHighest: isHighest, into: next[task - 1])
      }
      if let failure { throw failure }
      for buffer in ready { buffer.clear() }
      swap(&ready, &next)
    }
  }

  private static func format(
    _ range: Range<Int>, of level: EstimatedLevel, _ block: TokenBlock, _ words: WordTable,
    isHighest: Bool, into buffer: TextBuffer
  ) {
    let lines = LineWords(order: level.order)
    var first = range.lowerBound
    while first < range.upperBound {
      let part = first..<min(first + LineWords.lineCount, range.upperBound)
      lines.gather(part, of: level, block, words)
      for index in part where level.probability[index] != EstimatedLevel.absent {
        buffer.append(min(0, log10(level.probability[index])))
        buffer.append(UInt8(ascii: "\t"))
        lines.append(line: index - first, of: words, to: buffer)
        if !isHighest {
          buffer.append(UInt8(ascii: "\t"))
          let weight = level.weight[index]
          if weight == 1 { buffer.append(UInt8(ascii: "0")) } else { buffer.append(log10(weight)) }
        }
        buffer.append(UInt8(ascii: "\n"))
      }
      first = part.upperBound
    }
  }
}

/// The words of some lines, looked up together: they are scattered over the text, so memory latencies overlap.
private struct LineWords {
  static let lineCount = 256

  private let order: Int
  private let identifiers: Column<UInt32>
  private let places: Column<WordTable.Place>

  init(order: Int) {
    self.order = order
    identifiers = Column(count: Self.lineCount * order)
    places = Column(count: Self.lineCount * order)
  }

  func gather(
    _ range: Range<Int>, of level: EstimatedLevel, _ block: TokenBlock, _ words: WordTable
  ) {
    var filled = 0
    for index in range {
      if order == 1 {
        identifiers[filled] = UInt32(index)
        filled += 1
        continue
      }
      let isAbsent = level.probability[index] == EstimatedLevel.absent
      let end = isAbsent ? order - 1 : Int(level.position[index])
      for position in end - order + 1...end {
        identifiers[filled] = block.tokens[position]
        filled += 1
      }
    }
    words.locate(identifiers, count: filled, into: places)
  }

  @inline(__always) func append(line: Int, of words: WordTable, to buffer: TextBuffer) {
    buffer.append(places[line * order], of: words)
    for index in line * order + 1..<(line + 1) * order {
      buffer.append(UInt8(ascii: " "))
      buffer.append(places[index], of: words)
    }
  }
}
