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

  /// Puts `passages` together, each a text.
  ///
  /// Words are spelled with `alphabet`: in lower case if it has no upper case, and without characters that it lacks. Passages without
  /// labels are skipped. Letters with accents must be one code point each if they are one label.
  public init(_ passages: [String], alphabet: Alphabet) {
    var words: [Word] = []
    var ranges: [Range<Int>] = []
    var texts: [String] = []
    for passage in passages {
      let start = words.count
      for text in passage.split(whereSeparator: \.isWhitespace) {
        words += Self.words(String(text), alphabet)
      }
      guard words.count > start else { continue }
      ranges.append(start..<words.count)
      texts.append(passage)
    }
    self.words = words
    self.passages = ranges
    passageTexts = texts
  }

  /// The words between two blanks: one, or more if a hyphen or a dash separates them.
  private static func words(_ text: String, _ alphabet: Alphabet) -> [Word] {
    text.split { "-–—/_".contains($0) && !knows(String($0), alphabet) }.compactMap { part in
      var labels: [Int] = []
      for character in part {
        for spelling in [String(character), character.lowercased(), character.uppercased()] {
          if let found = try? alphabet.encode(spelling) {
            labels += found
            break
          }
        }
      }
      return labels.isEmpty ? nil : Word(text: String(part), labels: labels)
    }
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
