import ParlaLanguageModel

/// Turns the n-grams of the highest order, in suffix order, into those of all orders with adjusted counts.
///
/// n-grams that share their last words follow each other, so that one n-gram of each lower order is open at a time: the
/// suffixes of the last one read. Each is closed, and given away, when the next n-gram does not end in it
/// (Heafield et al. 2013, section 3.2; KenLM `lm/builder/adjust_counts.cc`).
struct AdjustedCountStream {
  private let order: Int
  private let plan: EstimationPlan
  private(set) var statistics: [CountStatistics]
  private let unigrams: UnigramCounts

  /// The n-gram read last, padded with `<s>` in front.
  private let last: Column<UInt32>
  /// How many lower orders are open.
  private var openCount = 0
  /// Per order, at order - 1, the counts of the open n-gram.
  private var adjusted: [UInt64]
  private var actual: [UInt64]

  /// Starts with nothing open; the unigrams go to `unigrams`.
  init(plan: EstimationPlan, unigrams: UnigramCounts) {
    order = plan.order
    self.plan = plan
    statistics = Array(repeating: CountStatistics(), count: plan.order)
    self.unigrams = unigrams
    last = Column(count: plan.order)
    adjusted = Array(repeating: 0, count: plan.order)
    actual = adjusted
  }

  /// Takes the n-grams of `merge`; those of two words and more go to the sorter for their order.
  ///
  /// `isLast` says that no n-grams come behind them. `progress` gets the number of n-grams since the last call.
  mutating func run(
    _ merge: inout RecordMerge, to sorters: [RecordSorter], isLast: Bool,
    progress: (Int) throws -> Void
  ) throws {
    var readCount = 0
    while !merge.isAtEnd {
      let same = sharedLength(merge)
      try close(downTo: same, sorters)
      for index in 0..<order { last[index] = merge.column[merge.start + index] }
      var count: UInt64 = 0
      repeat {
        count += NGramRecord.count(order: order, at: merge.start, in: merge.column).count
        try merge.advance()
        readCount += 1
        if readCount & 0xf_ffff == 0 { try progress(1 << 20) }
      } while !merge.isAtEnd && isSame(merge)
      try open(count, same: same, sorters)
    }
    try finish(sorters, isLast: isLast)
  }

  /// How many last words the present n-gram of `merge` has in common with the open n-grams.
  private func sharedLength(_ merge: RecordMerge) -> Int {
    var length = 0
    while length < openCount,
      merge.column[merge.start + order - 1 - length] == last[order - 1 - length]
    {
      length += 1
    }
    return length
  }

  private func isSame(_ merge: RecordMerge) -> Bool {
    for index in 0..<order where merge.column[merge.start + index] != last[index] { return false }
    return true
  }

  private mutating func close(downTo length: Int, _ sorters: [RecordSorter]) throws {
    while openCount > length {
      try emit(openCount, adjusted[openCount - 1], actual[openCount - 1], sorters)
      openCount -= 1
    }
  }

  private mutating func open(_ count: UInt64, same: Int, _ sorters: [RecordSorter]) throws {
    for length in 0..<same { actual[length] += count }
    if same > 0 { adjusted[same - 1] += 1 }
    for length in Swift.stride(from: same + 1, to: order, by: 1) {
      openCount = length
      actual[length - 1] = count
      if last[order - length] == WordTable.sentenceStart {
        // No word precedes it, so its own count is kept; there are no longer n-grams.
        adjusted[length - 1] = count
        return
      }
      adjusted[length - 1] = 1
    }
    try emit(order, count, count, sorters)
  }

  /// The n-grams that are still open in the end; lmplz takes the raw counts of the very last into its statistics.
  private mutating func finish(_ sorters: [RecordSorter], isLast: Bool) throws {
    while openCount > 0 {
      let length = openCount
      try emit(length, adjusted[length - 1], actual[length - 1], sorters, isLast: isLast)
      openCount -= 1
    }
  }

  private mutating func emit(
    _ length: Int, _ count: UInt64, _ rawCount: UInt64, _ sorters: [RecordSorter],
    isLast: Bool = false
  ) throws {
    let isPruned = isPruned(length, rawCount)
    statistics[length - 1].add(adjustedCount: isLast ? rawCount : count, isPruned: isPruned)
    if length == 1 {
      unigrams.set(count, isPruned: isPruned, of: last[order - 1])
      return
    }
    let (column, start) = try sorters[length - 2].append()
    for index in 0..<length { column[start + index] = last[order - length + index] }
    NGramRecord.setCount(count, isPruned: isPruned, order: length, at: start, in: column)
  }

  private func isPruned(_ length: Int, _ rawCount: UInt64) -> Bool {
    if length == 1, last[order - 1] <= WordTable.sentenceEnd { return false }
    if plan.prunes(count: rawCount, order: length) { return true }
    if plan.isExcluded.isEmpty { return false }
    return (order - length..<order).contains { plan.isExcluded[Int(last[$0])] }
  }
}

/// Per word the adjusted count of its unigram and whether that is pruned; words are written by several threads.
struct UnigramCounts {
  private let marked: Column<UInt64>
  private static let mark: UInt64 = 1 << 63

  init(wordCount: Int) { marked = Column(count: wordCount) }

  func set(_ count: UInt64, isPruned: Bool, of word: UInt32) {
    marked[Int(word)] = isPruned ? count | Self.mark : count
  }

  func count(_ word: Int) -> UInt64 { marked[word] & ~Self.mark }

  func isPruned(_ word: Int) -> Bool { marked[word] & Self.mark != 0 }
}
