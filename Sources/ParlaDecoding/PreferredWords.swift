import ParlaLanguageModel
public import ParlaTranscripts

/// The words and phrases that a search is to favour, assigned to the part that handles them, and those without effect, with the reason.
///
/// With a scorer, one of its words is a hot word, as in DeepSpeech, and several words are a phrase; without a scorer all
/// are phrases.
///
/// ```swift
/// let preferred = try PreferredWords(["new york": 5, "zebra": 8], alphabet: alphabet, scorer: scorer)
/// for word in preferred.withoutEffect { print(word) }
/// ```
public struct PreferredWords: Sendable, Equatable {
  /// The words that the scorer looks up; nil if there are none.
  public let hotWords: HotWords?

  /// All others; nil if there are none.
  public let hotPhrases: HotPhrases?

  /// The words without effect, in their order.
  public let withoutEffect: [IneffectiveWord]

  /// Prefers the words and phrases of `boosts`, spelled with `alphabet`, nil for bytes mode.
  ///
  /// - Throws: `DecodingError.unwritableWord` for what the alphabet cannot spell, `.invalidOption` for an empty word and
  ///   for a boost that is not finite.
  public init(
    _ boosts: [String: Double], alphabet: Alphabet?, scorer: Scorer? = nil,
    unknownWordPenalty: Double? = nil, grammar: Grammar? = nil
  ) throws(DecodingError) {
    var words: [String: Double] = [:]
    var phrases: [String: Double] = [:]
    var withoutEffect: [IneffectiveWord] = []
    for (text, boost) in boosts.sorted(by: { $0.key < $1.key }) {
      // A word that cannot be spelled is an error in any case.
      let spelled = try HotPhrases([text: boost], alphabet: alphabet)
      let reason =
        boost == 0
        ? .noBoost
        : scorer.flatMap {
          $0.obstacle(to: text, letsUnknownWordsThrough: unknownWordPenalty != nil)
        }
          ?? grammar.flatMap { spelled.occurs(in: $0) ? nil : .notInGrammar }
      if let reason { withoutEffect.append(IneffectiveWord(text: text, reason: reason)) }
      if scorer?.units.isUnit(text) == true { words[text] = boost } else { phrases[text] = boost }
    }
    hotWords = words.isEmpty ? nil : HotWords(words)
    hotPhrases = phrases.isEmpty ? nil : try HotPhrases(phrases, alphabet: alphabet)
    self.withoutEffect = withoutEffect
  }
}

/// A word or phrase that is to be preferred, but can never be recognised, or not more often than without.
public struct IneffectiveWord: Sendable, Equatable, CustomStringConvertible {
  /// Why it has no effect.
  public enum Reason: Sendable, Equatable {
    /// The scorer's lexicon lacks `words`, of which the text consists.
    case notInScorer(path: String, words: [String])
    /// The lexicon has `words`, but the language model gives them no probability.
    case unknownToLanguageModel(path: String, words: [String])
    /// No sentence of the grammar has it.
    case notInGrammar
    /// The boost is zero.
    case noBoost
  }

  /// The word or phrase.
  public let text: String

  /// Why it has no effect.
  public let reason: Reason

  /// The word, why it has no effect, and what to do.
  public var description: String {
    "hot word \"\(text)\" has no effect: "
      + {
        switch reason {
        case .notInScorer(let path, let words):
          "\(path) does not have \(list(words)). Check the spelling, add missing words with parla scorer add-words, "
            + "or pass --unknown-word-penalty."
        case .unknownToLanguageModel(let path, let words):
          "the language model of \(path) does not know \(list(words)). Add missing words with parla scorer add-words."
        case .notInGrammar: "none of the sentences of --phrases has it. Add one that does."
        case .noBoost:
          "its boost is 0. Pass a positive number to prefer it, a negative one to avoid it."
        }
      }()
  }

  private func list(_ words: [String]) -> String {
    words.map { "\"\($0)\"" }.joined(separator: ", ")
  }
}

extension Scorer {
  /// Why a search with this scorer cannot write `text`; nil if it can.
  fileprivate func obstacle(
    to text: String, letsUnknownWordsThrough: Bool
  ) -> IneffectiveWord.Reason? {
    guard case .words = units, !letsUnknownWordsThrough else { return nil }
    let words = text.split(separator: " ").map(String.init)
    let missing = words.filter { !hasWord($0) }
    if !missing.isEmpty { return .notInScorer(path: path, words: missing) }
    let unweighed = words.filter {
      languageModel.vocabulary.index(of: $0) == Vocabulary.unknown
        && package.additions.addedWords?[$0] == nil
    }
    return unweighed.isEmpty ? nil : .unknownToLanguageModel(path: path, words: unweighed)
  }

  private func hasWord(_ word: String) -> Bool {
    units.labels(of: word).map { lexicon.contains($0.map(Int.init)) } ?? false
  }
}
