import ParlaFiles
import ParlaPlatform

/// Turns ARPA files into KenLM binaries.
public enum KenLMBinaryFile {
  /// The data structures that are written.
  public enum Format: Sendable, Equatable {
    /// Hash tables: the fastest, and the largest; `multiplier` above 1 is the number of slots per n-gram.
    case probing(multiplier: Float)
    /// A trie: the smallest; nil leaves probabilities, backoffs or pointers as they are.
    ///
    /// `probabilityBits` and `backoffBits` quantise (from 2 bits to 25), `pointerArrayBits` moves at most this many leading
    /// bits of each pointer into an array (255 for the smallest file).
    case trie(probabilityBits: Int?, backoffBits: Int?, pointerArrayBits: Int?)

    /// Checks the numbers, as ``KenLMBinaryFile/build(arpa:to:format:hasVocabulary:options:)`` does later.
    ///
    /// - Throws: `LanguageModelError.invalidOption`.
    package func check() throws(LanguageModelError) {
      switch self {
      case .probing(let multiplier): try ProbingBuilder.check(multiplier: multiplier)
      case .trie: try TrieBuilder.check(encoding())
      }
    }

    fileprivate func encoding() throws(LanguageModelError) -> TrieEncoding {
      guard case .trie(let probabilityBits, let backoffBits, let pointerArrayBits) = self else {
        return TrieEncoding()
      }
      if probabilityBits == nil, let backoffBits {
        throw .invalidOption(
          name: "backoff bits", found: "\(backoffBits) without probability bits",
          expected: "both or neither")
      }
      return TrieEncoding(
        quantization: probabilityBits.map { ($0, backoffBits ?? $0) },
        pointerArrayBits: pointerArrayBits)
    }
  }

  /// How many words the longest n-grams of a binary can have here.
  package static var orders: ClosedRange<Int> { KenLMHeader.orders }

  /// Reads the ARPA file at `path` and writes it as a binary to `output`.
  ///
  /// With `hasVocabulary` the words are kept as strings at the end, so that they can be listed.
  ///
  /// - Throws: `LanguageModelError`.
  public static func build(
    arpa path: String, to output: String, format: Format = .probing(multiplier: 1.5),
    hasVocabulary: Bool = true, options: ARPAOptions = ARPAOptions()
  ) throws(LanguageModelError) {
    let table = try NGramTable(arpa: path, options: options)
    guard KenLMHeader.orders.contains(table.order) else {
      throw .unsupportedOrder(path: path, order: table.order, supported: KenLMHeader.orders)
    }
    let memory = try build(table, format, hasVocabulary: hasVocabulary)
    try write(memory, to: output)
  }

  private static func build(
    _ table: NGramTable, _ format: Format, hasVocabulary: Bool
  ) throws(LanguageModelError) -> ModelMemory {
    switch format {
    case .probing(let multiplier):
      return try ProbingBuilder.build(table, hasVocabulary: hasVocabulary, multiplier: multiplier)
    case .trie:
      return try TrieBuilder.build(table, format.encoding(), hasVocabulary: hasVocabulary)
    }
  }

  private static func write(
    _ memory: ModelMemory, to output: String
  ) throws(LanguageModelError) {
    do {
      try AtomicFile.write(to: output) { file in
        let pieceSize = 1 << 24
        for start in stride(from: 0, to: unsafe memory.bytes.count, by: pieceSize) {
          let end = unsafe min(start + pieceSize, memory.bytes.count)
          try unsafe file.append(Data(memory.bytes[start..<end]))
        }
      }
    } catch let error as FileError {
      throw LanguageModelError(error)
    } catch {
      throw .unwritable(path: output, reason: systemReason(error))
    }
  }
}
