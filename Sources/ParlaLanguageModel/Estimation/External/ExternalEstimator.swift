import Foundation

/// Estimates a model from more text than fits into memory, through sorted temporary files.
///
/// The stages are those of KenLM (Heafield et al. 2013, "Scalable Modified Kneser-Ney Language Model Estimation"):
/// counted n-grams in suffix order → adjusted counts of all orders → in context order, frequencies and weights → in
/// suffix order again, probabilities mixed over the orders. The results are those of `InMemoryEstimator`.
struct ExternalEstimator {
  private let plan: EstimationPlan
  private let words: WordTable
  private let memory: Int
  private let folder: String
  private(set) var summaries: [OrderSummary] = []

  private var unigrams = UnigramColumns(count: 0)
  private var sorted: [RecordSorter] = []
  private var weights: [ContextWeightReader] = []

  /// Estimates from what `counter` counted, with about `memory` bytes beside the vocabulary.
  init(
    _ counter: RunCounter, words: WordTable, plan: EstimationPlan, memory: Int, folder: String,
    progress: (LanguageModelBuilder.Progress) throws -> Void
  ) throws {
    self.plan = plan
    self.words = words
    self.memory = memory
    self.folder = folder
    let sorters = try higherOrders.map { order in
      try RecordSorter(
        .context, order: order, wordCount: words.count,
        memory: memory / 4 * 3 / higherOrders.count, folder: folder)
    }
    var counts = AdjustedCountStream(plan: plan, wordCount: words.count)
    var merge = try counter.finish(memory: memory / 4)
    try counts.run(&merge, to: sorters) { try progress(.adjusting(ngramCount: $0)) }
    merge.discard()
    try estimateUnigrams(counts)
    for sorter in sorters {
      try progress(.estimating(order: sorter.order))
      try estimate(sorter, counts.statistics[sorter.order - 1], progress)
    }
  }

  private var higherOrders: ClosedRange<Int>.SubSequence { (1...plan.order).dropFirst() }

  private mutating func choose(
    _ statistics: CountStatistics, order: Int
  ) throws -> KneserNeyDiscounts {
    let chosen = try ChosenDiscounts(statistics, order: order, fallback: plan.fallback)
    summaries.append(OrderSummary(order: order, statistics: statistics, chosen: chosen))
    return chosen.discounts
  }

  private mutating func estimateUnigrams(_ counts: AdjustedCountStream) throws {
    let discounts = try choose(counts.statistics[0], order: 1)
    unigrams = UnigramColumns(count: words.count)
    var sums = ContextSums<UInt64>()
    for word in 0..<words.count {
      sums.add(
        adjustedCount: counts.unigramCounts[word], isPruned: counts.isUnigramPruned[word])
    }
    let uniform = plan.uniformProbability(keptUnigramCount: counts.statistics[0].keptCount)
    for word in 0..<words.count {
      unigrams.probability[word] =
        counts.isUnigramPruned[word]
        ? EstimatedLevel.absent
        : plan.unigramProbability(
          UInt32(word), adjustedCount: counts.unigramCounts[word], sums: sums,
          discounts: discounts, uniform: uniform)
    }
  }

  private mutating func estimate(
    _ sorter: RecordSorter, _ statistics: CountStatistics,
    _ progress: (LanguageModelBuilder.Progress) throws -> Void
  ) throws {
    let order = sorter.order
    var initial = InitialProbabilities(
      order: order, discounts: try choose(statistics, order: order))
    let target = try RecordSorter(
      .suffix, order: order, wordCount: words.count, memory: memory / 2, folder: folder)
    let writer = try ContextWeightWriter(order: order - 1, folder: folder)
    var merge = try sorter.finish(memory: memory / 4)
    try initial.run(&merge, to: target, weights: writer) { _ in
      try progress(.estimating(order: order))
    }
    merge.discard()
    try target.release()
    sorted.append(target)
    weights.append(try writer.finish())
  }

  /// Writes the ARPA file, piece by piece.
  func write(
    sink: (Data) throws -> Void, progress: (LanguageModelBuilder.Progress) throws -> Void
  ) throws {
    try sink(ARPAWriter.header(counts: summaries.map(\.keptCount)))
    let merges = try sorted.map { sorter in
      try sorter.finish(memory: memory / 2 / sorted.count)
    }
    var interpolation = try Interpolation(
      unigrams, merges, weights, words: words, folder: folder)
    try interpolation.run(sink: sink, progress: progress)
  }
}

/// The unigrams, in order of the words.
struct UnigramColumns {
  let probability: Column<Float>

  init(count: Int) { probability = Column(count: count) }
}
