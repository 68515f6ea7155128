package import ParlaPlatform

/// A file for what is needed for a while only.
///
/// It has no name where the system lets it, so that nothing is left of it however the process ends; `path` finds it all the
/// same. Elsewhere it has one, and is removed with this object, or by the signal that ends the program.
package final class TemporaryFile: Sendable {
  /// Where this process finds the file.
  package let path: String

  /// The open file, for reading and writing.
  package let descriptor: Int32

  private let action: AbruptEndAction?

  /// Makes an empty file in `folder`.
  ///
  /// - Throws: `FileError.unwritable` with the folder.
  package convenience init(in folder: String) throws(FileError) {
    try self.init(in: folder, calls: .system)
  }

  package init(in folder: String, calls: FileCalls) throws(FileError) {
    let (descriptor, name) = try Self.open(in: folder, calls: calls)
    self.descriptor = descriptor
    path = name ?? openFilePath(descriptor)
    action = name.map { name in AbruptEndAction { unsafe unlink(name) } }
  }

  /// Whether `path` is one under which a process finds a file without a name.
  package static func isPath(_ path: String) -> Bool {
    path.hasPrefix("/proc/self/fd/") || path.fileName.hasPrefix("parla-")
  }

  /// Adds `data` at the end.
  ///
  /// - Throws: `FileError.unwritable`.
  package func append(_ data: Data) throws(FileError) {
    do { try writeAll(data, to: descriptor) } catch {
      throw .unwritable(path: path, reason: systemReason(error.code))
    }
  }

  /// All that is in the file.
  ///
  /// - Throws: `FileError.unreadable`.
  package func contents() throws(FileError) -> Data {
    do { return try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
      throw .unreadable(path: path, reason: systemReason(error))
    }
  }

  deinit {
    close(descriptor)
    if action != nil { unsafe unlink(path) }
  }

  /// Opens an empty file in `folder`; on Linux it has no name.
  static func open(
    in folder: String, calls: FileCalls
  ) throws(FileError) -> (descriptor: Int32, name: String?) {
    let nameless = calls.openNameless(folder)
    if nameless >= 0 { return (nameless, nil) }
    var path = Array(folder.appendingName("parla-XXXXXX").utf8CString)
    let descriptor = unsafe mkstemp(&path)
    guard descriptor >= 0 else { throw .unwritable(path: folder, reason: systemReason(errno)) }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    if unsafe access(openFilePath(descriptor), F_OK) == 0 {
      unsafe unlink(path)
      return (descriptor, nil)
    }
    return (
      descriptor, String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    )
  }
}

/// A folder for what is needed for a while only: it is removed with this object, or by the signal that ends the program.
package final class TemporaryFolder: Sendable {
  /// Where the folder is.
  package let path: String

  private let action: AbruptEndAction

  /// Makes the empty folder at `path`, and those above it; what an earlier program left there is removed.
  ///
  /// - Throws: `FileError.unwritable`.
  package init(path: String) throws(FileError) {
    self.path = path
    action = AbruptEndAction { try? FileManager.default.removeItem(atPath: path) }
    do {
      if FileManager.default.fileExists(atPath: path) {
        try FileManager.default.removeItem(atPath: path)
      }
    } catch { throw .unwritable(path: path, reason: systemReason(error)) }
    try makeFolder(path)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
