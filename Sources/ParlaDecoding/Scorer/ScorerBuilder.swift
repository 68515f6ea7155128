import Foundation
import ParlaFiles
public import ParlaLanguageModel
public import ParlaTranscripts

/// Makes scorers: from text, or from a finished language model and a word list.
///
/// From text it does what DeepSpeech's `generate_lm.py` and `generate_scorer_package` do: the most
/// frequent words, a model of them by modified Kneser-Ney, a quantised trie, the lexicon.
///
/// ```swift
/// let builder = ScorerBuilder(alphabet: .english)
/// let summary = try builder.build(texts: ["corpus.txt.gz"], output: "english.scorer")
/// ```
public struct ScorerBuilder: Sendable {
  /// The labels of the acoustic model; nil for bytes mode.
  public var alphabet: Alphabet?

  /// The language model's weight that is written into the scorer, by default DeepSpeech 0.9.3's.
  public var alpha = 0.931_289_039_105_002
  /// What each word adds, written into the scorer, by default DeepSpeech 0.9.3's.
  public var beta = 1.183_413_758_151_028_4

  /// How many of the most frequent words are kept.
  public var wordLimit = 500_000

  /// How many words the longest n-grams have.
  public var order = 5

  /// Per order, n-grams that occur at most so often are left out; the last number holds on.
  public var pruning = [0, 0, 1]

  /// How the language model is stored.
  public var format = KenLMBinaryFile.Format.trie(
    probabilityBits: 8, backoffBits: 8, pointerArrayBits: 255)

  /// Whether text is turned to lower case, as the original does always.
  public var lowercases = true

  /// Bytes of memory for the estimation; nil for the estimator's own choice.
  public var memory: Int?

  /// Where temporary files go.
  public var temporaryFolder = NSTemporaryDirectory()

  /// Where the work stands.
  public enum Progress: Sendable, Equatable {
    /// So many words of text were counted.
    case counting(wordCount: Int)
    /// The language model is estimated.
    case estimating(LanguageModelBuilder.Progress)
    /// The language model is packed into a binary.
    case packing
    /// The lexicon of so many words is built.
    case lexicon(wordCount: Int)
  }

  /// What went into a scorer.
  public struct Summary: Sendable, Equatable {
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
    /// How many words were left out for that.
    public let unwritableWordCount: Int
  }

  /// Makes a builder for models with `alphabet`, nil for bytes mode.
  public init(alphabet: Alphabet?) {
    self.alphabet = alphabet
  }
}

// MARK: - From text

extension ScorerBuilder {
  /// Builds a scorer of the files at `texts`, one sentence a line, plain or packed, and writes it to
  /// `output`.
  ///
  /// Words beyond `wordLimit` are left out of the finished language model, as by `generate_lm.py`: what stays keeps its
  /// probability. Temporary files are removed, also after a failure; what `progress` throws
  /// ends the work.
  ///
  /// - Throws: `DecodingError`, `LanguageModelError`, `FileError`.
  public func build(
    texts: [String], output: String, progress: (Progress) throws -> Void = { _ in }
  ) throws -> Summary {
    let folder = try makeFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let vocabulary = try CorpusVocabulary(
      texts: texts, lowercases: lowercases, isBytes: alphabet == nil, output: folder + "/text",
      progress: progress)
    let words = vocabulary.mostFrequent(wordLimit)
    let arpa = try estimate(
      folder, words, isLimited: words.count < vocabulary.counts.count, progress)
    try progress(.packing)
    try KenLMBinaryFile.build(
      arpa: arpa, to: folder + "/binary", format: format, hasVocabulary: false)
    let (lexicon, unwritable) = try writable(words)
    try progress(.lexicon(wordCount: lexicon.count))
    try pack(binary: folder + "/binary", lexicon.map(\.labels), output: output)
    let covered = lexicon.reduce(0) { $0 + (vocabulary.counts[$1.word] ?? 0) }
    return Summary(
      textWordCount: vocabulary.wordCount, differentWordCount: vocabulary.counts.count,
      lexiconWordCount: lexicon.count,
      coverage: Double(covered) / Double(max(1, vocabulary.wordCount)),
      unwritableWords: Array(unwritable.prefix(20)), unwritableWordCount: unwritable.count)
  }

  private func makeFolder() throws(DecodingError) -> String {
    let folder = URL(fileURLWithPath: temporaryFolder, isDirectory: true)
      .appending(path: "parla-scorer-\(UUID().uuidString)").path
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw .file(.unwritable(path: folder, reason: systemReason(error)))
    }
    return folder
  }

  /// Writes the language model of `words` into `folder`, and returns where.
  private func estimate(
    _ folder: String, _ words: [String], isLimited: Bool,
    _ progress: (Progress) throws -> Void
  ) throws -> String {
    var options = LanguageModelBuilder.Options(order: order)
    options.pruning = Array(pruning.prefix(order))
    options.skipsSpecialWords = true
    options.temporaryFolder = folder
    if let memory { options.memory = memory }
    _ = try LanguageModelBuilder(options).build(
      texts: [folder + "/text"], output: folder + "/all.arpa"
    ) { try progress(.estimating($0)) }
    guard isLimited else { return folder + "/all.arpa" }
    try AtomicFile.write(
      Data((words.joined(separator: "\n") + "\n").utf8), to: folder + "/words")
    let filter = try ModelFilter(.single, vocabulary: folder + "/words")
    try filter.run(model: folder + "/all.arpa", format: .arpa, to: folder + "/limited.arpa")
    return folder + "/limited.arpa"
  }
}

// MARK: - From a language model

extension ScorerBuilder {
  /// Packs the KenLM binary at `binary` with the words of the file at `vocabulary`, divided by spaces
  /// or lines, and writes the scorer to `output`.
  ///
  /// - Throws: `DecodingError`, `LanguageModelError`.
  public func build(binary: String, vocabulary: String, output: String) throws -> Summary {
    var words: Set<String> = []
    var lines = try LineReader(path: vocabulary)
    while try lines.advance() {
      let line = String(decoding: lines.current, as: UTF8.self)
      words.formUnion(line.split(whereSeparator: \.isWhitespace).map(String.init))
    }
    let (lexicon, unwritable) = try writable(words.sorted())
    try pack(binary: binary, lexicon.map(\.labels), output: output)
    return Summary(
      textWordCount: nil, differentWordCount: words.count, lexiconWordCount: lexicon.count,
      coverage: nil, unwritableWords: Array(unwritable.prefix(20)),
      unwritableWordCount: unwritable.count)
  }

  /// The words that the alphabet can write, with the labels of their path through the lexicon, and
  /// those that it cannot.
  private func writable(
    _ words: [String]
  ) throws(DecodingError) -> (lexicon: [(word: String, labels: [Int32])], unwritable: [String]) {
    var lexicon: [(word: String, labels: [Int32])] = []
    var unwritable: [String] = []
    for word in words where !["<s>", "</s>", "<unk>", "<UNK>"].contains(word) {
      if let labels = LexiconBuilder.labels(of: word, alphabet: alphabet) {
        lexicon.append((word, labels))
      } else {
        unwritable.append(word)
      }
    }
    guard !lexicon.isEmpty else {
      throw .noUsableWords(wordCount: words.count, example: unwritable.first)
    }
    return (lexicon, unwritable)
  }

  private func pack(
    binary: String, _ words: [[Int32]], output: String
  ) throws(DecodingError) {
    let memory: ModelMemory
    let model: NGramModel
    do {
      memory = try ModelMemory(mapping: binary)
      model = try NGramModel(memory: memory)
    } catch {
      throw .languageModel(error)
    }
    try ScorerPackage.write(
      to: output, languageModel: model, in: memory, isBytes: alphabet == nil,
      weights: ScorerPackage.Weights(alpha: alpha, beta: beta), words: words)
  }
}
