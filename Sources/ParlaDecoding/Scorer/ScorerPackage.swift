import ParlaFiles
package import ParlaLanguageModel
import ParlaPlatform
import ParlaTranscripts

/// A `.scorer` file: a KenLM binary without its words, 25 bytes of header, a lexicon.
///
/// Format: DeepSpeech 0.9.3, `native_client/ctcdecode/scorer.cpp`: int32 "EIRT", int32 version 6, a
/// byte that says whether units are characters in bytes, alpha and beta as float64.
package struct ScorerPackage: Sendable {
  package struct Weights: Equatable {
    let alpha: Double
    let beta: Double

    package init(alpha: Double, beta: Double) {
      self.alpha = alpha
      self.beta = beta
    }

    /// Far beyond all that helps; sums of such weights over an hour of speech are still precise.
    static let largest = 1e6

    /// Whether both are numbers that a search can reckon with.
    var isSensible: Bool { abs(alpha) <= Self.largest && abs(beta) <= Self.largest }

    /// - Throws: `DecodingError.invalidOption`.
    package func check() throws(DecodingError) {
      guard isSensible else {
        throw .invalidOption(
          name: "--alpha, --beta", found: "\(alpha) and \(beta)",
          expected: "numbers up to \(Int(Self.largest))")
      }
    }
  }

  let path: String
  let weights: Weights
  let isBytes: Bool
  let languageModel: NGramModel
  let lexicon: LexiconTrie
  let additions: ScorerAdditions

  private let memory: ModelMemory

  static let magic: UInt32 = 0x5452_4945
  static let version: UInt32 = 6
  static let headerSize = 25

  /// Maps the file at `path` and checks it.
  init(path: String) throws(DecodingError) {
    let memory: ModelMemory
    do { memory = try ModelMemory(mapping: path) } catch { throw .languageModel(error) }
    try self.init(memory: memory)
  }

  init(memory: ModelMemory) throws(DecodingError) {
    self.memory = memory
    path = memory.path
    do { languageModel = try NGramModel(memory: memory) } catch { throw .languageModel(error) }
    let offset = languageModel.endOfModel
    guard unsafe memory.bytes.count - offset >= Self.headerSize else {
      throw .malformedScorer(
        path: path, found: "a language model alone", expected: "a scorer's header and lexicon")
    }
    func field(_ position: Int) -> UInt32 {
      unsafe memory.bytes.loadUnaligned(fromByteOffset: offset + position, as: UInt32.self)
        .littleEndian
    }
    guard field(0) == Self.magic else {
      throw .malformedScorer(
        path: path, found: "a language model with other content behind it",
        expected: "a scorer's header (EIRT)")
    }
    guard field(4) == Self.version else {
      throw .malformedScorer(
        path: path, found: "scorer version \(field(4))", expected: "version \(Self.version)")
    }
    isBytes = unsafe memory.bytes[offset + 8] != 0
    func weight(_ position: Int) -> Double {
      Double(bitPattern: UInt64(field(position)) | UInt64(field(position + 4)) << 32)
    }
    weights = Weights(alpha: weight(9), beta: weight(17))
    guard weights.isSensible else {
      throw .malformedScorer(
        path: path, found: "alpha \(weights.alpha) and beta \(weights.beta)",
        expected: "numbers up to \(Int(Weights.largest))")
    }
    lexicon = try LexiconTrie(memory: memory, from: offset + Self.headerSize)
    additions = try unsafe ScorerAdditions(
      memory.bytes, from: lexicon.range.upperBound, path: path)
  }
}

// MARK: - The alphabet

extension ScorerPackage {
  /// What the language model counts.
  var kind: ScorerUnitKind { isBytes ? .bytes : additions.units ?? .words }

  /// The scorer's units for a model with `alphabet`; nil also means bytes.
  func units(for alphabet: Alphabet?) throws(DecodingError) -> Scorer.Units {
    let alphabet = alphabet.flatMap { $0.isBytes ? nil : $0 }
    let described = alphabet.map { "an alphabet of \($0.labels.count) labels" } ?? "bytes mode"
    func mismatch(_ found: String, _ expected: String) -> DecodingError {
      .alphabetMismatch(scorer: path, found: found, alphabet: described, expected: expected)
    }
    if isBytes {
      guard alphabet == nil else { throw mismatch("a scorer for bytes", "one for words") }
      guard lexicon.largestLabel < 255 else {
        throw mismatch("label \(lexicon.largestLabel)", "the 255 bytes")
      }
      return .bytes
    }
    guard let alphabet else { throw mismatch("a scorer for \(kind)", "one for bytes") }
    guard lexicon.largestLabel < alphabet.labels.count else {
      throw mismatch(
        "\(kind) with label \(lexicon.largestLabel)", "labels below \(alphabet.labels.count)")
    }
    if kind == .characters { return .characters(alphabet) }
    guard let space = alphabet.spaceLabel else {
      throw mismatch("words that end with label \(lexicon.lastLabels.sorted())", "a space")
    }
    guard lexicon.lastLabels == [space] else {
      throw mismatch(
        "words that end with label \(lexicon.lastLabels.sorted())",
        "words that end with label \(space), the space")
    }
    return .words(alphabet)
  }
}

// MARK: - Writing

extension ScorerPackage {
  /// Writes the same scorer with `weights` and `additions` to `path`, which may be its own; with a lexicon of `words` in labels,
  /// if there are any.
  func write(
    to path: String, weights: Weights, words: [[Int32]]? = nil, additions: ScorerAdditions
  ) throws(DecodingError) {
    try weights.check()
    if let calibration = additions.calibration { try calibration.check() }
    let offset = lexicon.range.lowerBound
    let newLexicon = words.map { Data(LexiconBuilder.build($0, offset: offset)) }
    let lexicon = unsafe newLexicon ?? Data(memory.bytes[lexicon.range])
    try unsafe Self.write(
      to: path, model: memory.bytes[..<languageModel.endOfModel], isBytes: isBytes,
      weights: weights, rest: lexicon + additions.encoded)
  }

  /// Writes a scorer of `languageModel`, a KenLM binary, with a lexicon of `words` in labels.
  package static func write(
    to path: String, languageModel: NGramModel, in memory: ModelMemory, kind: ScorerUnitKind,
    weights: Weights, words: some Sequence<[Int32]>
  ) throws(DecodingError) {
    let additions = ScorerAdditions(units: kind == .characters ? .characters : nil)
    let lexicon = LexiconBuilder.build(words, offset: languageModel.endOfModel + headerSize)
    try unsafe write(
      to: path, model: memory.bytes[..<languageModel.endOfModel], isBytes: kind == .bytes,
      weights: weights, rest: Data(lexicon) + additions.encoded)
  }

  private static func write(
    to path: String, model: Slice<UnsafeRawBufferPointer>, isBytes: Bool, weights: Weights,
    rest: Data
  ) throws(DecodingError) {
    try weights.check()
    var header = littleEndian(magic) + littleEndian(version) + [isBytes ? 1 : 0]
    // The original keeps both as float32 and writes them widened.
    for weight in [weights.alpha, weights.beta] {
      header += littleEndian(Double(Float(weight)).bitPattern)
    }
    var front = unsafe Data(model)
    front[front.startIndex + hasVocabularyOffset] = 0
    do {
      try AtomicFile.write(to: path) { file in
        try file.append(front)
        try file.append(Data(header))
        try file.append(rest)
      }
    } catch let error as FileError {
      throw .file(error)
    } catch {
      throw .file(.unwritable(path: path, reason: systemReason(error)))
    }
  }

  /// Where a KenLM binary says that its words follow it, which a scorer must not have.
  private static let hasVocabularyOffset = 100
}
