import Foundation
import ParlaLanguageModel

/// Estimates a model from more text than fits into memory, through sorted temporary files.
///
/// The stages are those of KenLM (Heafield et al. 2013, "Scalable Modified Kneser-Ney Language Model Estimation"):
/// counted n-grams in suffix order → adjusted counts of all orders → in context order, frequencies and weights → in
/// suffix order again, probabilities mixed over the orders. In each stage, every thread has the n-grams with its own
/// range of leading words (`RecordRuns`). The results are those of `InMemoryEstimator`.
struct ExternalEstimator {
  typealias Progress = (LanguageModelBuilder.Progress) throws -> Void

  private let plan: EstimationPlan
  private let words: WordTable
  private let folder: String
  /// Bytes for each range of words.
  private let memory: Int
  private let ranges: [Range<UInt32>]
  private(set) var summaries: [OrderSummary] = []

  private var unigrams = Column<Float>(count: 0)
  /// From order 2 on, the n-grams with their frequencies and the weights of their contexts.
  private var sorted: [RecordRuns] = []
  /// By order, from 1 on, for each range of words the contexts with their weights.
  private var weights: [[ContextWeights]] = []

  /// Estimates from `counted` n-grams of the highest order, with about `memory` bytes in addition to the vocabulary.
  init(
    _ counted: RecordRuns, words: WordTable, plan: EstimationPlan, memory: Int, threadCount: Int,
    folder: String, progress: Progress
  ) throws {
    self.plan = plan
    self.words = words
    self.folder = folder
    ranges = try counted.wordRanges(count: threadCount, wordCount: words.count)
    self.memory = memory / ranges.count
    let counts = UnigramCounts(wordCount: words.count)
    let (higher, statistics) = try adjust(counted, counts, progress)
    counted.discard()
    try estimateUnigrams(counts, statistics[0])
    for runs in higher {
      try progress(.estimating(order: runs.order))
      try estimate(runs, statistics[runs.order - 1], progress)
    }
  }

  /// The n-grams of all orders from 2 on with adjusted counts, in context order; the unigrams go to `unigrams`.
  private func adjust(
    _ counted: RecordRuns, _ unigrams: UnigramCounts, _ progress: Progress
  ) throws -> ([RecordRuns], [CountStatistics]) {
    var readCount = 0
    let lock = NSLock()
    let parts = try Parallel.map(ranges.count) { index in
      let sorters = try contextSorters()
      var merge = try counted.merge(words: ranges[index], memory: memory / 4)
      var stream = AdjustedCountStream(plan: plan, unigrams: unigrams)
      try stream.run(&merge, to: sorters, isLast: index == ranges.count - 1) { count in
        try lock.withLock {
          readCount += count
          try progress(.adjusting(ngramCount: readCount))
        }
      }
      return (runs: try sorters.map { try $0.finish() }, statistics: stream.statistics)
    }
    var runs = (1...plan.order).dropFirst().map { RecordRuns(.context, order: $0) }
    var statistics = Array(repeating: CountStatistics(), count: plan.order)
    for _ in WordTable.unknown...WordTable.sentenceStart {
      statistics[0].add(adjustedCount: 0, isPruned: false)
    }
    for part in parts {
      for (index, other) in part.runs.enumerated() { runs[index].append(other) }
      for (index, other) in part.statistics.enumerated() { statistics[index].add(other) }
    }
    return (runs, statistics)
  }

  /// One sorter an order, from 2 on; there are more n-grams of higher orders, which so get more memory.
  private func contextSorters() throws -> [RecordSorter] {
    let shares = plan.order * (plan.order - 1) / 2
    return try (1...plan.order).dropFirst().map { order in
      try RecordSorter(
        .context, order: order, wordCount: words.count,
        memory: memory / 4 * 3 / shares * (order - 1), folder: folder)
    }
  }

  private mutating func choose(
    _ statistics: CountStatistics, order: Int
  ) throws -> KneserNeyDiscounts {
    let chosen = try ChosenDiscounts(statistics, order: order, fallback: plan.fallback)
    summaries.append(OrderSummary(order: order, statistics: statistics, chosen: chosen))
    return chosen.discounts
  }

  private mutating func estimateUnigrams(
    _ counts: UnigramCounts, _ statistics: CountStatistics
  ) throws {
    let discounts = try choose(statistics, order: 1)
    unigrams = Column(count: words.count)
    var sums = ContextSums<UInt64>()
    for word in 0..<words.count {
      sums.add(adjustedCount: counts.count(word), isPruned: counts.isPruned(word))
    }
    let uniform = plan.uniformProbability(keptUnigramCount: statistics.keptCount)
    for word in 0..<words.count {
      unigrams[word] =
        counts.isPruned(word)
        ? EstimatedLevel.absent
        : plan.unigramProbability(
          UInt32(word), adjustedCount: counts.count(word), sums: sums, discounts: discounts,
          uniform: uniform)
    }
  }

  private mutating func estimate(
    _ runs: RecordRuns, _ statistics: CountStatistics, _ progress: Progress
  ) throws {
    let order = runs.order
    let discounts = try choose(statistics, order: order)
    let lock = NSLock()
    let parts = try Parallel.map(ranges.count) { index in
      var initial = InitialProbabilities(order: order, discounts: discounts)
      let sorter = try RecordSorter(
        .suffix, order: order, wordCount: words.count, memory: memory / 4 * 3, folder: folder)
      let weights = try ContextWeightWriter(order: order - 1, folder: folder)
      var merge = try runs.merge(words: ranges[index], memory: memory / 4)
      try initial.run(&merge, to: sorter, weights: weights) { _ in
        try lock.withLock { try progress(.estimating(order: order)) }
      }
      return (runs: try sorter.finish(), weights: try weights.finish())
    }
    runs.discard()
    var all = RecordRuns(.suffix, order: order)
    for part in parts { all.append(part.runs) }
    sorted.append(all)
    weights.append(parts.map(\.weights))
  }

  /// Writes the ARPA file, piece by piece.
  func write(sink: (Data) throws -> Void, progress: Progress) throws {
    try sink(ARPAWriter.header(counts: summaries.map(\.keptCount)))
    let sections = try interpolate(progress)
    for runs in sorted { runs.discard() }
    for order in 1...plan.order {
      try progress(.writing(order: order))
      try sink(ARPAWriter.sectionStart(order: order))
      for files in sections {
        try files[order - 1].copy { data in
          try progress(.writing(order: order))
          try sink(data)
        }
        files[order - 1].discard()
      }
      try sink(ARPAWriter.sectionEnd)
    }
    try sink(ARPAWriter.end)
  }

  /// For each range of words the lines of each order.
  private func interpolate(_ progress: Progress) throws -> [[SpillFile]] {
    var doneCount = 0
    let lock = NSLock()
    return try Parallel.map(ranges.count) { index in
      var interpolation = try Interpolation(
        unigrams,
        try sorted.map { try $0.merge(words: ranges[index], memory: memory / 2 / sorted.count) },
        try weights.map { try $0[index].reader() }, words: words, folder: folder)
      return try interpolation.run(ranges[index]) { count in
        try lock.withLock {
          doneCount += count
          try progress(.interpolating(ngramCount: doneCount))
        }
      }
    }
  }
}
