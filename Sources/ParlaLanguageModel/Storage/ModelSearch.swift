/// The two ways in which n-grams are found, and how each is laid over the bytes of a binary.
@safe enum ModelSearch {
  case probing(ProbingSearch)
  case trie(TrieSearch)

  @inline(__always)
  func score(_ words: UnsafePointer<UInt32>, _ length: Int, _ word: UInt32, _ out: StateWriter)
    -> (probability: Float, matched: Int)
  {
    switch self {
    case .probing(let search): unsafe search.score(words, length, word, out)
    case .trie(let search): unsafe search.score(words, length, word, out)
    }
  }

  /// Frees what `open` allocated.
  func deallocate() {
    switch self {
    case .probing(let search): unsafe search.tables.deallocate()
    case .trie(let search): unsafe search.levels.deallocate()
    }
  }

  /// What opening a binary gives.
  struct Opened {
    let search: ModelSearch
    let vocabulary: Vocabulary
    /// Where the n-gram part ends.
    let end: Int
  }

  /// Lays the structures over `bytes`, the binary from its first byte on, after checking that they fit.
  static func open(
    _ header: KenLMHeader, _ bytes: UnsafeRawBufferPointer, start: Int, _ memory: ModelMemory
  ) throws(LanguageModelError) -> Opened {
    guard let base = bytes.baseAddress else {
      throw .malformedBinary(path: memory.path, found: "no bytes", expected: "a KenLM binary")
    }
    if header.kind.isTrie {
      let encoding = try unsafe trieEncoding(header, bytes, path: memory.path)
      let layout = TrieLayout(header, encoding)
      try checkEnd(layout.end, bytes.count, path: memory.path)
      let vocabulary = try Vocabulary(trie: layout, header: header, start: start, memory: memory)
      let search = try unsafe TrieSearch(layout, header, encoding, base, path: memory.path)
      return Opened(search: .trie(search), vocabulary: vocabulary, end: layout.end)
    }
    let layout = ProbingLayout(header)
    try checkEnd(layout.end, bytes.count, path: memory.path)
    let vocabulary = try Vocabulary(probing: layout, header: header, start: start, memory: memory)
    let search = unsafe ProbingSearch(layout, header, base)
    return Opened(search: .probing(search), vocabulary: vocabulary, end: layout.end)
  }

  private static func checkEnd(
    _ end: Int, _ count: Int, path: String
  ) throws(LanguageModelError) {
    guard end <= count else {
      throw .malformedBinary(
        path: path, found: "\(count) bytes", expected: "at least \(end), as the header says")
    }
  }

  /// Reads from the front of the search part how many bits are used; this determines the position of everything else.
  private static func trieEncoding(
    _ header: KenLMHeader, _ bytes: UnsafeRawBufferPointer, path: String
  ) throws(LanguageModelError) -> TrieEncoding {
    var encoding = TrieEncoding()
    if header.kind.isQuantized {
      let offset = TrieLayout(header, encoding).quantizerOffset
      try checkEnd(offset + 8, bytes.count, path: path)
      let (version, probabilityBits, backoffBits) = unsafe (
        bytes[offset], Int(bytes[offset + 1]), Int(bytes[offset + 2])
      )
      guard version == 2, 1...25 ~= probabilityBits, 1...25 ~= backoffBits else {
        throw .malformedBinary(
          path: path,
          found: "quantisation version \(version), \(probabilityBits) and \(backoffBits) bits",
          expected: "version 2 with 1 to 25 bits each")
      }
      encoding.quantization = (probabilityBits, backoffBits)
    }
    if header.kind.hasPointerArrays {
      encoding.pointerArrayBits = 0
      guard let offset = TrieLayout(header, encoding).levels[0].arrayOffset else { return encoding }
      try checkEnd(offset + 2, bytes.count, path: path)
      guard unsafe bytes[offset] == 0 else {
        throw .malformedBinary(
          path: path, found: unsafe "pointer array version \(bytes[offset])", expected: "version 0")
      }
      encoding.pointerArrayBits = unsafe Int(bytes[offset + 1])
    }
    return encoding
  }
}

extension ProbingSearch {
  init(_ layout: ProbingLayout, _ header: KenLMHeader, _ base: UnsafeRawPointer) {
    let tables = UnsafeMutablePointer<ProbingTable>.allocate(capacity: max(1, layout.tables.count))
    for (index, table) in layout.tables.enumerated() {
      let start = unsafe base + table.offset
      let made = unsafe ProbingTable(
        base: start, end: start + table.bucketCount * table.stride,
        bucketCount: UInt64(table.bucketCount), stride: table.stride)
      unsafe (tables + index).initialize(to: made)
    }
    unsafe self.init(
      unigrams: base + layout.unigramOffset, unigramStride: layout.unigramStride,
      tables: UnsafePointer(tables), order: header.order)
  }
}

extension TrieSearch {
  init(
    _ layout: TrieLayout, _ header: KenLMHeader, _ encoding: TrieEncoding, _ base: UnsafeRawPointer,
    path: String
  ) throws(LanguageModelError) {
    for level in layout.levels {
      guard let offset = level.arrayOffset else { continue }
      let first = unsafe base.loadUnaligned(
        fromByteOffset: TrieLevel.alignedArray(offset), as: UInt64.self)
      guard first == 0 else {
        throw .malformedBinary(
          path: path, found: "a pointer array from \(first) on", expected: "one from 0 on")
      }
    }
    let levels = UnsafeMutablePointer<TrieLevel>.allocate(capacity: layout.levels.count)
    for (index, level) in layout.levels.enumerated() {
      let tables = layout.quantizers.isEmpty ? nil : layout.quantizers[index]
      unsafe (levels + index).initialize(
        to: TrieLevel(level, tables, encoding, wordCount: header.counts[0], base))
    }
    unsafe self.init(
      unigrams: base + layout.unigramOffset, levels: UnsafePointer(levels), order: header.order)
  }
}

extension TrieLevel {
  /// The array starts at the next multiple of eight, after eight bytes of header.
  static func alignedArray(_ offset: Int) -> Int { (offset + 7) / 8 * 8 + 8 }

  init(
    _ level: TrieLayout.Level, _ tables: TrieLayout.QuantizerTables?, _ encoding: TrieEncoding,
    wordCount: Int, _ base: UnsafeRawPointer
  ) {
    let (probabilityBits, backoffBits) = encoding.quantization ?? (0, 0)
    unsafe self.init(
      entries: PackedBits(base: base + level.offset), count: level.count,
      entryBits: level.entryBits, wordBits: level.wordBits, wordMask: Self.mask(level.wordBits),
      wordCount: UInt64(wordCount), probabilities: tables.map { unsafe base + $0.probabilities },
      backoffs: tables.flatMap { unsafe $0.backoffs.map { unsafe base + $0 } },
      probabilityMask: Self.mask(probabilityBits), backoffMask: Self.mask(backoffBits),
      // The longest order has no backoff in front of the probability.
      backoffBits: tables?.backoffs == nil ? 0 : backoffBits, payloadBits: level.payloadBits,
      pointerBits: level.pointerBits, pointerMask: Self.mask(level.pointerBits),
      pointerArray: level.arrayOffset.map { unsafe base + Self.alignedArray($0) },
      pointerArrayCount: level.arrayCount)
  }

  private static func mask(_ bits: Int) -> UInt64 { 1 << UInt64(bits) - 1 }
}
