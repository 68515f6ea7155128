public import ParlaFiles
public import ParlaLanguageModel
import ParlaTranscripts

/// Errors of scorers, their files, and the words that a search is to prefer.
public enum DecodingError: DescribedError, Equatable {
  /// The file cannot be read or written.
  case file(FileError)
  /// The language model in a scorer, or for one, is damaged or missing.
  case languageModel(LanguageModelError)
  /// The file is no scorer, or a damaged one.
  case malformedScorer(path: String, found: String, expected: String)
  /// The scorer writes other labels than the alphabet has; `alphabet` describes it.
  case alphabetMismatch(scorer: String, found: String, alphabet: String, expected: String)
  /// No word of the list can be written with the alphabet.
  case noUsableWords(wordCount: Int, example: String?)
  /// A word or phrase that the alphabet cannot write, and a spelling of it that it can, if there is one.
  case unwritableWord(word: String, characters: [String], writable: String? = nil)
  /// A word is to be weighed as one that the language model does not know either.
  case unknownModelWord(scorer: String, word: String, model: String)
  /// A grammar cannot be read; `column` counts from 1.
  case malformedGrammar(path: String, line: Int, column: Int, found: String, expected: String)
  /// A grammar allows too many sentences for its automaton.
  case largeGrammar(path: String, stateCount: Int, largest: Int)
  /// An option has a value that makes no sense.
  case invalidOption(name: String, found: String, expected: String)

  /// Place, what was found, what was expected, what to do.
  public var description: String {
    switch self {
    case .file(let error):
      error.description
    case .languageModel(let error):
      error.description
    case .malformedScorer(let path, let found, let expected):
      "\(path): found \(found), expected \(expected). Build the scorer again with "
        + "parla scorer build, or copy it again if it was whole elsewhere."
    case .alphabetMismatch(let scorer, let found, let alphabet, let expected):
      "\(scorer): found \(found), expected \(expected) of \(alphabet). "
        + "Build the scorer with the alphabet of the acoustic model."
    case .noUsableWords(0, _): "vocabulary: the text has no words. Check the input."
    case .noUsableWords(let wordCount, let example):
      "vocabulary: "
        + (wordCount == 1 ? "its one word cannot" : "none of its \(wordCount) words can")
        + " be written with the alphabet"
        + (example.map { ", \"\($0)\" for example" } ?? "")
        + ". Check that text and alphabet agree in language and in upper and lower case."
    case .unwritableWord(let word, let characters, let writable):
      "\"\(word)\": the alphabet has no \(characters.map { "'\($0)'" }.joined(separator: ", ")), "
        + "so this can never be recognised. Spell it with the letters of the alphabet"
        + (writable.map { ", \"\($0)\" perhaps" } ?? "") + "."
    case .unknownModelWord(let scorer, let word, let model):
      "\(scorer): \"\(word)\" is to be weighed as \"\(model)\", which the language model does not "
        + "know. Choose a word of the text that the scorer was built from, or none."
    case .malformedGrammar(let path, let line, let column, let found, let expected):
      "\(path):\(line):\(column): found \(found), expected \(expected)."
    case .largeGrammar(let path, let stateCount, let largest):
      "\(path): more than \(stateCount) states, expected at most \(largest). "
        + "List fewer sentences, or alternatives nearer to their beginning."
    case .invalidOption(let name, let found, let expected):
      "\(name): found \(found), expected \(expected)."
    }
  }
}

extension DecodingError {
  /// The problem with `word`, whose `characters` cannot be written; it proposes only what `isWritable`.
  static func unwritable(
    _ word: String, characters: [String], isWritable: (String) -> Bool
  ) -> DecodingError {
    let plain = PlainSpelling.of(word)
    let spellings = [
      plain, word.lowercased(), word.uppercased(), plain.lowercased(), plain.uppercased(),
      PlainSpelling.decomposed(word), PlainSpelling.decomposed(word.lowercased()),
    ]
    return .unwritableWord(
      word: word, characters: characters,
      writable: spellings.first { !$0.isEmpty && isWritable($0) })
  }
}
