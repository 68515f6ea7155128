/// The parts of a path, of any length: Foundation's functions for them end the program when a path is one character long.
extension String {
  /// The folder of the file at this path as written: empty for a bare name, `/` for a file in the root.
  package var folderPath: String {
    let path = withoutTrailingSlashes
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
    return slash == path.startIndex ? "/" : String(path[..<slash]).withoutTrailingSlashes
  }

  /// The last part of this path.
  package var fileName: String {
    let path = withoutTrailingSlashes
    guard path != "/", let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
    return String(path[path.utf8.index(after: slash)...])
  }

  /// What follows the last dot of the file's name; empty where there is none, or where the name starts with it.
  package var fileExtension: String {
    guard let dot = lastDot else { return "" }
    return String(self[utf8.index(after: dot)...])
  }

  /// This path without its file's extension and the dot before it.
  package var withoutExtension: String {
    guard let dot = lastDot else { return self }
    return String(self[..<dot])
  }

  /// The last part of this path without its extension.
  package var fileStem: String { fileName.withoutExtension }

  /// The path of `name` in the folder at this path, which may be empty.
  package func appendingName(_ name: String) -> String {
    isEmpty || hasSuffix("/") ? self + name : "\(self)/\(name)"
  }

  /// Whether the path has replacement characters for bytes that are not UTF-8: no file has this name.
  package var isMisread: Bool { unicodeScalars.contains("\u{FFFD}") }

  /// The dot before the extension.
  private var lastDot: String.Index? {
    guard let dot = utf8.lastIndex(of: UInt8(ascii: ".")) else { return nil }
    let rest = utf8[utf8.index(after: dot)...]
    let start = utf8.lastIndex(of: UInt8(ascii: "/")).map { utf8.index(after: $0) } ?? startIndex
    return dot > start && !rest.isEmpty && !rest.contains(UInt8(ascii: "/")) ? dot : nil
  }

  private var withoutTrailingSlashes: String {
    var path = self[...]
    while path.utf8.count > 1, path.utf8.last == UInt8(ascii: "/") { path = path.dropLast() }
    return String(path)
  }
}
