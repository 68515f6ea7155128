public import ParlaLanguageModel
public import ParlaTranscripts

/// A lexicon and a language model: which words exist, and how likely each is after the words before it.
///
/// A scorer never changes, so all streams share one. It adds to the natural logarithm of a prefix's
/// probability, at the end of each word, `alpha` times that of the word in its context, and `beta`
/// (DeepSpeech 0.9.3, `native_client/ctcdecode/scorer.cpp`).
///
/// ```swift
/// let scorer = try Scorer(path: "english.scorer", alphabet: alphabet)
/// let decoder = BeamSearchDecoder(scorer: scorer)
/// ```
public final class Scorer: Sendable {
  /// The file that the scorer was read from, for messages.
  public let path: String

  /// The weight of the language model relative to the acoustic model.
  public let alpha: Double

  /// The score added for each word; values above zero give more and shorter words.
  public let beta: Double

  /// How the confidence of words is reckoned, if the scorer was tuned.
  public let calibration: ConfidenceCalibration?

  /// The units of the language model and the lexicon.
  public let units: Units

  /// The language model of `units`.
  public let languageModel: NGramModel

  /// The units that can be written.
  public let lexicon: LexiconTrie

  let package: ScorerPackage

  /// The units of a scorer's language model.
  public enum Units: Sendable, Equatable {
    /// Words, spelled with an alphabet and divided by its space.
    case words(Alphabet)
    /// The labels of an alphabet, as for languages that are written without spaces; a space, if there is one, is a
    /// character as well.
    case characters(Alphabet)
    /// Characters, each spelled with the bytes of its UTF-8: label 0 is byte 1, and the blank 255.
    case bytes

    /// How many labels the acoustic model has, the blank included.
    public var labelCount: Int {
      switch self {
      case .words(let alphabet), .characters(let alphabet): alphabet.labelCount
      case .bytes: 256
      }
    }
  }

  /// Opens the scorer at `path`, which is mapped into memory, for a model with `alphabet`; nil for
  /// one in bytes mode.
  ///
  /// - Throws: `DecodingError.languageModel`, `.malformedScorer`, `.alphabetMismatch`.
  public convenience init(path: String, alphabet: Alphabet?) throws(DecodingError) {
    try self.init(package: ScorerPackage(path: path), alphabet: alphabet)
  }

  init(package: ScorerPackage, alphabet: Alphabet?) throws(DecodingError) {
    units = try package.units(for: alphabet)
    try package.requireWords(of: units)
    self.package = package
    path = package.path
    alpha = package.weights.alpha
    beta = package.weights.beta
    languageModel = package.languageModel
    lexicon = package.lexicon
    calibration = package.additions.calibration
  }

  private init(
    _ scorer: Scorer, alpha: Double, beta: Double, calibration: ConfidenceCalibration?
  ) {
    self.alpha = alpha
    self.beta = beta
    self.calibration = calibration
    path = scorer.path
    units = scorer.units
    languageModel = scorer.languageModel
    lexicon = scorer.lexicon
    package = scorer.package
  }

  /// The same scorer with other weights; it shares model and lexicon with this one.
  public func weighted(alpha: Double, beta: Double) -> Scorer {
    Scorer(self, alpha: alpha, beta: beta, calibration: calibration)
  }

  /// The same scorer with another calibration of confidences; it shares model and lexicon with this
  /// one.
  public func calibrated(_ calibration: ConfidenceCalibration) -> Scorer {
    Scorer(self, alpha: alpha, beta: beta, calibration: calibration)
  }

  /// Writes the scorer with its present weights and calibration to `path`, which may be where it
  /// came from.
  ///
  /// - Throws: `DecodingError.file`.
  public func write(to path: String) throws(DecodingError) {
    var additions = package.additions
    additions.calibration = calibration
    try package.write(
      to: path, weights: weights, additions: additions)
  }

  /// The present weights, as files have them.
  var weights: ScorerPackage.Weights { ScorerPackage.Weights(alpha: alpha, beta: beta) }
}

extension Scorer: Equatable {
  /// Whether both use the same opened file with the same weights.
  public static func == (first: Scorer, second: Scorer) -> Bool {
    first === second
      || first.languageModel === second.languageModel && first.alpha == second.alpha
        && first.beta == second.beta && first.calibration == second.calibration
  }
}
