public import ParlaTranscripts

/// The settings of a decoder: from the command line, C, or a program, for one stream or for all.
///
/// ```swift
/// var settings = DecoderSettings()
/// settings.hotWords = ["new york": 5]
/// let decoder = try settings.decoder(alphabet: recognizer.alphabet).search
/// ```
public struct DecoderSettings: Sendable, Equatable {
  /// The beam width; nil for the width that the model's makers advise, or else 500.
  public var beamWidth: Int?

  /// Whether the most probable label of each frame is read, in place of a search.
  public var isGreedy = false

  /// How much of a frame's probability, in (0, 1], the labels that are tried add up to.
  public var cutoffProbability = 1.0

  /// At most how many labels are tried at a frame, when `cutoffProbability` is less than 1.
  public var cutoffTopN = 40

  /// Scores and limits the words.
  public var scorer: Scorer?

  /// The weight of the scorer's language model; nil for the scorer's own.
  public var alpha: Double?

  /// The score added for each word; nil for the scorer's own.
  public var beta: Double?

  /// Words and phrases that are to be preferred, or with negative boosts avoided.
  public var hotWords: [String: Double] = [:]

  /// The cost of a word that the scorer does not know; nil allows only the scorer's words.
  public var unknownWordPenalty: Double?

  /// The only sentences that may be recognised, instead of a scorer.
  public var grammar: Grammar?

  /// The beam search of DeepSpeech's client, without a scorer.
  public init() {}

  /// The beam width for a model whose makers advise `advised`, within the limits of a search; 1 without a search.
  public func width(advised: Int? = nil) -> Int {
    let advised = advised.map { min($0, BeamSearchDecoder.largestBeamWidth) }
    return isGreedy ? 1 : beamWidth ?? advised ?? Self.usualBeamWidth
  }

  private static let usualBeamWidth = BeamSearchDecoder().beamWidth

  /// The requested decoder, and the requested words that have no effect.
  public struct Result: Sendable {
    /// The search; nil to read the most probable label of each frame.
    public let search: BeamSearchDecoder?

    /// Hot words that cannot act, with the reason.
    public let withoutEffect: [IneffectiveWord]
  }

  /// The decoder for a model that writes `alphabet`, and whose makers advise a width.
  ///
  /// - Throws: `DecodingError.invalidOption` for a number that no search can have, and for a scorer or hot words without a search,
  ///   `.unwritableWord` for a hot word that the alphabet cannot spell.
  public func decoder(
    alphabet: Alphabet, advisedBeamWidth: Int? = nil
  ) throws(DecodingError) -> Result {
    try check()
    guard !isGreedy else { return Result(search: nil, withoutEffect: []) }
    let weighted = scorer.map { $0.weighted(alpha: alpha ?? $0.alpha, beta: beta ?? $0.beta) }
    let preferred = try PreferredWords(
      hotWords, alphabet: alphabet, scorer: weighted, unknownWordPenalty: unknownWordPenalty,
      grammar: grammar)
    return Result(
      search: BeamSearchDecoder(
        beamWidth: width(advised: advisedBeamWidth), cutoffProbability: cutoffProbability,
        cutoffTopN: cutoffTopN, scorer: weighted, hotWords: preferred.hotWords,
        hotPhrases: preferred.hotPhrases, unknownWordPenalty: unknownWordPenalty,
        grammar: grammar),
      withoutEffect: preferred.withoutEffect)
  }

  private func check() throws(DecodingError) {
    if let beamWidth { try BeamSearchDecoder.check(beamWidth: beamWidth, name: "beam width") }
    guard cutoffProbability > 0, cutoffProbability <= 1 else {
      throw .invalidOption(
        name: "cutoff probability", found: "\(cutoffProbability)", expected: "above 0 and up to 1")
    }
    guard cutoffTopN >= 1 else {
      throw .invalidOption(name: "cutoff", found: "\(cutoffTopN) labels", expected: "1 or more")
    }
    try checkIsFinite(alpha, name: "alpha")
    try checkIsFinite(beta, name: "beta")
    try checkIsFinite(unknownWordPenalty, name: "penalty of unknown words")
    guard !isGreedy || scorer == nil && hotWords.isEmpty && grammar == nil else {
      throw .invalidOption(
        name: "greedy decoding", found: "a scorer, hot words or phrases as well",
        expected: "none of them, since no search weighs words")
    }
    guard scorer == nil || grammar == nil else {
      throw .invalidOption(
        name: "phrases", found: "a scorer as well", expected: "one of them")
    }
  }

  private func checkIsFinite(_ number: Double?, name: String) throws(DecodingError) {
    guard let number, !number.isFinite else { return }
    throw .invalidOption(name: name, found: "\(number)", expected: "a finite number")
  }
}
