import Foundation
public import ParlaDecoding
import ParlaFiles
public import ParlaLanguageModel
public import ParlaLanguageModelBuilding
import ParlaSpelling
public import ParlaTranscripts

/// Makes scorers: from text, or from a finished language model and a word list.
///
/// From text it does what DeepSpeech's `generate_lm.py` and `generate_scorer_package` do: the most
/// frequent words, a model of them by modified Kneser-Ney, a quantised trie, the lexicon. Beyond
/// them, it takes punctuation off that the alphabet lacks, and for languages that are written
/// without spaces it counts characters.
///
/// ```swift
/// let builder = ScorerBuilder(alphabet: .english)
/// let summary = try builder.build(texts: ["corpus.txt.gz"], output: "english.scorer")
/// ```
public struct ScorerBuilder: Sendable {
  /// The labels of the acoustic model; nil for bytes mode.
  public var alphabet: Alphabet?

  /// Whether the language model counts characters, the labels of the alphabet, instead of words; by default where
  /// the alphabet has no space.
  ///
  /// Parla alone can use the result: for libdeepspeech and libstt all its sentences are equally likely.
  public var countsCharacters: Bool

  /// The language model's weight that is written into the scorer, by default DeepSpeech 0.9.3's.
  public var alpha = 0.931_289_039_105_002
  /// The score added for each word, written into the scorer, by default DeepSpeech 0.9.3's.
  public var beta = 1.183_413_758_151_028_4

  /// How many of the most frequent words are kept.
  public var wordLimit = 500_000

  /// How many words the longest n-grams have.
  public var order = 5

  /// Per order, n-grams that occur at most this often are pruned; the last number also applies to higher orders.
  ///
  /// Nil means 0, 0, 1, as far as there are orders.
  public var pruning: [Int]?

  /// What to do if the text is too small to compute the discounts.
  public var discountFallback = DiscountFallback.use(.fallback)

  /// How the language model is stored.
  public var format = KenLMBinaryFile.Format.trie(
    probabilityBits: 8, backoffBits: 8, pointerArrayBits: 255)

  /// Whether text is turned to lower case, as the original does always.
  public var lowercases = true

  /// The text's language, as in BCP 47, for `LowerCase`; nil to see by the alphabet whether I becomes ı.
  public var language: String?

  /// Whether punctuation that the alphabet lacks is taken off the edges of words, and divides them; the original
  /// leaves such words out.
  public var stripsPunctuation = true

  /// Bytes of memory for the estimation; nil for the estimator's own choice.
  public var memory: Int?

  /// The folder for temporary files.
  public var temporaryFolder = NSTemporaryDirectory()

  /// The stage of the work.
  public enum Progress: Sendable, Equatable {
    /// So many words of text were counted.
    case counting(wordCount: Int)
    /// The language model is estimated.
    case estimating(LanguageModelBuilder.Progress)
    /// The language model is packed into a binary.
    case packing
    /// The lexicon of this many words is being built.
    case lexicon(wordCount: Int)
  }

  /// The contents of a scorer.
  public struct Summary: Sendable, Equatable {
    /// The units; words are characters otherwise.
    public let units: ScorerUnitKind
    /// How many words the text had; nil without text.
    public let textWordCount: Int?
    /// How many different words the text or the list had.
    public let differentWordCount: Int
    /// How many words can be written.
    public let lexiconWordCount: Int
    /// How much of the text these words are, from 0 to 1; nil without text.
    public let coverage: Double?
    /// Words that were left out since the alphabet cannot write them, the most frequent first; at
    /// most twenty.
    public let unwritableWords: [String]
    /// The number of such words.
    public let unwritableWordCount: Int
    /// How many words of the text lost punctuation, or characters were.
    public let respelledWordCount: Int
    /// A few of these, each with what it became.
    public let respelledWords: [String]
    /// Whether the text has as many spaces as languages with words, and the alphabet has none, so that characters were counted.
    public var lacksSpace = false
  }

  /// Makes a builder for models with `alphabet`, nil for bytes mode.
  public init(alphabet: Alphabet?) {
    self.alphabet = alphabet
    countsCharacters = alphabet?.spaceLabel == nil
  }
}

// MARK: - From text

extension ScorerBuilder {
  /// Builds a scorer of the files at `texts`, one sentence a line, plain or packed, and writes it to
  /// `output`.
  ///
  /// Words beyond `wordLimit` are left out of the finished language model, as by `generate_lm.py`: what stays keeps its
  /// probability. Nothing is left of temporary files, however the work ends; what `progress` throws
  /// ends it.
  ///
  /// - Throws: `DecodingError`, `LanguageModelError`, `FileError`.
  public func build(
    texts: [String], output: String, progress: (Progress) throws -> Void = { _ in }
  ) throws -> Summary {
    let units = try checkedUnits()
    let estimation = try checkedEstimation()
    try AtomicFile.prepare(output)
    return try namingFolder {
      let text = try temporaryFile()
      let vocabulary = try read(texts, units, to: text, progress)
      let words = vocabulary.mostFrequent(wordLimit)
      let binary = try temporaryFile()
      try makeBinary(of: words, vocabulary, text, estimation, at: binary.path, progress)
      let (lexicon, unwritable) = try writable(words, units)
      try progress(.lexicon(wordCount: lexicon.count))
      try pack(binary: binary.path, lexicon.map(\.labels), units.kind, output: output)
      return Summary(units.kind, vocabulary, lexicon: lexicon.map(\.word), unwritable: unwritable)
    }
  }

  /// Writes the language model of `texts` and a list of its words to `folder`, as DeepSpeech's `generate_lm.py` does.
  ///
  /// The files are `lm.binary` and `vocab-N.txt`, where N is `wordLimit`. With `dividesAtSpaces` words are separated by
  /// spaces, as there; otherwise the alphabet decides.
  ///
  /// - Throws: as ``build(texts:output:progress:)``.
  public func buildLanguageModel(
    texts: [String], folder output: String, dividesAtSpaces: Bool,
    progress: (Progress) throws -> Void = { _ in }
  ) throws -> (summary: Summary, binary: String, vocabulary: String) {
    let units = dividesAtSpaces ? nil : try checkedUnits()
    let estimation = try checkedEstimation()
    let (binary, list) = (output + "/lm.binary", output + "/vocab-\(wordLimit).txt")
    try AtomicFile.prepare(binary)
    let lock = try FolderLock(folder: output)
    defer { withExtendedLifetime(lock) {} }
    return try namingFolder {
      let text = try temporaryFile()
      let vocabulary = try read(texts, units, to: text, progress)
      let words = vocabulary.mostFrequent(wordLimit)
      try makeBinary(of: words, vocabulary, text, estimation, at: binary, progress)
      try AtomicFile.write(Data(words.joined(separator: "\n").utf8), to: list)
      let summary = Summary(units?.kind ?? .words, vocabulary, lexicon: words, unwritable: [])
      return (summary, binary, list)
    }
  }

  private func read(
    _ texts: [String], _ units: Scorer.Units?, to text: TemporaryFile,
    _ progress: (Progress) throws -> Void
  ) throws -> CorpusVocabulary {
    let lowerCase = LowerCase(language: language, letters: alphabet?.labels ?? [])
    let reading = CorpusVocabulary.Reading(
      units: units, lowerCase: lowercases ? lowerCase : nil, stripsPunctuation: stripsPunctuation)
    let vocabulary = try CorpusVocabulary(
      texts: texts, reading, output: text.path, progress: progress)
    guard vocabulary.hasLines else { throw LanguageModelError.emptyText(paths: texts) }
    return vocabulary
  }

  /// Does `body`, and names the folder where it fails for a temporary file, which has no name.
  private func namingFolder<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch FileError.unwritable(let path, let reason)
      where TemporaryFile.isPath(path)
    {
      throw LanguageModelError.temporaryFile(folder: temporaryFolder, reason: reason)
    } catch LanguageModelError.unwritable(let path, let reason) where TemporaryFile.isPath(path) {
      throw LanguageModelError.temporaryFile(folder: temporaryFolder, reason: reason)
    }
  }

  /// A file in `temporaryFolder`, which is made if need be.
  private func temporaryFile() throws(DecodingError) -> TemporaryFile {
    do {
      try makeFolder(temporaryFolder)
      return try TemporaryFile(in: temporaryFolder)
    } catch { throw .file(error) }
  }

  /// Writes the language model of `words` in `text` to `binary`.
  private func makeBinary(
    of words: [String], _ vocabulary: CorpusVocabulary, _ text: TemporaryFile,
    _ estimation: LanguageModelBuilder.Options, at binary: String,
    _ progress: (Progress) throws -> Void
  ) throws {
    var options = estimation
    options.temporaryFolder = temporaryFolder
    var arpa = try temporaryFile()
    _ = try LanguageModelBuilder(options).build(texts: [text.path], output: arpa.path) {
      try progress(.estimating($0))
    }
    if words.count < vocabulary.counts.count {
      let list = try temporaryFile()
      try list.append(Data((words.joined(separator: "\n") + "\n").utf8))
      let filter = try ModelFilter(.single, vocabulary: list.path)
      let limited = try temporaryFile()
      try filter.run(model: arpa.path, format: .arpa, to: limited.path)
      arpa = limited
    }
    try progress(.packing)
    try KenLMBinaryFile.build(arpa: arpa.path, to: binary, format: format, hasVocabulary: false)
  }
}

// MARK: - Before work starts

extension ScorerBuilder {
  func checkedUnits() throws(DecodingError) -> Scorer.Units {
    try ScorerPackage.Weights(alpha: alpha, beta: beta).check()
    guard let alphabet else { return .bytes }
    if countsCharacters { return .characters(alphabet) }
    guard alphabet.spaceLabel != nil else {
      throw .invalidOption(
        name: "--units", found: "words",
        expected: "characters, since the alphabet has no space that divides words")
    }
    return .words(alphabet)
  }

  private func checkedEstimation() throws -> LanguageModelBuilder.Options {
    let orders = KenLMBinaryFile.orders
    guard orders.contains(order) else {
      throw DecodingError.invalidOption(
        name: "--order", found: "\(order)",
        expected: "\(orders.lowerBound) to \(orders.upperBound)")
    }
    try format.check()
    var options = LanguageModelBuilder.Options(order: order)
    options.pruning = pruning ?? Array([0, 0, 1].prefix(order))
    options.discountFallback = discountFallback
    options.skipsSpecialWords = true
    if let memory { options.memory = memory }
    _ = try LanguageModelBuilder(options)
    return options
  }
}

extension ScorerBuilder.Summary {
  init(
    _ units: ScorerUnitKind, _ vocabulary: CorpusVocabulary, lexicon: [String], unwritable: [String]
  ) {
    let covered = lexicon.reduce(0) { $0 + (vocabulary.counts[$1] ?? 0) }
    self.init(
      units: units, textWordCount: vocabulary.wordCount,
      differentWordCount: vocabulary.counts.count,
      lexiconWordCount: lexicon.count,
      coverage: Double(covered) / Double(max(1, vocabulary.wordCount)),
      unwritableWords: Array(unwritable.prefix(20)), unwritableWordCount: unwritable.count,
      respelledWordCount: vocabulary.respelling.wordCount,
      respelledWords: vocabulary.respelling.examples,
      lacksSpace: units == .characters && 20 * vocabulary.spaceCount > vocabulary.wordCount)
  }
}
