public import ParlaFiles

/// What can be wrong with a language model, its file, or the options it is made with.
public enum LanguageModelError: DescribedError, Equatable {
  /// The file cannot be opened or read; `reason` is the operating system's.
  case unreadable(path: String, reason: String)
  /// The file cannot be written; `reason` is the operating system's.
  case unwritable(path: String, reason: String)
  /// A compressed file (`format`: gzip, bzip2 or xz) is damaged or ends early.
  case damagedCompression(path: String, format: String, reason: String)
  /// A line of an ARPA file breaks the format; lines count from 1.
  case malformedARPA(path: String, line: Int, found: String, expected: String)
  /// An ARPA file has a probability above 1, as IRSTLM writes them.
  case positiveLogProbability(path: String, line: Int, value: Float)
  /// An n-gram occurs twice in an ARPA file; `line` is that of the second.
  case duplicateNGram(path: String, line: Int, words: String)
  /// A word that the model needs (`<s>` or `</s>`) is not among its unigrams.
  case missingWord(path: String, word: String)
  /// The context of an n-gram is not itself an n-gram of the model.
  case missingContext(path: String, words: String)
  /// A KenLM binary is damaged, or of a kind that is not read.
  case malformedBinary(path: String, found: String, expected: String)
  /// The order of a model is outside of what the operation handles.
  case unsupportedOrder(path: String, order: Int, supported: ClosedRange<Int>)
  /// The probing tables have no free slot left, since n-grams without their suffixes need entries too.
  case fullTable(path: String, order: Int, multiplier: Float)
  /// A binary was built without its words, which the operation needs.
  case noVocabularyStrings(path: String)
  /// An option has a value that makes no sense.
  case invalidOption(name: String, found: String, expected: String)
  /// A text to estimate from has `<s>`, `</s>` or `<unk>` as a word; lines count from 1.
  case specialWord(path: String, line: Int, word: String)
  /// The texts to estimate from have no line.
  case emptyText(paths: [String])
  /// The closed-form discounts of `order` fail, and no fallback was allowed.
  case noDiscounts(order: Int, reason: DiscountFailure)
  /// A temporary file cannot be made, written or read; `reason` is the operating system's.
  case temporaryFile(folder: String, reason: String)

  /// The same failure of a file, as this module words it.
  package init(_ error: FileError) {
    switch error {
    case .unreadable(let path, let reason): self = .unreadable(path: path, reason: reason)
    case .unwritable(let path, let reason): self = .unwritable(path: path, reason: reason)
    case .notNumPy(let path, let found, let expected),
      .notNumPyArchive(let path, let found, let expected):
      self = .unreadable(path: path, reason: "found \(found), expected \(expected)")
    case .inUse(let place, let owner):
      self = .unwritable(path: place, reason: "it is in use by \(owner)")
    }
  }

  /// Place, what was found, what was expected, what to do.
  public var description: String {
    switch self {
    case .unreadable(let path, let reason):
      "\(path): cannot be read: \(reason). Check the path and its permissions."
    case .unwritable(let path, let reason):
      "\(path): cannot be written: \(reason). Choose another place or make room."
    case .damagedCompression(let path, let format, let reason):
      "\(path): \(format) data that \(reason). Compress or copy the file again."
    case .malformedARPA(let path, let line, let found, let expected):
      "\(path):\(line): found \(found), expected \(expected)."
    case .positiveLogProbability(let path, let line, let value):
      "\(path):\(line): log10 probability \(value), expected at most 0. This is a known fault of "
        + "IRSTLM; pass --allow-positive to read such values as 0."
    case .duplicateNGram(let path, let line, let words):
      "\(path):\(line): the n-gram \"\(words)\" for the second time, expected each once. "
        + "Remove one of the lines."
    case .missingWord(let path, let word):
      "\(path): no unigram \(word), expected one. Add it, or pass --allow-missing-sentence-marks."
    case .missingContext(let path, let words):
      "\(path): the n-gram \"\(words)\" is without its context (all words but the last) as an "
        + "n-gram of its own. Estimate or prune the model again, and keep all contexts."
    case .malformedBinary(let path, let found, let expected):
      "\(path): found \(found), expected \(expected). Rebuild the binary from its ARPA file."
    case .unsupportedOrder(let path, let order, let supported):
      "\(path): order \(order), expected \(supported.lowerBound) to \(supported.upperBound)."
    case .fullTable(let path, let order, let multiplier):
      "\(path): the table of \(order)-grams is full at a multiplier of \(multiplier), since many "
        + "n-grams are there without their suffixes. Raise --probing-multiplier or build a trie."
    case .noVocabularyStrings(let path):
      "\(path): a binary built without its words, which are needed here. Use the ARPA file, or "
        + "build the binary with its vocabulary."
    case .specialWord(let path, let line, let word):
      "\(path):\(line): \(word) as a word, which marks something else in the model. "
        + "Take it out, or pass --skip-symbols to read such words as spaces."
    case .emptyText(let paths):
      "\(paths.joined(separator: ", ")): empty, expected sentences, one a line. Pass another text."
    case .noDiscounts(let order, let reason):
      "The discounts for \(order)-grams cannot be computed: \(reason). Remove duplicates from the "
        + "text, or allow fixed discounts with --discount-fallback auto."
    case .temporaryFile(let folder, let reason):
      "\(folder): temporary files cannot be used: \(reason). "
        + "Make room, or choose another place with --temporary-folder."
    case .invalidOption(let name, let found, let expected):
      "\(name): found \(found), expected \(expected)."
    }
  }
}
