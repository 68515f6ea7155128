public import ParlaLanguageModel

/// What an estimation computes, checked and completed: one entry per order.
struct EstimationPlan: Sendable {
  let order: Int
  /// n-grams of order n + 1 whose count is at most `thresholds[n]` are left out.
  let thresholds: [UInt64]
  /// By word number, whether n-grams with the word are left out; empty if all words are welcome.
  var isExcluded: [Bool] = []
  let fallback: DiscountFallback
  let interpolatesUnigrams: Bool
  /// The least number of words that the uniform distribution below the unigrams is spread over.
  let minimumVocabulary: Int

  /// Whether an n-gram of `order` words with this raw count does not stay in the model.
  @inline(__always) func prunes(count: UInt64, order: Int) -> Bool {
    count <= thresholds[order - 1]
  }

  /// The probability of each word below the unigrams (`<s>` does not count, `<unk>` does).
  func uniformProbability(keptUnigramCount: Int) -> Float {
    Float(1.0 / Double(Float(max(minimumVocabulary, keptUnigramCount - 1))))
  }

  /// The probability of word number `word` from its discounted frequency and the weight of the uniform distribution.
  ///
  /// Without interpolation that weight goes to `<unk>` alone. `<s>` has probability 1, so that it may be scored.
  func unigramProbability(
    _ word: UInt32, adjustedCount: UInt64, sums: ContextSums<UInt64>, discounts: KneserNeyDiscounts,
    uniform: Float
  ) -> Float {
    let weight = sums.interpolationWeight(discounts)
    switch word {
    case WordTable.sentenceStart: return 1
    case WordTable.unknown: return interpolatesUnigrams ? weight * uniform : weight
    default:
      let frequency = sums.uninterpolated(adjustedCount, discounts)
      return interpolatesUnigrams ? frequency + weight * uniform : frequency
    }
  }
}

/// How one order of a model came out.
public struct OrderSummary: Sendable, Equatable {
  /// How many words its n-grams have.
  public let order: Int
  /// Different n-grams in the text.
  public let count: Int
  /// Those in the model.
  public let keptCount: Int
  /// The discounts of their counts.
  public let discounts: KneserNeyDiscounts
  /// Why the fallback discounts are used; nil for those of the closed form.
  public let fallbackReason: DiscountFailure?

  init(order: Int, statistics: CountStatistics, chosen: ChosenDiscounts) {
    self.order = order
    count = statistics.count
    keptCount = statistics.keptCount
    discounts = chosen.discounts
    fallbackReason = chosen.failure
  }
}
