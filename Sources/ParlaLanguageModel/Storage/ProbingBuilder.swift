/// Writes a model as hash tables, byte for byte as KenLM's `build_binary probing` does (`lm/search_hashed.cc`).
@safe package struct ProbingBuilder: ~Copyable {
  private let table: NGramTable
  private let layout: ProbingLayout
  private let multiplier: Float
  private let bytes: UnsafeMutableRawBufferPointer
  /// How many entries each order's table has, from bigrams on.
  private var filled: [Int]

  /// The bytes of the binary of `table`, with its words at the end if `hasVocabulary`.
  ///
  /// - Throws: `LanguageModelError.duplicateNGram`, `missingContext`, `fullTable`.
  package static func build(
    _ table: NGramTable, hasVocabulary: Bool, multiplier: Float = 1.5
  ) throws(LanguageModelError) -> ModelMemory {
    try check(multiplier: multiplier)
    var counts = table.orders.map(\.count)
    // The table of unigrams has a place for the unknown word in any case.
    if !table.hasUnknown { counts[0] -= 1 }
    let header = KenLMHeader(
      kind: .probing, probingMultiplier: multiplier, hasVocabulary: hasVocabulary, counts: counts)
    let layout = ProbingLayout(header)
    let strings = hasVocabulary ? try table.vocabularyStrings() : []
    return try unsafe ModelMemory(count: layout.end + strings.count, path: table.path) {
      bytes throws(LanguageModelError) in
      unsafe bytes.copyBytes(from: header.encoded)
      unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[layout.end...]).copyBytes(from: strings)
      var builder = unsafe ProbingBuilder(
        table: table, layout: layout, multiplier: multiplier, bytes: bytes,
        filled: [Int](repeating: 0, count: layout.tables.count))
      builder.writeVocabulary()
      builder.writeUnigrams()
      for order in stride(from: 2, through: table.order, by: 1) { try builder.writeNGrams(order) }
    }
  }

  package static func check(multiplier: Float) throws(LanguageModelError) {
    guard multiplier > 1, multiplier < 1024 else {
      throw .invalidOption(
        name: "probing multiplier", found: "\(multiplier)", expected: "a number above 1, below 1024"
      )
    }
  }

  /// The same for use in memory, with as much room as gaps in the model need.
  package static func buildInMemory(_ table: NGramTable) throws(LanguageModelError) -> ModelMemory {
    var multiplier: Float = 1.5
    while true {
      do { return try build(table, hasVocabulary: true, multiplier: multiplier) } catch {
        guard case .fullTable = error, multiplier < 100 else { throw error }
        multiplier *= 2
      }
    }
  }

  private func writeVocabulary() {
    store(UInt32(0), layout.vocabularyOffset)
    store(UInt32(table.words.count), layout.vocabularyOffset + 4)
    for (index, hash) in table.words.hashes.enumerated() where index > 0 {
      let place = emptyOrMatch(hash, layout.vocabularyTable)
      store(hash, place)
      store(UInt32(index), place + 8)
    }
  }

  private func writeUnigrams() {
    let unigrams = table.orders[0]
    for index in 0..<unigrams.count {
      store(unigrams.probabilities[index].bitPattern, layout.unigramOffset + 8 * index)
      store(unigrams.backoffs[index].bitPattern, layout.unigramOffset + 8 * index + 4)
    }
  }
}

// MARK: - N-grams

extension ProbingBuilder {
  private mutating func writeNGrams(_ order: Int) throws(LanguageModelError) {
    let list = table.orders[order - 1]
    var words = [WordIndex](repeating: 0, count: order)
    for index in 0..<list.count {
      for position in 0..<order { words[position] = list.words[index * order + position] }
      let keys = Self.keys(words)
      let (place, isNew) = try insert(keys[order - 2], order: order)
      guard isNew else {
        throw .duplicateNGram(
          path: table.path, line: list.line(of: index), words: table.text(words))
      }
      // The sign says that nothing longer ends with this n-gram, which is so until something does.
      setProbability(list.probabilities[index].bitPattern | 0x8000_0000, place)
      if order < table.order { store(list.backoffs[index].bitPattern, place + 12) }
      try linkLower(words, keys)
      try activateContext(words)
    }
  }

  /// The keys of the n-gram's first two words, first three and so on, the newest word first.
  private static func keys(_ words: [WordIndex]) -> [UInt64] {
    var key = UInt64(words[0])
    return words.dropFirst().map { word in
      key = ProbingSearch.combine(key, word)
      return key
    }
  }

  /// Makes sure that all n-grams that end this one are there, so that a search meets no gap on its way to it.
  ///
  /// One that the model lacks, being pruned, gets the probability that backing off gives it.
  private mutating func linkLower(
    _ words: [WordIndex], _ keys: [UInt64]
  ) throws(LanguageModelError) {
    let order = words.count
    var missing: [Int] = []
    var basis = order - 1
    while basis > 1 {
      let (place, isNew) = try insert(keys[basis - 2], order: basis)
      guard isNew else { break }
      store((-0.0 as Float).bitPattern, place + 12)
      missing.append(place)
      basis -= 1
    }
    let basisPlace = basis == 1 ? unigramPlace(words[0]) : place(keys[basis - 2], order: basis)
    guard let basisPlace else { return }
    var probability = -abs(Float(bitPattern: probabilityBits(basisPlace, order: basis)))
    for place in missing.reversed() {
      if let context = contextPlace(words, length: basis) {
        let backoff = Float(bitPattern: load(context))
        setExtends(context)
        probability += backoff
      }
      setProbability(probability.bitPattern & 0x7fff_ffff, place)
      basis += 1
    }
    let lowest = order - 1 - missing.count
    let lowestPlace = lowest == 1 ? basisPlace : basisPlace + 8
    store(load(lowestPlace) & 0x7fff_ffff, lowestPlace)
  }

  /// The position of the backoff of the context of `length` words before the newest one, if the model has it.
  private func contextPlace(_ words: [WordIndex], length: Int) -> Int? {
    if length == 1 { return unigramPlace(words[1]) + 4 }
    var key = UInt64(words[1])
    for word in words[2...length] { key = ProbingSearch.combine(key, word) }
    return place(key, order: length).map { $0 + 12 }
  }

  /// Notes that the n-gram's context is continued by it.
  private func activateContext(_ words: [WordIndex]) throws(LanguageModelError) {
    guard let context = contextPlace(words, length: words.count - 1) else {
      throw .missingContext(path: table.path, words: table.text(words))
    }
    setExtends(context)
  }

  private func setExtends(_ backoff: Int) {
    if load(backoff) == StateWriter.noExtension { store(UInt32(0), backoff) }
  }

  private func unigramPlace(_ word: WordIndex) -> Int { layout.unigramOffset + 8 * Int(word) }

  private func probabilityBits(_ place: Int, order: Int) -> UInt32 {
    load(order == 1 ? place : place + 8)
  }

  private func setProbability(_ bits: UInt32, _ place: Int) { store(bits, place + 8) }
}

// MARK: - Tables

extension ProbingBuilder {
  /// The place of `key` among the n-grams of `order`, or nil.
  private func place(_ key: UInt64, order: Int) -> Int? {
    let place = emptyOrMatch(key, layout.tables[order - 2])
    return unsafe bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self) == key ? place : nil
  }

  /// The place of `key` among the n-grams of `order`, made if it is not there.
  private mutating func insert(
    _ key: UInt64, order: Int
  ) throws(LanguageModelError) -> (place: Int, isNew: Bool) {
    let slots = layout.tables[order - 2]
    let place = emptyOrMatch(key, slots)
    let found = unsafe bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
    if found != 0 { return (place, false) }
    filled[order - 2] += 1
    guard filled[order - 2] < slots.bucketCount else {
      throw .fullTable(path: table.path, order: order, multiplier: multiplier)
    }
    store(key, place)
    return (place, true)
  }

  /// The slot of `key`, or else the empty slot where it belongs; there is always one.
  private func emptyOrMatch(_ key: UInt64, _ slots: ProbingLayout.Table) -> Int {
    var bucket = Int(key % UInt64(slots.bucketCount))
    while true {
      let place = slots.offset + bucket * slots.stride
      let found = unsafe bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
      if found == 0 || found == key { return place }
      bucket = bucket + 1 == slots.bucketCount ? 0 : bucket + 1
    }
  }

  private func load(_ offset: Int) -> UInt32 {
    unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
  }

  private func store<Value: BitwiseCopyable>(_ value: Value, _ offset: Int) {
    unsafe bytes.storeBytes(of: value, toByteOffset: offset, as: Value.self)
  }
}

extension NGramTable {
  /// The words as stored at the end of a binary: each followed by a zero, in the order of `indices` or their own.
  package func vocabularyStrings(_ indices: [Int]? = nil) throws(LanguageModelError) -> [UInt8] {
    var strings: [UInt8] = []
    for index in indices ?? Array(0..<words.count) {
      guard !words[index].contains(0) else {
        throw .malformedBinary(
          path: path, found: "a zero byte in the word \(words.string(index))",
          expected: "words without")
      }
      strings += words[index]
      strings.append(0)
    }
    return strings
  }
}
