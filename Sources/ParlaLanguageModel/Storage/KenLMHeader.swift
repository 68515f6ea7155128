/// How a KenLM binary lays out its n-grams (`lm/model_type.hh`).
public enum ModelKind: UInt32, Sendable, CaseIterable {
  /// Hash tables.
  case probing = 0
  /// Hash tables with rest costs, which scoring left to right does not need.
  case restProbing = 1
  /// A trie of whole numbers.
  case trie = 2
  /// A trie of quantised probabilities and backoffs.
  case quantizedTrie = 3
  /// A trie whose pointers share their leading bits.
  case arrayTrie = 4
  /// Both savings at once.
  case quantizedArrayTrie = 5

  var isTrie: Bool { rawValue >= Self.trie.rawValue }
  var isQuantized: Bool { self == .quantizedTrie || self == .quantizedArrayTrie }
  var hasPointerArrays: Bool { self == .arrayTrie || self == .quantizedArrayTrie }

  /// The version of the search structure that is read and written.
  var searchVersion: UInt32 { isTrie ? 1 : 0 }
}

/// The front of a KenLM binary (`lm/binary_format.cc`): test values, kind, and how many n-grams each order has.
struct KenLMHeader: Equatable {
  var kind: ModelKind
  var probingMultiplier: Float
  var hasVocabulary: Bool
  /// The number of n-grams of each order, from unigrams on; in tries including placeholders for pruned ones.
  var counts: [Int]

  var order: Int { counts.count }

  /// Bytes of the header of a model of `order`, padded to a multiple of eight.
  static func size(order: Int) -> Int { (108 + 8 * order + 7) / 8 * 8 }

  /// The orders that binaries can have here.
  static let orders = 2...(NGramState.capacity + 1)

  /// Counts above this are damage; below it, no size computed from a count can overflow.
  static let largestCount = 1 << 44

  private static let magic = "mmap lm http://kheafield.com/code format version 5\n"
  private static let magicBeforeVersion = "mmap lm http://kheafield.com/code format version"
  private static let incompleteMagic = "mmap lm http://kheafield.com/code incomplete\n"

  /// The 88 bytes that every binary starts with: the magic text and values that show byte order and float format.
  private static let sanityBlock: [UInt8] = {
    var block = Array(magic.utf8)
    block += [UInt8](repeating: 0, count: 56 - block.count)
    for value: Float in [0, 1, -0.5] { block += littleEndianBytes(value.bitPattern) }
    for value: UInt32 in [1, .max, 0] { block += littleEndianBytes(value) }
    return block + littleEndianBytes(UInt64(1))
  }()
}

extension KenLMHeader {
  /// Whether `bytes` start as a KenLM binary of any version does.
  static func starts(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let common = "mmap lm http://kheafield.com/code"
    return unsafe bytes.prefix(common.utf8.count).elementsEqual(common.utf8)
  }

  /// Reads the header at the start of `bytes`; `path` is for messages.
  init(_ bytes: UnsafeRawBufferPointer, path: String) throws(LanguageModelError) {
    let malformed = { (found: String, expected: String) in
      LanguageModelError.malformedBinary(path: path, found: found, expected: expected)
    }
    try unsafe Self.checkSanity(bytes, path: path)
    guard bytes.count >= Self.size(order: 1) else {
      throw malformed("a header cut short", "a whole KenLM binary")
    }
    let field = { (offset: Int) in
      unsafe UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
    let order = unsafe Int(bytes[88])
    probingMultiplier = Float(bitPattern: field(92))
    guard probingMultiplier >= 1, probingMultiplier < 1024 else {
      throw malformed("a probing multiplier of \(probingMultiplier)", "one above 1")
    }
    guard let kind = ModelKind(rawValue: field(96)) else {
      throw malformed("model type \(field(96))", "a type from 0 to 5")
    }
    self.kind = kind
    // KenLM has no unigram models; the tables of a unigram ARPA file in memory are one.
    guard Self.orders.contains(order) || (order == 1 && kind == .probing) else {
      throw .unsupportedOrder(path: path, order: order, supported: Self.orders)
    }
    hasVocabulary = unsafe bytes[100] != 0
    guard field(104) == kind.searchVersion else {
      throw malformed("search version \(field(104))", "\(kind.searchVersion) for a \(kind)")
    }
    guard bytes.count >= Self.size(order: order) else {
      throw malformed("a header cut short", "a whole KenLM binary")
    }
    let counts = (0..<order).map { index in
      unsafe UInt64(
        littleEndian: bytes.loadUnaligned(fromByteOffset: 108 + 8 * index, as: UInt64.self))
    }
    let limit = UInt64(min(Self.largestCount, bytes.count * 8))
    guard counts.allSatisfy({ $0 <= limit }), counts[0] < UInt64(WordIndex.max) else {
      throw malformed("n-gram counts \(counts)", "counts that fit into \(bytes.count) bytes")
    }
    self.counts = counts.map(Int.init)
  }

  private static func checkSanity(
    _ bytes: UnsafeRawBufferPointer, path: String
  ) throws(LanguageModelError) {
    let block = sanityBlock
    if unsafe bytes.starts(with: block) { return }
    let (found, expected): (String, String)
    if unsafe bytes.starts(with: incompleteMagic.utf8) {
      (found, expected) = ("a binary whose building did not finish", "a complete one")
    } else if unsafe bytes.starts(with: magic.utf8) {
      (found, expected) = ("test values of another machine", "a little-endian 64-bit binary")
    } else if unsafe bytes.starts(with: magicBeforeVersion.utf8) {
      let rest = unsafe bytes.dropFirst(magicBeforeVersion.utf8.count)
      let version = unsafe rest.prefix { $0 != 10 }.prefix(8)
      let text = unsafe String(decoding: version, as: UTF8.self)
      (found, expected) = ("KenLM format version\(text)", "version 5")
    } else {
      (found, expected) = ("other content", "a KenLM binary")
    }
    throw .malformedBinary(path: path, found: found, expected: expected)
  }

  /// The header's bytes in a file.
  var encoded: [UInt8] {
    var bytes = Self.sanityBlock
    bytes += [UInt8(order), 0, 0, 0] + littleEndianBytes(probingMultiplier.bitPattern)
    bytes += littleEndianBytes(kind.rawValue) + [hasVocabulary ? 1 : 0, 0, 0, 0]
    bytes += littleEndianBytes(kind.searchVersion)
    for count in counts { bytes += littleEndianBytes(UInt64(count)) }
    return bytes + [UInt8](repeating: 0, count: Self.size(order: order) - bytes.count)
  }
}

/// The bytes of `value`, least significant first.
func littleEndianBytes<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
  (0..<Value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}
