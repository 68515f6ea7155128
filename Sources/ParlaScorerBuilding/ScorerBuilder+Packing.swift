import ParlaDecoding
import ParlaLanguageModel
import ParlaLanguageModelBuilding

extension ScorerBuilder {
  /// Packs the KenLM binary at `binary` with the words of the file at `vocabulary`, divided by spaces
  /// or lines, and writes the scorer to `output`.
  ///
  /// - Throws: `DecodingError`, `LanguageModelError`.
  public func build(binary: String, vocabulary: String, output: String) throws -> Summary {
    let units = try checkedUnits()
    var words: Set<String> = []
    var lines = try LineReader(path: vocabulary)
    while try lines.advance() {
      let line = String(decoding: lines.current, as: UTF8.self)
      words.formUnion(line.split(whereSeparator: \.isWhitespace).map(String.init))
    }
    let (lexicon, unwritable) = try writable(words.sorted(), units)
    try pack(binary: binary, lexicon.map(\.labels), units.kind, output: output)
    return Summary(
      units: units.kind, textWordCount: nil, differentWordCount: words.count,
      lexiconWordCount: lexicon.count,
      coverage: nil, unwritableWords: Array(unwritable.prefix(20)),
      unwritableWordCount: unwritable.count, respelledWordCount: 0, respelledWords: [])
  }

  /// The words that the alphabet can write, with the labels of their path through the lexicon, and
  /// those that it cannot.
  func writable(
    _ words: [String], _ units: Scorer.Units
  ) throws(DecodingError) -> (lexicon: [(word: String, labels: [Int32])], unwritable: [String]) {
    var lexicon: [(word: String, labels: [Int32])] = []
    var unwritable: [String] = []
    for word in words where !["<s>", "</s>", "<unk>", "<UNK>"].contains(word) {
      if let labels = units.labels(of: word) {
        lexicon.append((word, labels))
      } else {
        unwritable.append(word)
      }
    }
    guard !lexicon.isEmpty else {
      throw .noUsableWords(wordCount: unwritable.count, example: unwritable.first)
    }
    return (lexicon, unwritable)
  }

  func pack(
    binary: String, _ words: [[Int32]], _ kind: ScorerUnitKind, output: String
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
      to: output, languageModel: model, in: memory, kind: kind,
      weights: ScorerPackage.Weights(alpha: alpha, beta: beta), words: words)
  }
}
