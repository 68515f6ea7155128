import ParlaLanguageModel

/// A sorted stretch of records in a temporary file.
struct RecordRun {
  let file: SpillFile
  let range: Range<Int>
}

/// All n-grams of one order as sorted runs, of which those with certain words can be read in order.
///
/// The word that counts most in an order leads: the last one in suffix order, the one before it in context order. What is
/// computed for n-grams with one leading word needs no others, so that ranges of words are handled at the same time.
struct RecordRuns {
  let order: Int
  let ngramOrder: NGramOrder
  private(set) var runs: [RecordRun] = []

  init(_ ngramOrder: NGramOrder, order: Int) {
    self.ngramOrder = ngramOrder
    self.order = order
  }

  mutating func append(_ run: RecordRun) { runs.append(run) }

  mutating func append(_ other: RecordRuns) { runs += other.runs }

  /// The n-grams whose leading word is in `words`, in order, through buffers of `memory` bytes.
  func merge(words: Range<UInt32>, memory: Int) throws(LanguageModelError) -> RecordMerge {
    var parts: [RecordRun] = []
    for run in runs {
      let start = try firstRecord(of: run, from: words.lowerBound)
      let end = try firstRecord(of: run, from: words.upperBound)
      parts.append(RecordRun(file: run.file, range: start..<end))
    }
    return try RecordMerge(parts, ngramOrder, order: order, memory: memory)
  }

  /// Up to `count` ranges of words that together are all up to `wordCount`, each leading about as many n-grams.
  func wordRanges(count: Int, wordCount: Int) throws(LanguageModelError) -> [Range<UInt32>] {
    var bounds: [UInt32] = []
    if let run = runs.max(by: { $0.range.count < $1.range.count }), !run.range.isEmpty {
      let recordCount = run.range.count / byteCount
      for part in Swift.stride(from: 1, to: count, by: 1) {
        bounds.append(try leadingWord(of: run, recordCount * part / count))
      }
    }
    var ranges: [Range<UInt32>] = []
    var start: UInt32 = 0
    for bound in bounds where bound > start {
      ranges.append(start..<bound)
      start = bound
    }
    return ranges + [start..<UInt32(wordCount)]
  }

  /// Gives the room of all records on the disk back.
  func discard() { for run in runs { run.file.discard() } }

  private var byteCount: Int { NGramRecord.stride(order: order) * 4 }

  /// The byte where the records begin whose leading word is `word` or a later one.
  private func firstRecord(of run: RecordRun, from word: UInt32) throws(LanguageModelError) -> Int {
    var range = 0..<run.range.count / byteCount
    while !range.isEmpty {
      let middle = range.lowerBound + range.count / 2
      if try leadingWord(of: run, middle) < word {
        range = middle + 1..<range.upperBound
      } else {
        range = range.lowerBound..<middle
      }
    }
    return run.range.lowerBound + range.lowerBound * byteCount
  }

  private func leadingWord(of run: RecordRun, _ index: Int) throws(LanguageModelError) -> UInt32 {
    let word = Column<UInt32>(count: 1)
    let leading = ngramOrder.sortKeys(order: order).upperBound - 1
    try run.file.read(1, at: run.range.lowerBound + index * byteCount + leading * 4, into: word)
    return word[0]
  }
}
