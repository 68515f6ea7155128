import ParlaLanguageModel

/// The counts that Kneser-Ney estimation works with, for the n-grams of one level.
///
/// An n-gram that begins with `<s>`, or is of the highest order, has its raw count; any other the number of different
/// words seen before it (Kneser and Ney 1995).
struct AdjustedCounts {
  let statistics: CountStatistics
  /// Per n-gram the count, with the top bit set where it is pruned; 0 for cut n-grams.
  private let marked: Column<UInt32>

  private static let mark: UInt32 = 1 << 31

  /// Adjusts the counts of `level`; `higher` is the level of one word more, if there is one.
  init(_ level: NGramLevel, higher: NGramLevel?, block: TokenBlock, plan: EstimationPlan) {
    let marked = Column<UInt32>(count: level.count)
    if let higher {
      for index in 0..<higher.count { marked[Int(higher.suffix[index])] += 1 }
    }
    var statistics = CountStatistics()
    for index in 0..<level.count where level.kind[index] != NGramLevel.Kind.cut {
      let rawCount = level.rawCount[index]
      let isRaw = higher == nil || level.kind[index] == NGramLevel.Kind.initial
      var count = isRaw ? rawCount : marked[index]
      if level.order == 1, index <= WordTable.sentenceStart { count = 0 }
      let isPruned = Self.isPruned(index, level, block, plan)
      // lmplz takes the raw count of the last n-gram of each lower order into its statistics.
      let isLast = higher != nil && index == level.count - 1
      statistics.add(adjustedCount: UInt64(isLast ? rawCount : count), isPruned: isPruned)
      marked[index] = count | (isPruned ? Self.mark : 0)
    }
    self.statistics = statistics
    self.marked = marked
  }

  /// The adjusted count of n-gram number `index`.
  @inline(__always) subscript(index: Int) -> UInt64 { UInt64(marked[index] & ~Self.mark) }

  /// Whether n-gram number `index` is left out of the model.
  @inline(__always) func isPruned(_ index: Int) -> Bool { marked[index] & Self.mark != 0 }

  private static func isPruned(
    _ index: Int, _ level: NGramLevel, _ block: TokenBlock, _ plan: EstimationPlan
  ) -> Bool {
    if level.order == 1, index <= WordTable.sentenceEnd { return false }
    if plan.prunes(count: UInt64(level.rawCount[index]), order: level.order) { return true }
    if plan.isExcluded.isEmpty { return false }
    if level.order == 1 { return plan.isExcluded[index] }
    let end = Int(level.position[index])
    return (end - level.order + 1...end).contains { plan.isExcluded[Int(block.tokens[$0])] }
  }
}
