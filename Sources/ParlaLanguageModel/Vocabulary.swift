/// A word's number in a language model; 0 is the unknown word.
public typealias WordIndex = UInt32

/// The words of a language model, found by a hash of their bytes.
///
/// The model keeps no strings to look a word up; `words()` reads them back where the file has them.
@safe public struct Vocabulary: Sendable {
  private let memory: ModelMemory
  private let table: Table

  /// Where the file keeps its words, after the n-grams.
  private let strings: Range<Int>?

  /// The number of words, including the unknown one: all indices are below this.
  public let count: Int

  /// The index of the sentence start, `<s>`.
  public private(set) var beginSentence: WordIndex = Self.unknown

  /// The index of the sentence end, `</s>`.
  public private(set) var endSentence: WordIndex = Self.unknown

  /// The index of unknown words, `<unk>`.
  public static let unknown: WordIndex = 0

  /// How the hashes are arranged.
  private enum Table {
    /// Sorted; a word's index is its hash's place plus one. `offset` is that of the first hash.
    case sorted(offset: Int, count: Int)
    /// In a hash table whose entries carry the index.
    case probing(ProbingLayout.Table)
  }

  private init(memory: ModelMemory, table: Table, strings: Range<Int>?, count: Int) {
    self.memory = memory
    self.table = table
    self.strings = strings
    self.count = count
    beginSentence = index(of: "<s>")
    endSentence = index(of: "</s>")
  }

  /// The vocabulary of a probing model; `start` is where its binary begins in `memory`.
  init(
    probing layout: ProbingLayout, header: KenLMHeader, start: Int, memory: ModelMemory
  ) throws(LanguageModelError) {
    let bytes = unsafe UnsafeRawBufferPointer(rebasing: memory.bytes[start...])
    let version = unsafe bytes.loadUnaligned(
      fromByteOffset: layout.vocabularyOffset, as: UInt32.self)
    let bound = unsafe bytes.loadUnaligned(
      fromByteOffset: layout.vocabularyOffset + 4, as: UInt32.self)
    guard version == 0, bound >= 1, Int(bound) <= header.counts[0] + 1 else {
      throw .malformedBinary(
        path: memory.path, found: "a vocabulary of version \(version) with \(bound) words",
        expected: "version 0 with at most \(header.counts[0] + 1)")
    }
    let table = ProbingLayout.Table(
      offset: start + layout.vocabularyTable.offset,
      bucketCount: layout.vocabularyTable.bucketCount, stride: 12)
    let strings = try Self.strings(header, Int(bound), from: start + layout.end, memory)
    self.init(memory: memory, table: .probing(table), strings: strings, count: Int(bound))
  }

  /// The vocabulary of a trie; `start` is where its binary begins in `memory`.
  init(
    trie layout: TrieLayout, header: KenLMHeader, start: Int, memory: ModelMemory
  ) throws(LanguageModelError) {
    let offset = start + layout.vocabularyOffset
    let count = unsafe memory.bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    guard count <= UInt64(header.counts[0]) else {
      throw .malformedBinary(
        path: memory.path, found: "\(count) word hashes", expected: "at most \(header.counts[0])")
    }
    let strings = try Self.strings(header, Int(count) + 1, from: start + layout.end, memory)
    self.init(
      memory: memory, table: .sorted(offset: offset + 8, count: Int(count)), strings: strings,
      count: Int(count) + 1)
  }

  /// The position of the words' strings, after a check that all `count` of them are present.
  private static func strings(
    _ header: KenLMHeader, _ count: Int, from offset: Int, _ memory: ModelMemory
  ) throws(LanguageModelError) -> Range<Int>? {
    guard header.hasVocabulary else { return nil }
    let first = unsafe memory.bytes[offset...].prefix(6)
    guard unsafe first.elementsEqual("<unk>\0".utf8) else {
      throw .malformedBinary(
        path: memory.path, found: "no words after the n-grams",
        expected: "words from <unk> on, as the header says")
    }
    var (found, end) = (0, offset)
    while found < count, unsafe end < memory.bytes.count {
      if unsafe memory.bytes[end] == 0 { found += 1 }
      end += 1
    }
    guard found == count else {
      throw .malformedBinary(
        path: memory.path, found: "\(found) words at the end", expected: "\(count)")
    }
    return offset..<end
  }
}

extension Vocabulary {
  /// The index of `word`, or `unknown`.
  public func index(of word: String) -> WordIndex {
    index(ofHash: murmurHash64A(word))
  }

  /// The index of `word`, or `unknown`.
  public func index(of word: Substring) -> WordIndex {
    var word = word
    return word.withUTF8 { unsafe index(ofHash: murmurHash64A(UnsafeRawBufferPointer($0))) }
  }

  /// The index of the word with these bytes, or `unknown`.
  public func index(ofUTF8 bytes: [UInt8]) -> WordIndex {
    unsafe bytes.withUnsafeBytes { unsafe index(ofHash: murmurHash64A($0)) }
  }

  /// The index of the word with these bytes, or `unknown`.
  package func index(ofUTF8 bytes: ArraySlice<UInt8>) -> WordIndex {
    unsafe bytes.withUnsafeBytes { unsafe index(ofHash: murmurHash64A($0)) }
  }

  private func index(ofHash hash: UInt64) -> WordIndex {
    let index =
      switch table {
      case .sorted(let offset, let count): sortedIndex(of: hash, offset: offset, count: count)
      case .probing(let table): probingIndex(of: hash, table)
      }
    return index < count ? index : Self.unknown
  }

  /// Interpolation search (`util/sorted_uniform.hh`): hashes are evenly spread, so the first guess is close.
  private func sortedIndex(of hash: UInt64, offset: Int, count: Int) -> WordIndex {
    var (before, beforeValue) = (-1, UInt64(0))
    var (after, afterValue) = (count, UInt64.max)
    while after - before > 1 {
      let width = after - before - 1
      let share = Double(hash - beforeValue) / Double(afterValue - beforeValue)
      let guess = share.isFinite ? min(Int(share * Double(width)), width - 1) : 0
      let pivot = before + 1 + guess
      let found = unsafe memory.bytes.loadUnaligned(
        fromByteOffset: offset + 8 * pivot, as: UInt64.self)
      if found == hash { return WordIndex(pivot + 1) }
      if found < hash {
        (before, beforeValue) = (pivot, found)
      } else {
        (after, afterValue) = (pivot, found)
      }
    }
    return Self.unknown
  }

  private func probingIndex(of hash: UInt64, _ table: ProbingLayout.Table) -> WordIndex {
    guard let start = unsafe memory.bytes.baseAddress else { return Self.unknown }
    let base = unsafe start + table.offset
    let entry = unsafe ProbingTable(
      base: base, end: base + table.bucketCount * table.stride,
      bucketCount: UInt64(table.bucketCount), stride: table.stride
    ).find(hash)
    guard let entry = unsafe entry else { return Self.unknown }
    return unsafe entry.loadUnaligned(fromByteOffset: 8, as: UInt32.self)
  }

  /// Whether the file has its words as strings.
  public var hasWords: Bool { strings != nil }

  /// All words in the order of their indices, the unknown one first.
  ///
  /// - Throws: `LanguageModelError.noVocabularyStrings`.
  public func words() throws(LanguageModelError) -> [String] {
    guard let strings else { throw .noVocabularyStrings(path: memory.path) }
    var words: [String] = []
    words.reserveCapacity(count)
    var start = strings.lowerBound
    for end in strings where unsafe memory.bytes[end] == 0 {
      words.append(unsafe String(decoding: memory.bytes[start..<end], as: UTF8.self))
      start = end + 1
    }
    return words
  }
}
