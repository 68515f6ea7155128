import ParlaLanguageModel

/// Sums over the n-grams that share a context; from them come their probabilities and the context's backoff.
///
/// `Count` must hold the number of words in the text.
struct ContextSums<Count: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>: BitwiseCopyable {
  /// The sum of all adjusted counts, those of pruned n-grams included.
  private(set) var total: Count = 0
  /// The sum of the adjusted counts of pruned n-grams.
  private var prunedTotal: Count = 0
  /// How many n-grams that stay have adjusted count 1, 2, and 3 or more.
  private var ones: UInt32 = 0
  private var twos: UInt32 = 0
  private var threes: UInt32 = 0

  @inline(__always) mutating func add(adjustedCount: UInt64, isPruned: Bool) {
    total += Count(adjustedCount)
    if isPruned {
      prunedTotal += Count(adjustedCount)
      return
    }
    switch adjustedCount {
    case 0: break
    case 1: ones += 1
    case 2: twos += 1
    default: threes += 1
    }
  }

  /// Whether any n-gram has this context.
  var isContext: Bool { total > 0 }

  /// The mass left to the lower order: Chen and Goodman (1998), page 20, with the counts of pruned n-grams given back
  /// whole, as lmplz does.
  @inline(__always) func interpolationWeight(_ discounts: KneserNeyDiscounts) -> Float {
    var weight = discounts[1] * Float(ones)
    weight += discounts[2] * Float(twos)
    weight += discounts[3] * Float(threes)
    weight += Float(prunedTotal)
    return weight / Float(total)
  }

  /// The discounted relative frequency of an n-gram with this context.
  @inline(__always) func uninterpolated(
    _ adjustedCount: UInt64, _ discounts: KneserNeyDiscounts
  ) -> Float {
    (Float(adjustedCount) - discounts[adjustedCount]) / Float(total)
  }
}
