import Foundation
import ParlaLanguageModel

/// Modified Kneser-Ney estimation as one would write it down: dictionaries over arrays of words.
///
/// Slow, and complete in memory; the estimators are held to it by tests. Chen and Goodman (1998), "An Empirical Study of
/// Smoothing Techniques for Language Modeling"; pruning and the special words as in KenLM's `lm/builder`.
struct PlainKneserNey {
  /// What the model says of one n-gram.
  struct Entry: Equatable {
    var probability: Float
    var weight: Float = 1
  }

  private let plan: EstimationPlan
  private let wordCount: Int
  private var rawCounts: [[[UInt32]: UInt64]]
  private var adjustedCounts: [[[UInt32]: UInt64]] = []
  private(set) var statistics: [CountStatistics] = []
  /// Per order, the n-grams of the model.
  private(set) var entries: [[[UInt32]: Entry]] = []

  /// Estimates from sentences of word numbers, without `<s>` and `</s>`.
  init(_ sentences: [[UInt32]], wordCount: Int, plan: EstimationPlan) throws {
    self.plan = plan
    self.wordCount = wordCount
    rawCounts = Array(repeating: [:], count: plan.order)
    count(sentences)
    for order in 1...plan.order { adjust(order) }
    for order in 1...plan.order {
      let chosen = try ChosenDiscounts(
        statistics[order - 1], order: order, fallback: plan.fallback)
      if order == 1 {
        estimateUnigrams(chosen.discounts)
      } else {
        estimate(order, chosen.discounts)
      }
    }
  }

  private mutating func count(_ sentences: [[UInt32]]) {
    for word in 0..<UInt32(wordCount) { rawCounts[0][[word]] = 0 }
    for sentence in sentences {
      let tokens = [WordTable.sentenceStart] + sentence + [WordTable.sentenceEnd]
      for end in 1..<tokens.count {
        for order in 1...min(plan.order, end + 1) {
          rawCounts[order - 1][Array(tokens[end - order + 1...end]), default: 0] += 1
        }
      }
    }
  }

  private mutating func adjust(_ order: Int) {
    var adjusted = rawCounts[order - 1]
    if order < plan.order {
      adjusted = adjusted.filter { $0.key[0] == WordTable.sentenceStart && order > 1 }
      for ngram in rawCounts[order].keys {
        if order > 1, ngram[1] == WordTable.sentenceStart { continue }
        adjusted[Array(ngram.dropFirst()), default: 0] += 1
      }
    }
    if order == 1 {
      for word in 0..<UInt32(wordCount) { adjusted[[word]] = adjusted[[word]] ?? 0 }
      adjusted[[WordTable.sentenceStart]] = 0
    }
    var statistics = CountStatistics()
    for (ngram, count) in adjusted {
      let isLast = order < plan.order && isLastFlushed(ngram)
      statistics.add(
        adjustedCount: isLast ? rawCounts[order - 1][ngram] ?? 0 : count,
        isPruned: isPruned(ngram))
    }
    adjustedCounts.append(adjusted)
    self.statistics.append(statistics)
  }

  /// Whether `ngram` ends the last n-gram of the highest order, in suffix order, which lmplz counts differently.
  private func isLastFlushed(_ ngram: [UInt32]) -> Bool {
    let start = WordTable.sentenceStart
    let windows = rawCounts.flatMap(\.keys).filter { window in
      window.count == plan.order || window.count > 1 && window[0] == start
    }
    let last = windows.max { $0.reversed().lexicographicallyPrecedes($1.reversed()) }
    return last.map { $0.suffix(ngram.count) == ngram[...] } ?? false
  }

  private func isPruned(_ ngram: [UInt32]) -> Bool {
    if ngram.count == 1, ngram[0] <= WordTable.sentenceEnd { return false }
    let count = rawCounts[ngram.count - 1][ngram] ?? 0
    return plan.prunes(count: count, order: ngram.count)
      || !plan.isExcluded.isEmpty && ngram.contains { plan.isExcluded[Int($0)] }
  }

  private mutating func estimateUnigrams(_ discounts: KneserNeyDiscounts) {
    var sums = ContextSums<UInt64>()
    for (ngram, count) in adjustedCounts[0] {
      sums.add(adjustedCount: count, isPruned: isPruned(ngram))
    }
    let uniform = plan.uniformProbability(keptUnigramCount: statistics[0].keptCount)
    var entries: [[UInt32]: Entry] = [:]
    for (ngram, count) in adjustedCounts[0] where !isPruned(ngram) {
      entries[ngram] = Entry(
        probability: plan.unigramProbability(
          ngram[0], adjustedCount: count, sums: sums, discounts: discounts, uniform: uniform))
    }
    self.entries.append(entries)
  }

  private mutating func estimate(_ order: Int, _ discounts: KneserNeyDiscounts) {
    var sums: [[UInt32]: ContextSums<UInt64>] = [:]
    for (ngram, count) in adjustedCounts[order - 1] {
      sums[Array(ngram.dropLast()), default: ContextSums<UInt64>()].add(
        adjustedCount: count, isPruned: isPruned(ngram))
    }
    for (context, sums) in sums {
      entries[order - 2][context]?.weight = sums.interpolationWeight(discounts)
    }
    var entries: [[UInt32]: Entry] = [:]
    for (ngram, count) in adjustedCounts[order - 1] where !isPruned(ngram) {
      let sums = sums[Array(ngram.dropLast())] ?? ContextSums<UInt64>()
      let lower = self.entries[order - 2][Array(ngram.dropFirst())]?.probability ?? 0
      let weight = sums.interpolationWeight(discounts)
      entries[ngram] = Entry(
        probability: sums.uninterpolated(count, discounts) + weight * lower)
    }
    self.entries.append(entries)
  }
}
