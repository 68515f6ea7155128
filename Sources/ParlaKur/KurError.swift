package import ParlaFiles

/// What can be wrong with a Kurfile and the files that it names.
package enum KurError: Error, Equatable, CustomStringConvertible {
  /// The file cannot be read.
  case file(FileError)
  /// The file is no YAML or JSON; lines and columns count from 1.
  case malformed(path: String, line: Int, column: Int, problem: String)
  /// The file is none that Kurfiles are written in.
  case unknownFormat(path: String)
  /// A section, or an entry of it, is not what it has to be; `place` is its way through the Kurfile.
  case section(path: String, place: String, found: String, expected: String)
  /// A template cannot be read or evaluated.
  case template(path: String, place: String, text: String, TemplateError)
  /// A file of weights, of a log or of data is not what it has to be.
  case badFile(path: String, found: String, expected: String)
  /// A file of data is not what it has to be; `problem` says what was found and expected.
  case data(path: String, problem: String)
  /// A download failed.
  case download(url: String, problem: String)
  /// The Kurfile's values cannot be written as JSON.
  case notJSON(place: String, found: String)

  /// Place, what was found, what was expected, what to do.
  package var description: String {
    switch self {
    case .file(let error): error.description
    case .malformed(let path, let line, let column, let problem):
      "\(path):\(line):\(column): \(problem)."
    case .unknownFormat(let path):
      "\(path): found another kind of file, expected one that ends with .yml, .yaml or .json."
    case .section(let path, let place, let found, let expected):
      "\(path): \(Self.middleCut(place)): found \(found), expected \(expected)."
    case .template(let path, let place, let text, let error):
      "\(path): \(Self.middleCut(place)): \(Self.shortened(text)): \(error)"
    case .badFile(let path, let found, let expected):
      "\(path): found \(found), expected \(expected)."
    case .data(let path, let problem): "\(path): \(problem)\(problem.hasSuffix(".") ? "" : ".")"
    case .download(let url, let problem):
      "\(url): cannot be fetched: \(problem). Run the command again; it continues where it stopped."
    case .notJSON(let place, let found):
      "\(place): found \(found), expected texts, numbers, lists and mappings with keys of one kind, "
        + "which JSON can hold."
    }
  }

  /// A way through a Kurfile, of which only both ends matter where it is long.
  private static func middleCut(_ place: String) -> String {
    place.count > 160 ? "\(place.prefix(100))…\(place.suffix(50))" : place
  }

  private static func shortened(_ text: String) -> String {
    let line = text.replacing("\n", with: " ")
    return "\"" + (line.count > 80 ? line.prefix(77) + "..." : line) + "\""
  }
}
