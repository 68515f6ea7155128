import ArgumentParser
import Foundation
import ParlaDecoding
import ParlaFiles
import ParlaTranscripts

/// Which words are likely, and which are to be preferred.
struct ScorerOptions: ParsableArguments {
  @Option(
    name: [.customLong("scorer"), .customLong("scorer-path")],
    help: ArgumentHelp("Words and language model, from parla scorer build.", valueName: "file"),
    completion: .file())
  var scorer: String?

  @Option(
    help: "Weight of the language model relative to the acoustic model (default: the scorer's).",
    transform: finite)
  var lmAlpha: Double?

  @Option(help: "Score added per word (default: the scorer's).", transform: finite)
  var lmBeta: Double?

  @Option(
    help: ArgumentHelp(
      "Words to favour, or with negative boosts to avoid. Phrases, and words without --scorer, earn the "
        + "boost once per occurrence; words with it as in DeepSpeech.", valueName: "word:boost,…"),
    transform: { try HotWordList(typed: $0) })
  var hotWords: HotWordList?

  @Option(
    help: ArgumentHelp(
      "Allow words that the scorer lacks, at this cost per word (such as 1) plus a cost per letter.",
      valueName: "cost"), transform: finite)
  var unknownWordPenalty: Double?

  func validate() throws {
    guard scorer != nil || (lmAlpha == nil && lmBeta == nil && unknownWordPenalty == nil) else {
      throw ValidationError(
        "--lm-alpha, --lm-beta and --unknown-word-penalty weigh a scorer: pass --scorer FILE.")
    }
  }

  /// Whether a beam search is needed for these options.
  var isUsed: Bool { scorer != nil || hotWords != nil }

  /// Adds what is asked for to `settings`.
  func complete(_ settings: inout DecoderSettings, alphabet: Alphabet) throws {
    settings.scorer = try scorer.map { try Scorer(path: $0, alphabet: alphabet) }
    settings.alpha = lmAlpha
    settings.beta = lmBeta
    settings.hotWords = hotWords?.boosts ?? [:]
    settings.unknownWordPenalty = unknownWordPenalty
  }
}

/// `word:boost,phrase of words:boost`, as it is typed.
struct HotWordList: Sendable {
  let boosts: [String: Double]

  /// Reads what was typed; the message of an error says what is wrong with it.
  init(typed text: String) throws {
    var boosts: [String: Double] = [:]
    for entry in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let colon = entry.lastIndex(of: ":"),
        let boost = finiteNumber(
          entry[entry.index(after: colon)...].trimmingCharacters(in: .whitespaces),
          as: Double.self)
      else {
        throw ValidationError("found \"\(entry)\", expected word:boost, such as \"dark:5\".")
      }
      let word = entry[..<colon].split(whereSeparator: \.isWhitespace).joined(separator: " ")
      guard !word.isEmpty else {
        throw ValidationError("found \"\(entry)\", expected a word before the colon.")
      }
      guard boosts.updateValue(boost, forKey: word) == nil else {
        throw ValidationError("found \"\(word)\" twice, expected one boost for it.")
      }
    }
    self.boosts = boosts
  }
}
