import ParlaPlatform

/// A language model's scores for a whole text.
public struct QuerySummary: Sendable, Equatable {
  /// Words and sentence ends that were scored.
  public internal(set) var tokenCount = 0

  /// The number of unknown words.
  public internal(set) var unknownCount = 0

  /// Log10 probability of everything.
  public internal(set) var log10Probability = 0.0

  /// Log10 probability of the unknown words alone.
  public internal(set) var unknownLog10Probability = 0.0

  /// How surprised the model is by each token on average, the unknown words included.
  public var perplexity: Double { pow(10, -(log10Probability / Double(tokenCount))) }

  /// The same without the unknown words.
  public var perplexityOfKnown: Double {
    pow(
      10, -((log10Probability - unknownLog10Probability) / Double(tokenCount - unknownCount)))
  }

  /// The four lines that KenLM's `query` prints at the end.
  public var text: String {
    """
    Perplexity including OOVs:\t\(ShortestDecimal.uncommonText(perplexity))
    Perplexity excluding OOVs:\t\(ShortestDecimal.uncommonText(perplexityOfKnown))
    OOVs:\t\(unknownCount)
    Tokens:\t\(tokenCount)

    """
  }
}
