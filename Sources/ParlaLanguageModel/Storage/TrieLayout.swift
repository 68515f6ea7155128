/// How a trie stores its numbers.
struct TrieEncoding: Equatable {
  /// Bits of a quantised probability and backoff, or nil for whole floats.
  var quantization: (probabilityBits: Int, backoffBits: Int)?
  /// At most how many leading bits of a pointer go into an array of offsets, or nil for plain pointers.
  var pointerArrayBits: Int?

  static func == (first: TrieEncoding, second: TrieEncoding) -> Bool {
    first.pointerArrayBits == second.pointerArrayBits
      && first.quantization?.probabilityBits == second.quantization?.probabilityBits
      && first.quantization?.backoffBits == second.quantization?.backoffBits
  }
}

/// The offsets of the parts of a trie in its file, in bytes from the start (`lm/search_trie.cc`, `lm/trie.cc`).
///
/// ```
/// header | sorted hashes of the words | quantisation tables | unigrams | bigrams | … | longest
/// ```
struct TrieLayout {
  /// The n-grams of one order from bigrams on: packed entries of word, payload and pointer to the first child.
  struct Level {
    let count: Int
    let wordBits: Int
    let payloadBits: Int
    /// Bits of a pointer that are stored in the entry; the others are implied by the pointer array.
    let pointerBits: Int
    /// Where the block with header and pointer array starts, and its entries; nil without.
    let arrayOffset: Int?
    let arrayCount: Int
    let offset: Int

    var entryBits: Int { wordBits + payloadBits + pointerBits }

    /// The entries, one more to end the last one's range, and room for eight-byte loads.
    var byteCount: Int { ((1 + count) * entryBits + 7) / 8 + 8 }
  }

  /// The offset of the tables of one order's quantised numbers.
  struct QuantizerTables {
    let probabilities: Int
    /// Nil for the longest order.
    let backoffs: Int?
  }

  let vocabularyOffset: Int
  let quantizerOffset: Int
  /// One of each order from bigrams on; none without quantisation.
  let quantizers: [QuantizerTables]
  let unigramOffset: Int
  /// One of each order from bigrams on.
  let levels: [Level]
  /// Where the n-gram part ends and the words begin, if they are there.
  let end: Int

  static let unigramStride = 16

  init(_ header: KenLMHeader, _ encoding: TrieEncoding) {
    let counts = header.counts
    vocabularyOffset = KenLMHeader.size(order: header.order)
    quantizerOffset = vocabularyOffset + 8 + 8 * counts[0]
    var offset = quantizerOffset
    (quantizers, offset) = Self.quantizers(encoding, order: header.order, from: offset)
    unigramOffset = offset
    offset += (counts[0] + 2) * Self.unigramStride

    var levels: [Level] = []
    for order in 2..<counts.count {
      let pointers = PointerBits(
        entryCount: counts[order - 1] + 1, largest: counts[order],
        arrayBits: encoding.pointerArrayBits)
      let arrayBytes = encoding.pointerArrayBits == nil ? 0 : 8 * (1 + pointers.arrayCount) + 7
      let level = Level(
        count: counts[order - 1], wordBits: bitWidth(of: counts[0]),
        payloadBits: encoding.quantization.map { $0.probabilityBits + $0.backoffBits } ?? 63,
        pointerBits: pointers.inline, arrayOffset: arrayBytes == 0 ? nil : offset,
        arrayCount: pointers.arrayCount, offset: offset + arrayBytes)
      levels.append(level)
      offset = level.offset + level.byteCount
    }
    let longest = Level(
      count: counts[counts.count - 1], wordBits: bitWidth(of: counts[0]),
      payloadBits: encoding.quantization?.probabilityBits ?? 31, pointerBits: 0, arrayOffset: nil,
      arrayCount: 0, offset: offset)
    self.levels = levels + [longest]
    end = offset + longest.byteCount
  }

  private static func quantizers(
    _ encoding: TrieEncoding, order: Int, from offset: Int
  ) -> ([QuantizerTables], end: Int) {
    guard let (probabilityBits, backoffBits) = encoding.quantization else { return ([], offset) }
    var offset = offset + 8
    var tables: [QuantizerTables] = []
    for level in 2...order {
      let backoffs = offset + 4 << probabilityBits
      let isLongest = level == order
      tables.append(
        QuantizerTables(probabilities: offset, backoffs: isLongest ? nil : backoffs))
      offset = isLongest ? backoffs : backoffs + 4 << backoffBits
    }
    return (tables, offset)
  }
}

/// How the pointers of one order are split between entries and pointer array.
///
/// Raj and Whittaker 2003, "Lossless compression of language model structure and word identifiers": pointers only grow,
/// so their leading bits need not be stored in each, only where they change (`lm/bhiksha.cc`).
struct PointerBits {
  /// Bits that stay in the entry.
  let inline: Int
  /// How many values the leading bits take.
  let arrayCount: Int

  /// For `entryCount` pointers of at most `largest`; nil `arrayBits` leaves them whole.
  init(entryCount: Int, largest: Int, arrayBits: Int?) {
    let required = bitWidth(of: largest)
    guard let arrayBits else {
      (inline, arrayCount) = (required, 0)
      return
    }
    var best = (chopped: 0, cost: Int.max)
    for chopped in 0...min(required, arrayBits) {
      let cost = (largest >> (required - chopped)) * 64 - entryCount * chopped
      if cost < best.cost { best = (chopped, cost) }
    }
    inline = required - best.chopped
    arrayCount = (largest >> inline) + 1
  }
}
