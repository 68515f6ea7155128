import ArgumentParser
import ParlaDecoding
import ParlaTranscripts

/// Which words are likely, and which are to be preferred.
struct ScorerOptions: ParsableArguments {
  @Option(
    name: [.customLong("scorer"), .customLong("scorer-path")],
    help: ArgumentHelp("Words and language model, from parla scorer build.", valueName: "file"))
  var scorer: String?

  @Option(
    help: "How much the language model counts beside the acoustic model (default: the scorer's).")
  var lmAlpha: Double?

  @Option(help: "What each word adds to a score (default: the scorer's).")
  var lmBeta: Double?

  @Option(
    help: ArgumentHelp(
      "Words to prefer, or with negative boosts to avoid. Phrases and words without --scorer "
        + "count once, words with it as in DeepSpeech.", valueName: "word:boost,…"))
  var hotWords: HotWordList?

  @Option(
    help: ArgumentHelp(
      "Let words through that the scorer does not know, each at this cost (1, say) and by the letter.",
      valueName: "cost"))
  var unknownWordPenalty: Double?

  func validate() throws {
    guard scorer != nil || (lmAlpha == nil && lmBeta == nil && unknownWordPenalty == nil) else {
      throw ValidationError(
        "--lm-alpha, --lm-beta and --unknown-word-penalty weigh a scorer: pass --scorer FILE.")
    }
  }

  /// Whether a beam search is needed for these options.
  var isUsed: Bool { scorer != nil || hotWords != nil }

  /// The beam search with the scorer and hot words asked for.
  func decoder(
    beamWidth: Int, cutoffProbability: Double, cutoffTopN: Int, grammar: Grammar?,
    alphabet: Alphabet
  ) throws -> BeamSearchDecoder {
    var opened = try scorer.map { try Scorer(path: $0, alphabet: alphabet) }
    if let found = opened {
      opened = found.weighted(alpha: lmAlpha ?? found.alpha, beta: lmBeta ?? found.beta)
    }
    let all = hotWords?.boosts ?? [:]
    let words = all.filter { opened?.units.isUnit($0.key) == true }
    let phrases = all.filter { words[$0.key] == nil }
    return BeamSearchDecoder(
      beamWidth: beamWidth, cutoffProbability: cutoffProbability, cutoffTopN: cutoffTopN,
      scorer: opened, hotWords: words.isEmpty ? nil : HotWords(words),
      hotPhrases: phrases.isEmpty ? nil : try HotPhrases(phrases, alphabet: alphabet),
      unknownWordPenalty: unknownWordPenalty, grammar: grammar)
  }
}

/// `word:boost,phrase of words:boost`, as it is typed.
struct HotWordList: ExpressibleByArgument, Sendable {
  let boosts: [String: Double]

  init?(argument: String) {
    var boosts: [String: Double] = [:]
    for entry in argument.split(separator: ",") {
      guard let colon = entry.lastIndex(of: ":"), colon != entry.startIndex,
        let boost = Double(entry[entry.index(after: colon)...]), boost.isFinite
      else { return nil }
      boosts[String(entry[..<colon])] = boost
    }
    guard !boosts.isEmpty else { return nil }
    self.boosts = boosts
  }
}
