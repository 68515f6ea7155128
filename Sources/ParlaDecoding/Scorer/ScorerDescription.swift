public import ParlaLanguageModel
import ParlaTranscripts

/// The contents of a scorer's file, read without an alphabet.
public struct ScorerDescription: Sendable {
  /// The weight of the language model.
  public let alpha: Double
  /// The score added for each word or character.
  public let beta: Double

  /// The units of the language model.
  public let units: ScorerUnitKind

  /// How the language model is stored.
  public let kind: ModelKind
  /// How many n-grams each order has.
  public let counts: [Int]

  /// The size of the language model in bytes.
  public let languageModelSize: Int
  /// The size of the lexicon in bytes.
  public let lexiconSize: Int

  /// How many states the lexicon has.
  public let stateCount: Int
  /// How many arcs the lexicon has.
  public let arcCount: Int
  /// How many words or characters the lexicon has.
  public let wordCount: Int

  /// The largest label that the lexicon uses.
  public let largestLabel: Int
  /// The labels that words end with; with characters, all of them.
  public let lastLabels: [Int]

  /// Reads the scorer at `path`.
  ///
  /// - Throws: `DecodingError.languageModel`, `.malformedScorer`.
  public init(path: String) throws(DecodingError) {
    let package = try ScorerPackage(path: path)
    (alpha, beta) = (package.weights.alpha, package.weights.beta)
    units = package.kind
    kind = package.languageModel.kind
    counts = package.languageModel.counts
    languageModelSize = package.languageModel.endOfModel
    lexiconSize = package.lexicon.range.count
    stateCount = package.lexicon.stateCount
    arcCount = package.lexicon.arcCount
    largestLabel = package.lexicon.largestLabel
    lastLabels = package.lexicon.lastLabels.sorted()
    var wordCount = 0
    try package.lexicon.forEachWord { _ in wordCount += 1 }
    self.wordCount = wordCount
  }
}
