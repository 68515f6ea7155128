import ParlaLanguageModel

/// Counts the n-grams of the highest order block by block; each block becomes sorted runs in temporary files.
final class RunCounter {
  private let order: Int
  private let folder: String
  /// One file for each thread.
  private var files: [SpillFile] = []
  private var runs: RecordRuns

  init(order: Int, folder: String) {
    self.order = order
    self.folder = folder
    runs = RecordRuns(.suffix, order: order)
  }

  /// Memory needed for each token of a block: the token, a copy, and two orders of the positions.
  static let bytesPerToken = 16

  /// Memory needed for each word in each thread.
  static let bytesPerWord = 8

  private static let pieceLength = 4096

  /// Counts the n-grams that end in `block`, except for those that end in its history.
  ///
  /// The block is cut into stretches for `threadCount` threads.
  func add(_ block: TokenBlock, wordCount: Int, threadCount: Int) throws {
    while files.count < threadCount { files.append(try SpillFile(folder: folder)) }
    let length = (block.count + threadCount - 1) / threadCount
    let parts = try Parallel.map(threadCount) { index in
      let start = min(index * length, block.count)
      let part = block.part(start..<min(start + length, block.count), contextLength: order - 1)
      return try add(part, wordCount: wordCount, to: files[index])
    }
    for part in parts { runs.append(part) }
  }

  /// All that was counted; the same n-gram may come several times in a row.
  func finish() -> RecordRuns { runs }

  private func add(
    _ block: TokenBlock, wordCount: Int, to file: SpillFile
  ) throws(LanguageModelError) -> RecordRun {
    let start = file.byteCount
    let positions = sortedPositions(block, wordCount: wordCount)
    let stride = NGramRecord.stride(order: order)
    let piece = Column<UInt32>(count: Self.pieceLength * stride)
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
    return RecordRun(file: file, range: start..<file.byteCount)
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
