package import ParlaPlatform

/// Reads files whole.
package enum FileContent {
  /// More than this comes out of no pipe that holds what it should.
  private static let most = 2 << 30

  /// All that is in the file at `path`, or that comes out of the pipe there, as of `<(zcat words.gz)` in a shell.
  ///
  /// - Throws: `FileError.unreadable`, also for folders and devices.
  package static func bytes(_ path: String) throws(FileError) -> Data {
    guard try kind(path) != .pipe else { return try pipe(path) }
    do { return try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
      throw .unreadable(path: path, reason: systemReason(error))
    }
  }

  /// The same, as text without a byte-order mark.
  ///
  /// - Throws: `FileError.unreadable`, also for bytes that are not UTF-8.
  package static func text(_ path: String) throws(FileError) -> String {
    let bytes = try bytes(path)
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let content = bytes.starts(with: mark) ? bytes.dropFirst(mark.count) : bytes
    guard let text = String(validating: content, as: UTF8.self) else {
      throw .unreadable(path: path, reason: "it is no text in UTF-8")
    }
    return text
  }

  /// All that is in the file at `path`; pipes are refused.
  ///
  /// - Throws: `FileError.unreadable`.
  package static func ofFile(_ path: String) throws(FileError) -> Data {
    try checkIsFile(path)
    return try bytes(path)
  }

  /// Makes sure that a file is at `path`: who opens a pipe waits for whom writes into it, perhaps for ever, and reads it once.
  ///
  /// - Throws: `FileError.unreadable`.
  package static func checkIsFile(_ path: String) throws(FileError) {
    guard try kind(path) != .pipe else {
      throw .unreadable(path: path, reason: "it is a pipe or a socket, expected a file")
    }
  }

  /// What is at `path`, which must be something that can be read.
  ///
  /// - Throws: `FileError.unreadable`.
  package static func kind(_ path: String) throws(FileError) -> FileKind {
    switch FileKind(path) {
    case nil: throw .unreadable(path: path, reason: systemReason(errno))
    case .folder: throw .unreadable(path: path, reason: "it is a folder")
    case .device: throw .unreadable(path: path, reason: "it is a device, not a file")
    case let kind?: return kind
    }
  }

  private static func pipe(_ path: String) throws(FileError) -> Data {
    var content = Data()
    do {
      let file = try OpenFile(path: path)
      while case let piece = try file.read(upTo: 1 << 16), !piece.isEmpty {
        content += piece
        guard content.count <= most else { break }
      }
    } catch { throw .unreadable(path: path, reason: systemReason(error)) }
    guard content.count <= most else {
      throw .unreadable(path: path, reason: "more than \(most >> 30) GiB came out of this pipe")
    }
    return content
  }
}
