import ParlaLanguageModel

/// Estimates a model from a text that fits into memory as a whole.
///
/// The positions of the text are sorted by the words that end there, one word more in each step (`SuffixSort`). After
/// step n the distinct n-grams form runs; numbering the runs gives every n-gram the numbers of its context and its
/// suffix one order lower, so that all sums are passes over columns. The results are those of `ExternalEstimator`.
struct InMemoryEstimator {
  private let block: TokenBlock
  private let words: WordTable
  private let plan: EstimationPlan

  private(set) var summaries: [OrderSummary] = []
  private(set) var levels: [EstimatedLevel] = []

  /// Memory needed for each token in addition to the n-grams: the token, two orders of the positions, two of the numbers.
  static let bytesPerToken = 20

  /// Memory for each token and each order above the first without which the estimation hardly ever gets to its end, so
  /// that it had better not begin.
  private static let leastBytesPerTokenAndOrder = 11

  /// Estimates the model; nil if that would need more than `memory` bytes.
  init?(
    _ block: TokenBlock, words: WordTable, plan: EstimationPlan, memory: Int,
    progress: (LanguageModelBuilder.Progress) throws -> Void
  ) throws {
    self.block = block
    self.words = words
    self.plan = plan
    guard let highest = try countAll(memory: memory, progress: progress) else { return nil }
    try estimate(highest, higher: nil)
  }

  /// Counts the n-grams of all orders and estimates all but the highest, which is given back.
  private mutating func countAll(
    memory: Int, progress: (LanguageModelBuilder.Progress) throws -> Void
  ) throws -> NGramLevel? {
    let bytesPerToken =
      Self.bytesPerToken + (plan.order - 1) * Self.leastBytesPerTokenAndOrder
    guard words.byteCount + block.count * bytesPerToken <= memory else { return nil }
    var sort = SuffixSort(block, wordCount: words.count)
    var lower = NGramLevel(unigramsOf: sort, wordCount: words.count)
    if plan.order == 1 { return lower }
    // The number of the unigram that ends at a position is the word there.
    var lowerNumbers = block.tokens
    var spareNumbers = Column<UInt32>(count: block.count)
    var spare = Column<UInt32>(count: block.count)
    sort.step(into: spare)
    spare = sort.advance(to: spare)
    for order in 2...plan.order {
      try progress(.estimating(order: order))
      let level = try nextLevel(
        above: lower, sort, nextOrder: order < plan.order ? spare : nil, lowerNumbers,
        spareNumbers)
      guard byteCount(lower, level) <= memory, expectedByteCount(lower, level) <= memory else {
        return nil
      }
      let freeNumbers = order == 2 ? Column(count: block.count) : lowerNumbers
      (lowerNumbers, spareNumbers) = (spareNumbers, freeNumbers)
      if order < plan.order { spare = sort.advance(to: spare) }
      lower = level
    }
    return lower
  }

  /// Numbers the n-grams above `lower` and estimates `lower`; at the same time the positions are sorted for the order
  /// after that.
  private mutating func nextLevel(
    above lower: NGramLevel, _ sort: SuffixSort, nextOrder: Column<UInt32>?,
    _ lowerNumbers: Column<UInt32>, _ numbers: Column<UInt32>
  ) throws -> NGramLevel {
    var level = lower
    var failure: (any Error)?
    var estimator = self
    Parallel.run(2) { task in
      if task == 0 {
        if let nextOrder { sort.step(into: nextOrder) }
        return
      }
      level = NGramLevel(
        above: lower, sort: sort, block: block, lowerNumbers: lowerNumbers, numbers: numbers)
      do { try estimator.estimate(lower, higher: level) } catch { failure = error }
    }
    if let failure { throw failure }
    self = estimator
    return level
  }

  private mutating func estimate(_ level: NGramLevel, higher: NGramLevel?) throws {
    let counts = AdjustedCounts(level, higher: higher, block: block, plan: plan)
    let chosen = try ChosenDiscounts(
      counts.statistics, order: level.order, fallback: plan.fallback)
    summaries.append(
      OrderSummary(order: level.order, statistics: counts.statistics, chosen: chosen))
    if levels.isEmpty {
      levels.append(EstimatedLevel(unigrams: level, counts, chosen.discounts, plan: plan))
    } else {
      levels.append(
        EstimatedLevel(
          level, counts, chosen.discounts, lower: &levels[levels.count - 1]))
    }
  }

  /// The probable requirement, if the number of n-grams keeps growing from order to order as it did last.
  private func expectedByteCount(_ lower: NGramLevel, _ level: NGramLevel) -> Int {
    var counts = [lower.count, level.count]
    var kept = levels.reduce(0) { $0 + $1.count } + level.count
    for _ in Swift.stride(from: level.order, to: plan.order, by: 1) {
      counts = [counts[1], min(2 * counts[1] - counts[0], block.count)]
      kept += counts[1]
    }
    let last = block.count * Self.bytesPerToken + counts[1] * 17 + counts[0] * 21
    let sums = MemoryLayout<ContextSums<UInt32>>.stride
    let end = block.count * 4 + counts[1] * 25 + counts[0] * (sums + 4)
    return words.byteCount + kept * 12 + max(last, end)
  }

  /// The memory that was needed so far, or is needed next, with `lower` done and `level` counted.
  private func byteCount(_ lower: NGramLevel, _ level: NGramLevel) -> Int {
    // Position, probability and weight stay.
    let kept = words.byteCount + levels.reduce(0) { $0 + $1.count * 12 }
    let sums = MemoryLayout<ContextSums<UInt32>>.stride
    let contextCount = lower.order > 1 ? levels[lower.order - 2].count : 0
    let now =
      block.count * Self.bytesPerToken + level.count * 17 + lower.count * 21
      + contextCount * sums
    let tokenBytes = level.order < plan.order ? Self.bytesPerToken : 4
    let next = block.count * tokenBytes + level.count * 25 + lower.count * (sums + 4)
    return kept + max(now, next)
  }
}
