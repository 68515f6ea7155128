public import ParlaFiles

/// What can be wrong with manifests.
public enum CorpusError: DescribedError, Equatable {
  /// A file cannot be read or written.
  case file(FileError)

  // MARK: Manifests

  /// The field at `line` holds bytes that are not UTF-8.
  case notUTF8(path: String, line: Int)
  /// The file is empty.
  case noHeader(path: String)
  /// The header names no column `missing`.
  case missingColumns(path: String, missing: [String], found: [String])
  /// The header names a column twice.
  case duplicateColumn(path: String, name: String)
  /// The row at `line` has more or fewer fields than the header.
  case fieldCount(path: String, line: Int, found: Int, expected: Int)
  /// The quote that opens at `line` never closes.
  case unterminatedQuote(path: String, line: Int)
  /// Text stands between a closing quote and the next comma.
  case textAfterQuote(path: String, line: Int)
  /// The row at `line` names no recording.
  case noPath(path: String, line: Int)
  /// The file size at `line` is no number.
  case badSize(path: String, line: Int, found: String)
  /// The line of JSON at `line` is none, or lacks what it must have.
  case badLine(path: String, line: Int)
  /// Several rows cannot be read.
  case badRows(path: String, [CorpusError])
  /// The file has a header only.
  case noSamples(path: String)

  /// The sizes of the parts make no sense.
  case badPartSizes(dev: Double, test: Double)

  /// Place, what was found, what was expected, what to do.
  public var description: String {
    switch self {
    case .file(let error): error.description
    case .notUTF8(let path, let line):
      "\(path):\(line): not UTF-8 text. Save the table as \"CSV UTF-8\"."
    case .noHeader(let path):
      "\(path): empty, expected a header such as wav_filename,wav_filesize,transcript."
    case .missingColumns(let path, let missing, let found):
      "\(path): no column \(list(missing)); the columns found are \(list(found)). "
        + "Name them in the first line, with commas between."
    case .duplicateColumn(let path, let name):
      "\(path): the header names the column \(name) twice. Remove one."
    case .fieldCount(let path, let line, let found, let expected):
      "\(path):\(line): \(found) \(found == 1 ? "field" : "fields"), the header has \(expected). "
        + "Put a transcript with commas in double quotes."
    case .unterminatedQuote(let path, let line):
      "\(path):\(line): a double quote opens here and never closes. "
        + "Close it, or write \"\" for a quote inside a quoted field."
    case .textAfterQuote(let path, let line):
      "\(path):\(line): text after a closing double quote, expected a comma or the line's end. "
        + "Write \"\" for a quote inside a quoted field."
    case .noPath(let path, let line):
      "\(path):\(line): wav_filename is empty, expected the path of a recording."
    case .badSize(let path, let line, let found):
      "\(path):\(line): wav_filesize is \"\(found)\", expected a number of bytes or nothing."
    case .badLine(let path, let line):
      "\(path):\(line): found no object with uuid and text, expected "
        + "{\"uuid\": \"NAME\", \"text\": \"WORDS\", \"duration_s\": SECONDS}. Correct the line, or remove it."
    case .badRows(let path, let problems):
      "\(path): \(problems.count) rows cannot be read:\n"
        + problems.prefix(20).map { "  \($0.description)" }.joined(separator: "\n")
        + (problems.count > 20 ? "\n  … and \(problems.count - 20) more" : "")
    case .noSamples(let path):
      "\(path): a header and no rows, expected a row for each recording."
    case .badPartSizes(let dev, let test):
      "shares of \(dev) for dev and \(test) for test, expected positive numbers that leave "
        + "something for train, such as 0.1 and 0.1."
    }
  }

  private func list(_ names: [String]) -> String { names.joined(separator: ", ") }
}
