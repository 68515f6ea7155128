import ParlaFiles
import ParlaPlatform
public import ParlaTranscripts

/// The only sentences that may be recognised: commands, digits, names.
///
/// Each line is a sentence. `(a | b)` is a choice, `[a]` is optional; both
/// may be nested. Empty lines and comments after `#` are skipped.
///
/// ```
/// turn [the] (light | radio) (on | off)   # eight sentences
/// what time is it
/// ```
///
/// A search with a grammar returns one of the sentences, or nothing:
///
/// ```swift
/// let grammar = try Grammar(path: "commands.txt", alphabet: alphabet)
/// let decoder = BeamSearchDecoder(grammar: grammar)
/// ```
public struct Grammar: Sendable, Equatable {
  let automaton: GrammarAutomaton

  /// Reads the sentences at `path`, spelled with `alphabet`; nil for bytes mode.
  ///
  /// - Throws: `DecodingError.file`, `.malformedGrammar`, `.unwritableWord`, `.largeGrammar`.
  public init(path: String, alphabet: Alphabet?) throws(DecodingError) {
    let data: Data
    do { data = try FileContent.bytes(path) } catch { throw .file(error) }
    try self.init(text: String(decoding: data, as: UTF8.self), path: path, alphabet: alphabet)
  }

  /// Allows `sentences`, each written as a line of a file, spelled with `alphabet`; nil for bytes mode.
  ///
  /// - Throws: `DecodingError.malformedGrammar`, `.unwritableWord`, `.largeGrammar`.
  public init(sentences: [String], alphabet: Alphabet?) throws(DecodingError) {
    try self.init(
      text: sentences.joined(separator: "\n"), path: "sentences", alphabet: alphabet)
  }

  /// Allows `words` in any order, any number of times, spelled with `alphabet`; nil for bytes mode.
  ///
  /// - Throws: `DecodingError.unwritableWord`, `.largeGrammar`.
  public init(words: [String], alphabet: Alphabet?) throws(DecodingError) {
    var builder = GrammarBuilder(path: "words", alphabet: alphabet)
    try builder.add(sequencesOf: words)
    automaton = try builder.finish()
  }

  private init(text: String, path: String, alphabet: Alphabet?) throws(DecodingError) {
    var builder = GrammarBuilder(path: path, alphabet: alphabet)
    var number = 0
    let lines = String(Alphabet.withoutByteOrderMark(text)).split(
      omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for line in lines {
      number += 1
      var reader = GrammarLineReader(line, path: path, line: number)
      if let sentence = try reader.read() { try builder.add(sentence) }
    }
    automaton = try builder.finish()
  }
}

/// A part of a sentence.
indirect enum GrammarPart: Equatable {
  case word(String)
  case sequence([GrammarPart])
  case choice([GrammarPart])
}

/// Reads a line of a grammar by recursive descent.
struct GrammarLineReader {
  private let characters: [Character]
  private let path: String
  private let line: Int
  private var position = 0
  private var depth = 0

  private static let deepest = 100

  init(_ text: Substring, path: String, line: Int) {
    characters = Array(text.prefix { $0 != "#" })
    self.path = path
    self.line = line
  }

  /// The sentence of the line; nil if it is empty.
  mutating func read() throws(DecodingError) -> GrammarPart? {
    skipSpaces()
    guard position < characters.count else { return nil }
    let sentence = try choice()
    guard position == characters.count else {
      throw malformed("\"\(characters[position])\"", "a \"(\" or \"[\" before it")
    }
    return sentence
  }

  /// Parts divided by bars.
  private mutating func choice() throws(DecodingError) -> GrammarPart {
    var parts = [try sequence()]
    while position < characters.count, characters[position] == "|" {
      position += 1
      parts.append(try sequence())
    }
    return parts.count == 1 ? parts[0] : .choice(parts)
  }

  private mutating func sequence() throws(DecodingError) -> GrammarPart {
    var parts: [GrammarPart] = []
    skipSpaces()
    while position < characters.count, !"|)]".contains(characters[position]) {
      parts.append(try part())
      skipSpaces()
    }
    return parts.count == 1 ? parts[0] : .sequence(parts)
  }

  private mutating func part() throws(DecodingError) -> GrammarPart {
    switch characters[position] {
    case "(": try group(closing: ")")
    case "[": .choice([try group(closing: "]"), .sequence([])])
    default: word()
    }
  }

  private mutating func group(closing: Character) throws(DecodingError) -> GrammarPart {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else {
      throw malformed("\(depth) brackets in one another", "at most \(Self.deepest)")
    }
    position += 1
    let part = try choice()
    guard position < characters.count, characters[position] == closing else {
      let found = position < characters.count ? "\"\(characters[position])\"" : "the line's end"
      throw malformed(found, "\"\(closing)\"")
    }
    position += 1
    return part
  }

  private mutating func word() -> GrammarPart {
    let start = position
    while position < characters.count, !characters[position].isWhitespace,
      !"()[]|".contains(characters[position])
    { position += 1 }
    return .word(String(characters[start..<position]))
  }

  private mutating func skipSpaces() {
    while position < characters.count, characters[position].isWhitespace { position += 1 }
  }

  private func malformed(_ found: String, _ expected: String) -> DecodingError {
    .malformedGrammar(
      path: path, line: line, column: position + 1, found: found, expected: expected)
  }
}
