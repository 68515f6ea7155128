/// Counts the n-grams of the highest order block by block; each block becomes a sorted run in a temporary file.
final class RunCounter {
  private let order: Int
  private let file: SpillFile
  private var runs: [Range<Int>] = []

  init(order: Int, folder: String) throws(EstimationError) {
    self.order = order
    file = try SpillFile(folder: folder)
  }

  /// Memory needed for each token of a block: the token and two orders of the positions.
  static let bytesPerToken = 12

  private static let pieceLength = 4096

  /// Counts the n-grams that end in `block`, except for those that end in its history.
  func add(_ block: TokenBlock, wordCount: Int) throws(EstimationError) {
    let positions = sortedPositions(block, wordCount: wordCount)
    let stride = NGramRecord.stride(order: order)
    let piece = Column<UInt32>(count: Self.pieceLength * stride)
    let runStart = file.byteCount
    var filled = 0
    var index = 0
    while index < positions.count {
      let position = Int(positions[index])
      var count = 1
      index += 1
      if position < block.historyCount { continue }
      if block.tokens[position] == WordTable.sentenceStart { continue }
      while index < positions.count, areEqual(position, Int(positions[index]), block) {
        if Int(positions[index]) >= block.historyCount { count += 1 }
        index += 1
      }
      put(windowEndingAt: position, of: block, at: filled, in: piece)
      NGramRecord.setCount(
        UInt64(count), isPruned: false, order: order, at: filled, in: piece)
      filled += stride
      if filled == piece.count {
        try file.append(piece, count: filled)
        filled = 0
      }
    }
    try file.append(piece, count: filled)
    runs.append(runStart..<file.byteCount)
  }

  /// All that was counted, in suffix order; the same n-gram may come several times in a row.
  func finish(memory: Int) throws(EstimationError) -> RecordMerge {
    try RecordMerge(file, runs: runs, .suffix, order: order, memory: memory)
  }

  private func sortedPositions(_ block: TokenBlock, wordCount: Int) -> Column<UInt32> {
    var sort = SuffixSort(block, wordCount: wordCount)
    var spare = Column<UInt32>(count: block.count)
    for _ in 1..<order {
      sort.step(into: spare)
      spare = sort.advance(to: spare)
    }
    return sort.positions
  }

  private func areEqual(_ first: Int, _ second: Int, _ block: TokenBlock) -> Bool {
    for distance in 0..<order {
      guard first >= distance, second >= distance else { return false }
      let word = block.tokens[first - distance]
      if word != block.tokens[second - distance] { return false }
      if word == WordTable.sentenceStart { return true }
    }
    return true
  }

  private func put(
    windowEndingAt position: Int, of block: TokenBlock, at start: Int, in piece: Column<UInt32>
  ) {
    var isOutside = false
    for distance in 0..<order {
      let word = isOutside ? WordTable.sentenceStart : block.tokens[position - distance]
      piece[start + order - 1 - distance] = word
      if word == WordTable.sentenceStart { isOutside = true }
    }
  }
}
