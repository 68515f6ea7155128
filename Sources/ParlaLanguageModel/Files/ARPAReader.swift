/// Tolerated deviations in ARPA files.
public struct ARPAOptions: Sendable {
  /// Whether log10 probabilities above 0, which IRSTLM writes, are read as 0.
  public var allowsPositive = false

  /// Whether `<s>` and `</s>` may be missing; they are then unknown words.
  public var allowsMissingSentenceMarks = false

  /// The log10 probability of `<unk>` if the file has none.
  public var unknownLog10Probability: Float = -100

  /// Makes the options that KenLM reads with.
  public init() {}
}

extension NGramTable {
  /// Reads the ARPA file at `path`, plain, gzip, bzip2 or xz; `-` is standard input.
  ///
  /// The format is that of Doug Paul's back-off files (SRILM's ngram-format(5)): counts, sections of lines "log10
  /// probability, words, log10 backoff", `\end\`. As in KenLM (`lm/read_arpa.cc`), only empty lines and lines with `#` may
  /// precede `\data\`.
  package init(arpa path: String, options: ARPAOptions) throws(LanguageModelError) {
    var reader = try ARPAReader(path: path, options: options)
    self = try reader.read()
  }
}

/// Reads one ARPA file from top to bottom.
private struct ARPAReader: ~Copyable {
  private var lines: LineReader
  private let options: ARPAOptions
  private var counts: [Int] = []
  private var table: NGramTable
  private static let orders = 1...(NGramState.capacity + 1)

  package init(path: String, options: ARPAOptions) throws(LanguageModelError) {
    lines = try LineReader(path: path)
    self.options = options
    table = NGramTable(path: path)
  }

  package mutating func read() throws(LanguageModelError) -> NGramTable {
    try readDataLine()
    try readCounts()
    for order in 1...counts.count {
      try readSectionHeader(order)
      if order == 1 { try readUnigrams() } else { try readNGrams(order) }
    }
    try readEnd()
    return table
  }

  private func malformed(_ found: String, _ expected: String) -> LanguageModelError {
    .malformedARPA(
      path: lines.path, line: max(1, lines.lineNumber), found: found, expected: expected)
  }

  private var endsEarly: String { "the end of the file" }

  /// Goes to the next line that is not empty; false at the end of the file.
  private mutating func advanceToText() throws(LanguageModelError) -> Bool {
    while try lines.advance() {
      var fields = FieldReader(lines.current)
      if fields.next() != nil { return true }
    }
    return false
  }
}

// MARK: - Header and end

extension ARPAReader {
  private mutating func readDataLine() throws(LanguageModelError) {
    repeat {
      guard try advanceToText() else { throw malformed("nothing but empty lines", "\\data\\") }
    } while lines.current.starts(with: "#")
    let line = lines.current
    if line.equals("\\data\\") { return }
    if line.equals("iARPA") {
      throw malformed(
        "an IRSTLM iARPA file", "\\data\\; convert it with compile-lm --text yes first")
    }
    if line.starts(with: "blmt") {
      throw malformed(
        "an IRSTLM binary", "\\data\\; write the model as text with compile-lm --text yes")
    }
    if line.starts(with: "mmap lm http://kheafield.com/code") {
      throw malformed("a KenLM binary", "\\data\\; only an ARPA file will do here")
    }
    throw malformed(line.quoted, "\\data\\ as the first line of the model")
  }

  private mutating func readCounts() throws(LanguageModelError) {
    while try lines.advance() {
      var fields = FieldReader(lines.current)
      guard let first = fields.next() else { break }
      let length = counts.count + 1
      guard first.equals("ngram"), let count = Self.count(&fields, length: length) else {
        throw malformed(lines.current.quoted, "\"ngram \(length)=\" and a count")
      }
      // A line of n words, separators and a probability takes at least 2n + 2 bytes.
      if let size = lines.plainSize, count > size / (2 * length + 1) {
        throw malformed(
          "\(count) \(length)-grams in \(size) bytes", "no more than the file has room for")
      }
      counts.append(count)
    }
    guard Self.orders.contains(counts.count) else {
      throw .unsupportedOrder(path: lines.path, order: counts.count, supported: Self.orders)
    }
  }

  /// The count in "2=1234" or "2 = 1234", when it is that of `length`.
  private static func count(_ fields: inout FieldReader, length: Int) -> Int? {
    var text = ""
    while let field = fields.next() {
      guard text.utf8.count + field.count < 64 else { return nil }
      text += String(decoding: field, as: UTF8.self)
    }
    let parts = text.split(separator: "=", omittingEmptySubsequences: false)
    guard parts.count == 2, Int(parts[0]) == length, let count = Int(parts[1]),
      0...KenLMHeader.largestCount ~= count
    else { return nil }
    return count
  }

  private mutating func readSectionHeader(_ order: Int) throws(LanguageModelError) {
    guard try advanceToText() else { throw malformed(endsEarly, "\\\(order)-grams:") }
    var fields = FieldReader(lines.current)
    let header = "\\\(order)-grams:"
    guard let field = fields.next(), field.quoted == "\"\(header)\"", fields.next() == nil else {
      let before = order > 1 ? counts[order - 2] : 0
      let more = order > 1 ? ", since the header counts \(before) of the order before" : ""
      throw malformed(lines.current.quoted, header + more)
    }
  }

  private mutating func readEnd() throws(LanguageModelError) {
    guard try advanceToText() else { throw malformed(endsEarly, "\\end\\") }
    var fields = FieldReader(lines.current)
    guard let field = fields.next(), field.equals("\\end\\") else {
      throw malformed(
        lines.current.quoted,
        "\\end\\, since the header counts \(counts[counts.count - 1]) of the longest n-grams")
    }
    if try advanceToText() { throw malformed(lines.current.quoted, "nothing after \\end\\") }
  }
}

// MARK: - Sections

extension ARPAReader {
  private mutating func readUnigrams() throws(LanguageModelError) {
    var list = NGramList(order: 1)
    list.probabilities = [options.unknownLog10Probability]
    list.backoffs = [-0.0]
    for index in 0..<counts[0] {
      try advanceInSection(&list, index: index, order: 1)
      var fields = FieldReader(lines.current)
      let probability = try probability(&fields)
      guard let word = fields.next() else { throw malformed(lines.current.quoted, "a word") }
      let backoff = try backoff(&fields, isLongest: counts.count == 1)
      if word.equals("<unk>") || word.equals("<UNK>") {
        guard !table.hasUnknown else { throw duplicate(word.quoted) }
        table.hasUnknown = true
        (list.probabilities[0], list.backoffs[0]) = (probability, backoff)
      } else {
        guard table.words.append(word) != nil else { throw duplicate(word.quoted) }
        list.probabilities.append(probability)
        list.backoffs.append(backoff)
      }
    }
    // As in KenLM, a made-up unknown word counts as one that others may follow.
    if !table.hasUnknown { list.backoffs[0] = 0 }
    list.words = Array(0..<WordIndex(list.count))
    table.orders.append(list)
    for mark in ["<s>", "</s>"] where !options.allowsMissingSentenceMarks {
      guard table.words.index(ofHash: murmurHash64A(mark)) != nil else {
        throw .missingWord(path: lines.path, word: mark)
      }
    }
  }

  private func duplicate(_ quoted: String) -> LanguageModelError {
    .duplicateNGram(
      path: lines.path, line: lines.lineNumber, words: String(quoted.dropFirst().dropLast()))
  }

  private mutating func readNGrams(_ order: Int) throws(LanguageModelError) {
    let isLongest = order == counts.count
    var list = NGramList(order: order)
    let expected = lines.plainSize == nil ? 0 : counts[order - 1]
    list.words.reserveCapacity(expected * order)
    list.probabilities.reserveCapacity(expected)
    if !isLongest { list.backoffs.reserveCapacity(expected) }
    var words = [WordIndex](repeating: 0, count: order)
    for index in 0..<counts[order - 1] {
      try advanceInSection(&list, index: index, order: order)
      var fields = FieldReader(lines.current)
      list.probabilities.append(try probability(&fields))
      for position in (0..<order).reversed() { words[position] = try word(&fields, order) }
      list.words.append(contentsOf: words)
      let backoff = try backoff(&fields, isLongest: isLongest)
      if !isLongest { list.backoffs.append(backoff) }
    }
    table.orders.append(list)
  }

  private mutating func advanceInSection(
    _ list: inout NGramList, index: Int, order: Int
  ) throws(LanguageModelError) {
    let lineBefore = lines.lineNumber
    guard try advanceToText() else {
      throw malformed(endsEarly, "\(counts[order - 1]) \(order)-grams, found \(index)")
    }
    if index == 0 {
      list.firstLine = lines.lineNumber
    } else {
      for _ in (lineBefore + 1)..<lines.lineNumber { list.blankLines.append(index) }
    }
    if lines.current.first == UInt8(ascii: "\\") {
      throw malformed(
        lines.current.quoted,
        "\(counts[order - 1]) \(order)-grams, as the header says; found \(index)")
    }
  }

  private func probability(_ fields: inout FieldReader) throws(LanguageModelError) -> Float {
    guard let field = fields.next(), let value = field.floatValue, !value.isNaN else {
      throw malformed(lines.current.quoted, "a log10 probability in front")
    }
    if value <= 0 { return value }
    guard options.allowsPositive else {
      throw .positiveLogProbability(path: lines.path, line: lines.lineNumber, value: value)
    }
    return 0
  }

  private func word(
    _ fields: inout FieldReader, _ order: Int
  ) throws(LanguageModelError) -> WordIndex {
    guard let field = fields.next() else {
      throw malformed(lines.current.quoted, "a log10 probability and \(order) words")
    }
    if let index = table.words.index(of: field) { return index }
    if field.equals("<UNK>") { return Vocabulary.unknown }
    throw malformed("the word \(field.quoted)", "only words that are among the unigrams")
  }

  /// The backoff at the end of a line; zero is made negative until something is found to continue the n-gram.
  private func backoff(
    _ fields: inout FieldReader, isLongest: Bool
  ) throws(LanguageModelError) -> Float {
    guard let field = fields.next() else { return -0.0 }
    guard let value = field.floatValue, value.isFinite else {
      throw malformed(field.quoted, "a log10 backoff or the end of the line")
    }
    guard fields.next() == nil else {
      throw malformed(lines.current.quoted, "nothing after the backoff")
    }
    guard !isLongest || value == 0 else {
      throw malformed("backoff \(field.quoted)", "none, since no n-gram is longer")
    }
    return value == 0 ? -0.0 : value
  }
}
