import Foundation

/// Writes a model in the ARPA format, with the order of lines and the numbers of KenLM's `lmplz`.
struct ARPAWriter {
  /// Takes the next bytes of the file.
  typealias Sink = (Data) throws -> Void

  private let threadCount: Int
  private static let linesPerPiece = 1 << 16

  init(threadCount: Int) { self.threadCount = threadCount }

  /// What stands before the n-grams.
  static func header(counts: [Int]) -> Data {
    var text = "\\data\\\n"
    for (index, count) in counts.enumerated() { text += "ngram \(index + 1)=\(count)\n" }
    return Data((text + "\n").utf8)
  }

  /// What stands before the n-grams of one order.
  static func sectionStart(order: Int) -> Data { Data("\\\(order)-grams:\n".utf8) }

  /// What stands after the n-grams of each order.
  static let sectionEnd = Data("\n".utf8)

  /// What stands at the end.
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
      try writePieces(of: level, block, words, isHighest: level.order == levels.count, sink)
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
    for index in range {
      let probability = level.probability[index]
      if probability == EstimatedLevel.absent { continue }
      buffer.append(min(0, log10(probability)))
      buffer.append(UInt8(ascii: "\t"))
      if level.order == 1 {
        buffer.append(UInt32(index), of: words)
      } else {
        let end = Int(level.position[index])
        buffer.append(block.tokens[end - level.order + 1], of: words)
        for position in end - level.order + 2...end {
          buffer.append(UInt8(ascii: " "))
          buffer.append(block.tokens[position], of: words)
        }
      }
      if !isHighest {
        buffer.append(UInt8(ascii: "\t"))
        let weight = level.weight[index]
        if weight == 1 { buffer.append(UInt8(ascii: "0")) } else { buffer.append(log10(weight)) }
      }
      buffer.append(UInt8(ascii: "\n"))
    }
  }
}
