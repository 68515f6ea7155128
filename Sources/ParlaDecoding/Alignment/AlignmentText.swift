public import ParlaTranscripts

/// A text in which recordings are looked for: its words as labels, in passages that are found or not found as a whole.
public struct AlignmentText: Sendable, Equatable {
  /// A word as written, and as spelled with labels.
  public struct Word: Sendable, Equatable {
    /// The word as written in the text.
    public let text: String
    /// The labels that the model writes for it; never empty.
    public let labels: [Int]
  }

  /// All words that have labels, in their order.
  public let words: [Word]

  /// The passages, mostly sentences: which words each has.
  public let passages: [Range<Int>]

  /// The text of each passage as written.
  public let passageTexts: [String]

  /// Of each passage, the letters, digits and signs such as € that the alphabet lacks, each once: its spelling is not what is said.
  public let missingCharacters: [[String]]

  /// What is missing in all passages, those without labels included; nil if nothing is.
  public let missing: Missing?

  /// Characters of passages that the alphabet lacks.
  public struct Missing: Sendable, Equatable {
    /// How many passages have such characters.
    public var passageCount: Int
    /// The characters, each once.
    public var characters: [String]
    /// The first of the passages, as written.
    public let example: String
  }

  /// Puts `passages` together, each a text.
  ///
  /// Words are spelled with `alphabet`: in lower case if it has no upper case, and without characters that it lacks. Passages without
  /// labels are skipped. Letters with accents must be one code point each if they are one label.
  public init(_ passages: [String], alphabet: Alphabet) {
    var words: [Word] = []
    var ranges: [Range<Int>] = []
    var texts: [String] = []
    var missingCharacters: [[String]] = []
    var missing: Missing?
    for passage in passages {
      let start = words.count
      var lost: [String] = []
      for text in passage.split(whereSeparator: \.isWhitespace) {
        words += Self.words(String(text), alphabet, &lost)
      }
      if !lost.isEmpty {
        var all = missing ?? Missing(passageCount: 0, characters: [], example: passage)
        all.passageCount += 1
        all.characters += lost.filter { !all.characters.contains($0) }
        missing = all
      }
      guard words.count > start else { continue }
      ranges.append(start..<words.count)
      texts.append(passage)
      missingCharacters.append(lost)
    }
    self.words = words
    self.passages = ranges
    passageTexts = texts
    self.missingCharacters = missingCharacters
    self.missing = missing
  }

  /// The words between two blanks: one, or more if a hyphen or a dash separates them; what is spoken and has no label is added to `lost`.
  private static func words(
    _ text: String, _ alphabet: Alphabet, _ lost: inout [String]
  ) -> [Word] {
    text.split { "-–—/_".contains($0) && !knows(String($0), alphabet) }.compactMap { part in
      var labels: [Int] = []
      for character in part {
        if let found = Self.labels(of: character, alphabet) {
          labels += found
        } else if isSpoken(character), !lost.contains(String(character)) {
          lost.append(String(character))
        }
      }
      return labels.isEmpty ? nil : Word(text: String(part), labels: labels)
    }
  }

  /// The labels of a character, or else of the same letter in the other case or the same apostrophe.
  private static func labels(of character: Character, _ alphabet: Alphabet) -> [Int]? {
    var spellings = [String(character), character.lowercased(), character.uppercased()]
    if "’ʼ".contains(character) { spellings.append("'") }
    for spelling in spellings {
      if let found = try? alphabet.encode(spelling) { return found }
    }
    return nil
  }

  /// Whether readers say `character`: letters, digits, and signs that stand for words.
  private static func isSpoken(_ character: Character) -> Bool {
    (character.isLetter && !"ʼʻ".contains(character)) || character.isNumber
      || character.isCurrencySymbol || "%‰&@§+°".contains(character)
  }

  private static func knows(_ text: String, _ alphabet: Alphabet) -> Bool {
    alphabet.unknownCharacters(in: text).isEmpty
  }

  /// The spelling of the words in `range`, separated by blanks.
  public func spelling(_ range: Range<Int>, _ alphabet: Alphabet) -> String {
    words[range].map { alphabet.decode($0.labels) }.joined(separator: " ")
  }

  /// The passages of a text file: its lines if most are short, otherwise its sentences; blank lines also separate passages.
  public static func passages(of text: String) -> [String] {
    let lines = text.split(whereSeparator: \.isNewline).map { String($0) }
      .filter { !$0.allSatisfy(\.isWhitespace) }
    let lengths = lines.map { $0.split(separator: " ").count }.sorted()
    guard let longest = lengths.dropLast(lengths.count / 10).last, longest > 40 else {
      return lines
    }
    return lines.flatMap(sentences)
  }

  /// The sentences of a paragraph: what ends in a full stop, an exclamation or a question mark before a blank.
  private static func sentences(_ paragraph: String) -> [String] {
    var sentences: [String] = []
    var words: [Substring] = []
    for word in paragraph.split(whereSeparator: \.isWhitespace) {
      words.append(word)
      let end = word.last { !"\"'”’»)".contains($0) }
      guard let end, ".!?…。！？".contains(end) else { continue }
      sentences.append(words.joined(separator: " "))
      words = []
    }
    return words.isEmpty ? sentences : sentences + [words.joined(separator: " ")]
  }
}
