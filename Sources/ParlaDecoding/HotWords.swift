/// Words that a search with a scorer is to prefer, or with negative boosts to avoid.
///
/// A boost is added to the natural log probability that the language model gives, before alpha.
/// As in DeepSpeech 0.9.3, it counts again at the words that follow, as long as the language model
/// looks back at the hot word, and not for the last word of an utterance.
public struct HotWords: Sendable, Equatable, ExpressibleByDictionaryLiteral {
  /// The boost of each word.
  public let boosts: [String: Double]

  /// Prefers the words of `boosts`.
  public init(_ boosts: [String: Double]) {
    precondition(boosts.values.allSatisfy(\.isFinite), "boosts are finite numbers")
    self.boosts = boosts
  }

  /// Prefers the words of a literal such as `["suit": 8, "wash": -20]`; the last boost of a word
  /// counts.
  public init(dictionaryLiteral elements: (String, Double)...) {
    self.init(Dictionary(elements, uniquingKeysWith: { $1 }))
  }

  var boostOfBytes: [[UInt8]: Float] {
    Dictionary(
      boosts.map { (Array($0.key.utf8), Float($0.value)) }, uniquingKeysWith: { $1 })
  }
}
