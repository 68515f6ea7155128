/// Errors of a file, independent of its content.
public enum FileError: DescribedError, Equatable {
  /// The file cannot be opened or read; `reason` is the operating system's.
  case unreadable(path: String, reason: String)
  /// The file cannot be written; `reason` is the operating system's.
  case unwritable(path: String, reason: String)
  /// The file is no NumPy array of the supported kind.
  case notNumPy(path: String, found: String, expected: String)
  /// The file is no archive of such arrays.
  case notNumPyArchive(path: String, found: String, expected: String)
  /// Another process works in the folder or on the file; `owner` names it.
  case inUse(place: String, owner: String)

  /// What the operating system says, or what was found in place of the right thing.
  package var reason: String {
    switch self {
    case .unreadable(_, let reason), .unwritable(_, let reason): reason
    case .notNumPy(_, let found, _), .notNumPyArchive(_, let found, _): found
    case .inUse(_, let owner): "it is in use by \(owner)"
    }
  }

  /// What is wrong where a name is shown with U+FFFD and nothing is found under it.
  package static let nameIsNoText =
    "the name of this file or of its folder is not UTF-8 text, and such names are not read. "
    + "Rename them, as with: convmv -f latin1 -t utf8 -r --notest FOLDER"

  /// Place, what was found, what was expected, what to do.
  public var description: String {
    switch self {
    case .unreadable(let path, let reason):
      "\(path): cannot be read: \(reason). Check the path and its permissions."
    case .unwritable(let path, let reason):
      "\(path): cannot be written: \(reason). Choose another place or make room."
    case .notNumPy(let path, let found, let expected):
      "\(path): found \(found), expected \(expected). Save the array with numpy.save()."
    case .notNumPyArchive(let path, let found, let expected):
      "\(path): found \(found), expected \(expected). Save the arrays with numpy.savez()."
    case .inUse(let place, let owner):
      "\(place): is in use by \(owner), expected a place that nobody else writes to. "
        + "Wait for its end, stop it, or choose another."
    }
  }
}
