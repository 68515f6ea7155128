import Foundation
import ParlaLanguageModel

/// Mixes the probabilities of all orders and writes them as lines, with all n-grams in suffix order.
///
/// An n-gram's suffix precedes it in the next lower order, so one current n-gram of each order is enough: when it
/// ends in the current one of the order below, its probability follows from that one's.
struct Interpolation {
  private let unigrams: Column<Float>
  private var merges: [RecordMerge]
  private var weights: [ContextWeightReader]
  private let words: WordTable
  /// Per order the lines, which must wait for those of the orders below.
  private let waiting: [SpillFile]
  private let waitingText: [TextBuffer]
  private var doneCount = 0

  private static let pieceSize = 1 << 17

  init(
    _ unigrams: Column<Float>, _ merges: [RecordMerge], _ weights: [ContextWeightReader],
    words: WordTable, folder: String
  ) throws(LanguageModelError) {
    self.unigrams = unigrams
    self.merges = merges
    self.weights = weights
    self.words = words
    var files: [SpillFile] = []
    for _ in 0...merges.count { files.append(try SpillFile(folder: folder)) }
    waiting = files
    waitingText = files.map { _ in TextBuffer() }
  }

  /// The lines of all orders for the n-grams that end in a word of `range`.
  ///
  /// `progress` gets the number of n-grams since the last call.
  mutating func run(
    _ range: Range<UInt32>, progress: (Int) throws -> Void
  ) throws -> [SpillFile] {
    let word = Column<UInt32>(count: 1)
    for identifier in range where unigrams[Int(identifier)] != EstimatedLevel.absent {
      word[0] = identifier
      let probability = unigrams[Int(identifier)]
      try put(word, 0, order: 1, probability)
      try extend(word, 0, order: 1, probability, progress)
    }
    for index in waiting.indices { try flush(index) }
    return waiting
  }

  /// Goes through the n-grams that end in the one at `start`.
  private mutating func extend(
    _ column: Column<UInt32>, _ start: Int, order: Int, _ lower: Float,
    _ progress: (Int) throws -> Void
  ) throws {
    guard order <= merges.count else { return }
    while !merges[order - 1].isAtEnd, endsIn(column, start, order: order) {
      let higher = merges[order - 1].column
      let place = merges[order - 1].start
      let frequency = Float(bitPattern: higher[place + order + 1])
      let probability = frequency + Float(bitPattern: higher[place + order + 2]) * lower
      try put(higher, place, order: order + 1, probability)
      try extend(higher, place, order: order + 1, probability, progress)
      try merges[order - 1].advance()
      doneCount += 1
      if doneCount & 0xf_ffff == 0 { try progress(1 << 20) }
    }
  }

  /// Whether the present n-gram of one word more ends in the one at `start`.
  private func endsIn(_ column: Column<UInt32>, _ start: Int, order: Int) -> Bool {
    let higher = merges[order - 1].column
    let place = merges[order - 1].start + 1
    for index in 0..<order where higher[place + index] != column[start + index] { return false }
    return true
  }

  private mutating func put(
    _ column: Column<UInt32>, _ start: Int, order: Int, _ probability: Float
  ) throws {
    let text = waitingText[order - 1]
    text.append(min(0, log10(probability)))
    text.append(UInt8(ascii: "\t"))
    for index in 0..<order {
      if index > 0 { text.append(UInt8(ascii: " ")) }
      text.append(column[start + index], of: words)
    }
    if order <= weights.count {
      text.append(UInt8(ascii: "\t"))
      text.append(log10(try weights[order - 1].weight(behind: column, start)))
    }
    text.append(UInt8(ascii: "\n"))
    if text.count >= Self.pieceSize { try flush(order - 1) }
  }

  private func flush(_ index: Int) throws {
    try waiting[index].append(waitingText[index].data)
    waitingText[index].clear()
  }
}
