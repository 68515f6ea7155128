/// Estimates a model from a text that fits into memory as a whole.
///
/// The positions of the text are sorted by the words that end there, one word more in each step (`SuffixSort`). After
/// step n the different n-grams lie in runs; numbering the runs gives every n-gram the numbers of its context and its
/// suffix one order lower, so that all sums are passes over columns. The results are those of `ExternalEstimator`.
struct InMemoryEstimator {
  private let block: TokenBlock
  private let words: WordTable
  private let plan: EstimationPlan

  private(set) var summaries: [OrderSummary] = []
  private(set) var levels: [EstimatedLevel] = []

  /// Memory needed for each token beside the n-grams: the token, two orders of the positions, two of the numbers.
  static let bytesPerToken = 20
  /// Memory kept for each n-gram: position, probability and weight.
  private static let bytesPerNGram = 12
  /// Memory needed for each n-gram of two orders while they are worked on.
  private static let workingBytesPerNGram = 49

  /// Estimates the model; nil if that would need more than `memory` bytes.
  init?(
    _ block: TokenBlock, words: WordTable, plan: EstimationPlan, memory: Int,
    progress: (LanguageModelBuilder.Progress) throws -> Void
  ) throws {
    self.block = block
    self.words = words
    self.plan = plan
    var sort = SuffixSort(block, wordCount: words.count)
    var lower = NGramLevel(unigramsOf: sort, wordCount: words.count)
    // The number of the unigram that ends at a position is the word there.
    var lowerNumbers = block.tokens
    if plan.order > 1 {
      var spare = Column<UInt32>(count: block.count)
      var spareNumbers = Column<UInt32>(count: block.count)
      sort.step(into: spare)
      spare = sort.advance(to: spare)
      for order in 2...plan.order {
        try progress(.estimating(order: order))
        let level = try nextLevel(
          above: lower, sort, nextOrder: order < plan.order ? spare : nil, lowerNumbers,
          spareNumbers)
        guard Self.byteCount(words, block, levels, lower, level) <= memory else { return nil }
        let freeNumbers = order == 2 ? Column(count: block.count) : lowerNumbers
        (lowerNumbers, spareNumbers) = (spareNumbers, freeNumbers)
        if order < plan.order { spare = sort.advance(to: spare) }
        lower = level
      }
    }
    try estimate(lower, higher: nil)
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

  private static func byteCount(
    _ words: WordTable, _ block: TokenBlock, _ done: [EstimatedLevel], _ lower: NGramLevel,
    _ level: NGramLevel
  ) -> Int {
    words.byteCount + block.count * bytesPerToken
      + done.reduce(0) { $0 + $1.count * bytesPerNGram }
      + (lower.count + level.count) * workingBytesPerNGram
  }
}
