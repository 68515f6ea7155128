import ParlaLanguageModel

/// The finished n-grams of one order, in suffix order.
struct EstimatedLevel {
  /// Marks n-grams that are not in the model.
  static let absent: Float = -1

  let order: Int
  let count: Int
  /// Where one occurrence of each n-gram ends.
  let position: Column<UInt32>
  /// The probability of each n-gram, or `absent`.
  let probability: Column<Float>
  /// The weight of the lower order after each n-gram, 1 if nothing follows; empty at the highest order.
  var weight = Column<Float>(count: 0)

  /// The unigrams.
  init(
    unigrams level: NGramLevel, _ counts: AdjustedCounts, _ discounts: KneserNeyDiscounts,
    plan: EstimationPlan
  ) {
    order = 1
    count = level.count
    position = level.position
    probability = Column(count: level.count)
    var sums = ContextSums<UInt64>()
    for word in 0..<level.count {
      sums.add(adjustedCount: counts[word], isPruned: counts.isPruned(word))
    }
    let uniform = plan.uniformProbability(keptUnigramCount: counts.statistics.keptCount)
    for word in 0..<level.count {
      probability[word] =
        counts.isPruned(word)
        ? Self.absent
        : plan.unigramProbability(
          UInt32(word), adjustedCount: counts[word], sums: sums, discounts: discounts,
          uniform: uniform)
    }
  }

  /// The n-grams of `level`, mixed with those of `lower`, whose weights come out on the way.
  init(
    _ level: NGramLevel, _ counts: AdjustedCounts, _ discounts: KneserNeyDiscounts,
    lower: inout EstimatedLevel
  ) {
    order = level.order
    count = level.count
    position = level.position
    probability = Column(count: level.count)
    let sums = Column<ContextSums<UInt32>>(count: lower.count)
    for index in 0..<level.count where level.kind[index] != NGramLevel.Kind.cut {
      let isPruned = counts.isPruned(index)
      sums[Int(level.context[index])].add(adjustedCount: counts[index], isPruned: isPruned)
    }
    let weights = Column<Float>(repeating: 1, count: lower.count)
    for context in 0..<lower.count where sums[context].isContext {
      weights[context] = sums[context].interpolationWeight(discounts)
    }
    lower.weight = weights
    for index in 0..<level.count {
      guard level.kind[index] != NGramLevel.Kind.cut, !counts.isPruned(index) else {
        probability[index] = Self.absent
        continue
      }
      let context = Int(level.context[index])
      probability[index] =
        sums[context].uninterpolated(counts[index], discounts)
        + weights[context] * lower.probability[Int(level.suffix[index])]
    }
  }
}
