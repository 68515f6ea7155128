public import ParlaTranscripts

/// Words and phrases that a search is to prefer, with or without a scorer, or with negative boosts to
/// avoid.
///
/// Unlike `HotWords`, a phrase may have several words, counts once for each time it is said, also at the
/// end, and helps from its first letter on. A boost is added to the natural log probability: 5 makes
/// a phrase as good as another reading that is e⁵ = 148 times as probable.
///
/// ```swift
/// let phrases = try HotPhrases(["new york": 5, "greasy": 3], alphabet: alphabet)
/// let decoder = BeamSearchDecoder(hotPhrases: phrases)
/// ```
public struct HotPhrases: Sendable, Equatable {
  /// The boost of each phrase.
  public let boosts: [String: Double]

  private let labels: [[Int32]: Float]
  private let dividingLabel: Int32?

  /// Prefers the phrases of `boosts`, spelled with `alphabet`; nil for bytes mode.
  ///
  /// - Throws: `DecodingError.unwritableWord`, `.invalidOption` for a boost that is not finite and a phrase without letters.
  public init(_ boosts: [String: Double], alphabet: Alphabet?) throws(DecodingError) {
    var labels: [[Int32]: Float] = [:]
    for (phrase, boost) in boosts {
      guard Float(boost).isFinite else {
        throw .invalidOption(
          name: "boost of \"\(phrase)\"", found: "\(boost)", expected: "a finite number")
      }
      guard !phrase.isEmpty else {
        throw .invalidOption(name: "hot word", found: "no letters", expected: "a word or phrase")
      }
      guard let alphabet else {
        labels[phrase.utf8.map { Int32($0) - 1 }] = Float(boost)
        continue
      }
      do { labels[try alphabet.encode(phrase).map(Int32.init)] = Float(boost) } catch {
        throw .unwritable(phrase, characters: alphabet.unknownCharacters(in: phrase)) {
          alphabet.unknownCharacters(in: $0).isEmpty
        }
      }
    }
    self.boosts = boosts
    self.labels = labels
    dividingLabel = alphabet?.spaceLabel.map(Int32.init)
  }

  /// Whether every phrase can be part of a sentence of `grammar`.
  func occurs(in grammar: Grammar) -> Bool {
    let automaton = grammar.automaton
    return labels.keys.allSatisfy { phrase in
      (0..<Int32(automaton.stateCount)).contains { state in
        phrase.reduce(state) { automaton.state(after: $1, in: $0) } != GrammarAutomaton.none
      }
    }
  }

  func automaton(labelCount: Int) -> PhraseAutomaton {
    PhraseAutomaton(
      labels.map { (labels: $0.key, boost: $0.value) }, labelCount: labelCount,
      dividingLabel: dividingLabel)
  }
}
