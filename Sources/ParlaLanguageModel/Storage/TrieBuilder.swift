/// Writes a model as a trie, byte for byte as KenLM's `build_binary trie` does (`lm/search_trie.cc`).
@safe struct TrieBuilder: ~Copyable {
  private let closure: TrieClosure
  private let encoding: TrieEncoding
  private let layout: TrieLayout
  private let bytes: UnsafeMutableRawBufferPointer
  private let base: UnsafeMutableRawPointer

  /// The bytes of the binary of `table`, with its words at the end if `hasVocabulary`.
  ///
  /// - Throws: `LanguageModelError.duplicateNGram`, `missingContext`, `invalidOption`.
  static func build(
    _ table: NGramTable, _ encoding: TrieEncoding, hasVocabulary: Bool
  ) throws(LanguageModelError) -> ModelMemory {
    try check(encoding)
    let closure = try TrieClosure(table)
    let header = KenLMHeader(
      kind: encoding.kind, probingMultiplier: 1.5, hasVocabulary: hasVocabulary,
      counts: closure.lists.map(\.count))
    let layout = TrieLayout(header, encoding)
    let strings = hasVocabulary ? try table.vocabularyStrings(closure.oldIndices) : []
    return try unsafe ModelMemory(count: layout.end + strings.count, path: table.path) {
      bytes throws(LanguageModelError) in
      guard let base = bytes.baseAddress else { return }
      unsafe bytes.copyBytes(from: header.encoded)
      unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[layout.end...]).copyBytes(from: strings)
      let builder = unsafe TrieBuilder(
        closure: closure, encoding: encoding, layout: layout, bytes: bytes, base: base)
      builder.writeVocabulary(table)
      builder.writeUnigrams()
      for order in 2...closure.lists.count { builder.writeLevel(order) }
    }
  }

  static func check(_ encoding: TrieEncoding) throws(LanguageModelError) {
    if let (probabilityBits, backoffBits) = encoding.quantization {
      try check(probabilityBits, name: "probability bits", least: 1)
      try check(backoffBits, name: "backoff bits", least: 2)
    }
    if let bits = encoding.pointerArrayBits, !(0...255 ~= bits) {
      throw .invalidOption(name: "pointer array bits", found: "\(bits)", expected: "0 to 255")
    }
  }

  private static func check(
    _ bits: Int, name: String, least: Int
  ) throws(LanguageModelError) {
    guard least...25 ~= bits else {
      throw .invalidOption(name: name, found: "\(bits)", expected: "2 to 25")
    }
  }

  private func writeVocabulary(_ table: NGramTable) {
    store(UInt64(closure.oldIndices.count - 1), layout.vocabularyOffset)
    for (index, old) in closure.oldIndices.enumerated().dropFirst() {
      store(table.words.hashes[old], layout.vocabularyOffset + 8 * index)
    }
  }

  private func writeUnigrams() {
    let unigrams = closure.lists[0]
    let children = childStarts(order: 1)
    for index in 0..<unigrams.count {
      let place = layout.unigramOffset + TrieLayout.unigramStride * index
      store(unigrams.probabilities[index].bitPattern, place)
      store(unigrams.backoffs[index].bitPattern, place + 4)
    }
    for (index, start) in children.enumerated() {
      store(UInt64(start), layout.unigramOffset + TrieLayout.unigramStride * index + 8)
    }
  }

  /// Where the children of each n-gram of `order` start in the list of the next order, and where the last ones end.
  private func childStarts(order: Int) -> [Int] {
    let (list, longer) = (closure.lists[order - 1], closure.lists[order])
    var starts: [Int] = []
    starts.reserveCapacity(list.count + 1)
    var child = 0
    for index in 0..<list.count {
      starts.append(child)
      while child < longer.count, list.compare(index, longer, child, length: order) == 0 {
        child += 1
      }
    }
    return starts + [child]
  }
}

// MARK: - Packed levels

extension TrieBuilder {
  private func writeLevel(_ order: Int) {
    let level = layout.levels[order - 2]
    let list = closure.lists[order - 1]
    let isLongest = order == closure.lists.count
    let writer = unsafe PackedBitsWriter(base: base + level.offset)
    let quantizers = trainedQuantizers(order)
    for index in 0..<list.count {
      let offset = index * level.entryBits
      writer.write(UInt64(list.words[(index + 1) * order - 1]), at: offset)
      write(
        list.probabilities[index], isLongest ? nil : list.backoffs[index], quantizers, writer,
        at: offset + level.wordBits)
    }
    if !isLongest { writePointers(childStarts(order: order), level, writer) }
  }

  /// Learns the values of quantised numbers and writes the tables of them; nil without quantisation.
  private func trainedQuantizers(_ order: Int) -> (probabilities: Quantizer, backoffs: Quantizer)? {
    guard let (probabilityBits, backoffBits) = encoding.quantization else { return nil }
    if order == 2 {
      let header: [UInt8] = [2, UInt8(probabilityBits), UInt8(backoffBits)]
      for (index, byte) in header.enumerated() { store(byte, layout.quantizerOffset + index) }
    }
    let list = closure.lists[order - 1]
    let tables = layout.quantizers[order - 2]
    let probabilities = Quantizer(probabilities: list.probabilities, bits: probabilityBits)
    let backoffs = Quantizer(backoffs: list.backoffs, bits: backoffBits)
    for (code, center) in probabilities.centers.enumerated() {
      store(center.bitPattern, tables.probabilities + 4 * code)
    }
    if let offset = tables.backoffs {
      for (code, center) in backoffs.centers.enumerated() {
        store(center.bitPattern, offset + 4 * code)
      }
    }
    return (probabilities, backoffs)
  }

  private func write(
    _ probability: Float, _ backoff: Float?,
    _ quantizers: (probabilities: Quantizer, backoffs: Quantizer)?, _ writer: PackedBitsWriter,
    at offset: Int
  ) {
    guard let quantizers else {
      writer.writeNonPositiveFloat(probability, at: offset)
      if let backoff { writer.writeFloat(backoff, at: offset + 31) }
      return
    }
    let backoffBits = backoff == nil ? 0 : encoding.quantization?.backoffBits ?? 0
    if let backoff { writer.write(quantizers.backoffs.code(ofBackoff: backoff), at: offset) }
    writer.write(quantizers.probabilities.code(of: probability), at: offset + backoffBits)
  }

  private func writePointers(
    _ starts: [Int], _ level: TrieLayout.Level, _ writer: PackedBitsWriter
  ) {
    let mask = UInt64(1) << UInt64(level.pointerBits) - 1
    var leading = 0
    for (index, start) in starts.enumerated() {
      let offset = index * level.entryBits + level.wordBits + level.payloadBits
      writer.write(UInt64(start) & mask, at: offset)
      guard let array = level.arrayOffset else { continue }
      while leading < start >> level.pointerBits {
        leading += 1
        store(UInt64(index), TrieLevel.alignedArray(array) + 8 * leading)
      }
    }
    if let array = level.arrayOffset, let bits = encoding.pointerArrayBits {
      store(UInt8(0), array)
      store(UInt8(bits), array + 1)
    }
  }

  private func store<Value: BitwiseCopyable>(_ value: Value, _ offset: Int) {
    unsafe bytes.storeBytes(of: value, toByteOffset: offset, as: Value.self)
  }
}

extension TrieEncoding {
  /// The kind of binary that stores its numbers so.
  var kind: ModelKind {
    switch (quantization != nil, pointerArrayBits != nil) {
    case (false, false): .trie
    case (true, false): .quantizedTrie
    case (false, true): .arrayTrie
    case (true, true): .quantizedArrayTrie
    }
  }
}
