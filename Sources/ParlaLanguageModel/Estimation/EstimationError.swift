/// Why no language model can be estimated from a text.
public enum EstimationError: Error, Equatable, CustomStringConvertible {
  /// The text has `<s>`, `</s>` or `<unk>` as a word; lines count from 1.
  case specialWord(path: String, line: Int, word: String)
  /// The text has no line.
  case emptyText
  /// The closed-form discounts of `order` fail, and no fallback was allowed.
  case noDiscounts(order: Int, reason: DiscountFailure)
  /// The budget is too small to work with.
  case tooLittleMemory(found: Int, expected: Int)
  /// A temporary file cannot be made, written or read; `reason` is the operating system's.
  case temporaryFile(folder: String, reason: String)

  /// Place, what was found, what was expected, what to do.
  public var description: String {
    switch self {
    case .specialWord(let path, let line, let word):
      "\(path):\(line): \(word) as a word, which marks something else in the model. "
        + "Take it out, or pass --skip-symbols to read such words as spaces."
    case .emptyText:
      "The text has no whole line, expected sentences, one a line. Check the input."
    case .noDiscounts(let order, let reason):
      "The discounts for \(order)-grams cannot be computed: \(reason). Remove duplicates from the "
        + "text, or allow fixed discounts with --discount-fallback auto."
    case .tooLittleMemory(let found, let expected):
      "A memory budget of \(found >> 20) MiB, expected at least \((expected >> 20) + 1) MiB for "
        + "this vocabulary and order. Raise --memory."
    case .temporaryFile(let folder, let reason):
      "\(folder): temporary files cannot be used: \(reason). "
        + "Choose another place with --temporary-folder."
    }
  }
}
