package import ParlaPlatform

extension AtomicFile {
  /// A file of several that are read together.
  package struct Part {
    let path: String
    let body: (inout PendingFile) throws(FileError) -> Void

    /// Makes a file at `path` of what `body` appends.
    package init(
      _ path: String, body: @escaping (inout PendingFile) throws(FileError) -> Void
    ) {
      self.path = path
      self.body = body
    }

    /// Makes a file of `content` at `path`.
    package init(_ path: String, content: Data) {
      self.init(path) { file throws(FileError) in try file.append(content) }
    }

    /// Makes a file of `text` at `path`.
    package init(_ path: String, text: String) { self.init(path, content: Data(text.utf8)) }
  }

  /// Replaces files that are read together: none gets its name before all are written, so a full disk leaves all as they were.
  ///
  /// The last gets its name first.
  ///
  /// - Throws: `FileError.unwritable`.
  package static func write(together parts: [Part]) throws(FileError) { try write(parts[...]) }

  private static func write(_ parts: ArraySlice<Part>) throws(FileError) {
    guard let part = parts.first else { return }
    var file = try PendingFile(replacing: part.path)
    do {
      try part.body(&file)
      try write(parts.dropFirst())
      try file.commit()
    } catch {
      file.discard()
      throw error
    }
  }
}
