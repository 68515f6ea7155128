public import ParlaTranscripts

/// Finds the most probable label sequences: CTC prefix beam search.
///
/// A prefix's probability is the sum over all alignments that spell it, kept in two parts, those
/// that end in a blank and those that do not (Graves and Jaitly 2014, "Towards end-to-end speech
/// recognition with recurrent neural networks", algorithm 1). After each frame the best `beamWidth`
/// prefixes are kept. Texts, times and scores are those of DeepSpeech's decoder
/// (0.9.3, `native_client/ctcdecode/`), its settings included.
public struct BeamSearchDecoder: Sendable, Equatable {
  /// How many prefixes are kept after each frame; at least 1, and at most `largestBeamWidth`.
  public let beamWidth: Int

  /// How much of a frame's probability, in (0, 1], the labels that are tried add up to; 1 tries
  /// all.
  public let cutoffProbability: Double

  /// At most how many labels are tried at a frame, when `cutoffProbability` is less than 1; at
  /// least 1.
  public let cutoffTopN: Int

  /// After roughly how many frames the candidates must agree on the recognised text, once
  /// `exactFrameCount` is reached; nil for never, as in the original, whose memory grows with the
  /// recording.
  ///
  /// Otherwise variants of old ambiguous passages fill the beam, and leave little of
  /// it for the present.
  public let settlingFrameCount: Int?

  /// For how many frames a search is the original's whatever `settlingFrameCount` is: by default a
  /// minute of 20 ms each.
  public var exactFrameCount = 3000

  /// Scores and limits the words; nil for none.
  public var scorer: Scorer?

  /// The words that the scorer is to prefer, as in the original.
  public let hotWords: HotWords?

  /// The phrases that the search is to prefer, with or without a scorer.
  public let hotPhrases: HotPhrases?

  /// The cost of an unknown word, in addition to alpha times the model's `<unk>` and the cost of its
  /// letters; nil for none, as in the original, which only allows the scorer's words.
  public let unknownWordPenalty: Double?

  /// The only sentences that may be recognised, instead of a scorer.
  public let grammar: Grammar?

  /// How the confidence of words is computed; nil for the scorer's calibration, or a default.
  public var calibration: ConfidenceCalibration?

  /// The maximum beam width: far beyond where texts still change, and what a
  /// machine still does in time and memory.
  public static let largestBeamWidth = 1 << 16

  /// Makes sure that `width` is a valid beam width; `name` is the name of the setting in the error.
  ///
  /// - Throws: `DecodingError.invalidOption`, with advice.
  public static func check(beamWidth width: Int, name: String) throws(DecodingError) {
    guard (1...largestBeamWidth).contains(width) else {
      throw .invalidOption(
        name: name, found: "\(width)",
        expected: "from 1 to \(largestBeamWidth), where 500 suits most: beyond some thousands the "
          + "text stays the same, while time and memory grow with the width")
    }
  }

  /// Makes a decoder; the defaults are those of DeepSpeech's client, and candidates that differ in
  /// the last 300 frames (6 s) at least.
  public init(
    beamWidth: Int = 500, cutoffProbability: Double = 1, cutoffTopN: Int = 40,
    settlingFrameCount: Int? = 300, scorer: Scorer? = nil, hotWords: HotWords? = nil,
    hotPhrases: HotPhrases? = nil, unknownWordPenalty: Double? = nil, grammar: Grammar? = nil
  ) {
    precondition(
      (1...Self.largestBeamWidth).contains(beamWidth),
      "beamWidth is from 1 to \(Self.largestBeamWidth)")
    precondition(cutoffProbability > 0 && cutoffProbability <= 1, "cutoffProbability is in (0, 1]")
    precondition(cutoffTopN >= 1, "cutoffTopN is at least 1")
    precondition(settlingFrameCount ?? 1 >= 1, "settlingFrameCount is at least 1")
    precondition(unknownWordPenalty?.isFinite ?? true, "unknownWordPenalty is a finite number")
    precondition(scorer == nil || grammar == nil, "a grammar and a scorer exclude each other")
    self.grammar = grammar
    self.beamWidth = beamWidth
    self.cutoffProbability = cutoffProbability
    self.cutoffTopN = cutoffTopN
    self.settlingFrameCount = settlingFrameCount
    self.scorer = scorer
    self.hotWords = hotWords
    self.hotPhrases = hotPhrases
    self.unknownWordPenalty = unknownWordPenalty
  }

  /// The best `candidateCount` label sequences of a whole recording, or fewer if fewer were found,
  /// best first.
  public func decode(
    _ probabilities: LabelProbabilities, candidateCount: Int = 1
  ) -> [Candidate] {
    var search = begin(labelCount: probabilities.labelCount)
    search.step(probabilities)
    return search.candidates(candidateCount)
  }

  /// The search before the first frame, for probabilities that arrive in pieces; `labelCount`
  /// includes the blank.
  public func begin(labelCount: Int) -> BeamSearchState {
    BeamSearchState(decoder: self, labelCount: labelCount)
  }
}
