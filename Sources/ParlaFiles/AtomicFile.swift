public import ParlaPlatform

/// Writes a file whole or not at all.
///
/// The bytes go to a file without a name in the same folder, which is synced and then put in the place of the file at `path`: a
/// reader sees the old content or the new, never a part, even when the process is killed or the disk is full. Symbolic links
/// are followed, and the new file has mode, owner and extended attributes of the old one. Pipes, devices and what is already
/// open, such as `/dev/stdout`, are written into.
public enum AtomicFile {
  /// Replaces the file at `path` with `data`.
  ///
  /// - Throws: `FileError.unwritable`; the old file, if any, is then unchanged.
  public static func write(_ data: Data, to path: String) throws(FileError) {
    try write(data, to: path, calls: .system)
  }

  package static func write(
    _ data: Data, to path: String, calls: FileCalls
  ) throws(FileError) {
    var file = try PendingFile(replacing: path, calls: calls)
    do {
      try file.append(data)
      try file.commit()
    } catch {
      file.discard()
      throw error
    }
  }

  /// Replaces the file at `path` with what `body` appends, piece by piece.
  ///
  /// - Throws: `FileError.unwritable`, or what `body` throws; the old file, if any, is then unchanged.
  public static func write(
    to path: String, _ body: (inout PendingFile) throws -> Void
  ) throws {
    try write(to: path, calls: .system, body)
  }

  package static func write(
    to path: String, calls: FileCalls, _ body: (inout PendingFile) throws -> Void
  ) throws {
    var file = try PendingFile(replacing: path, calls: calls)
    do {
      try body(&file)
      try file.commit()
    } catch {
      file.discard()
      throw error
    }
  }

  /// Makes sure, before the work that it is to hold, that a file can be written at `path`: its folder is made, if need be.
  ///
  /// - Throws: `FileError.unwritable`.
  package static func prepare(_ path: String) throws(FileError) {
    // Opening a pipe would wait for its reader.
    guard case .file(let end, _) = try FileTarget(path) else { return }
    let folder = end.folderPath
    do {
      if !folder.isEmpty { try makeFolder(folder) }
    } catch {
      throw .unwritable(path: path, reason: error.reason)
    }
    var file = try PendingFile(replacing: path)
    file.discard()
  }

  /// Does `body`, which writes files that belong together into `folder`, when no other program is at such work there: it waits
  /// for its turn.
  package static func together<Result>(
    in folder: String, _ body: () throws -> Result
  ) rethrows -> Result {
    // The folder itself is the lock, so that nothing is left behind; on a file system without locks, nothing waits.
    let descriptor = unsafe open(folder.isEmpty ? "." : folder, O_RDONLY | O_CLOEXEC)
    defer { if descriptor >= 0 { close(descriptor) } }
    if descriptor >= 0 { _ = retrying { Int(flock(descriptor, LOCK_EX)) } }
    return try body()
  }

  /// Whether what is written to `path` goes to this process's standard output.
  package static func isStandardOutput(_ path: String) -> Bool {
    (try? FileTarget(path)) == .openFile(STDOUT_FILENO)
  }

  /// Whether what is written to `path` becomes a regular file, with a name and a folder.
  package static func isFile(_ path: String) -> Bool {
    guard case .file? = try? FileTarget(path) else { return false }
    return true
  }
}

/// The operating system's words for error number `code`.
package func systemReason(_ code: Int32) -> String {
  unsafe String(cString: strerror(code))
}

/// The shortest words for what went wrong in Foundation: the operating system's, where it has some.
package func systemReason(_ error: any Error) -> String {
  if let failure = error as? SystemFailure { return systemReason(failure.code) }
  if let failure = error as? FileError { return failure.reason }
  if let failure = error as? POSIXError { return systemReason(failure.code.rawValue) }
  guard let failure = error as? CocoaError else {
    return (error as? any LocalizedError)?.errorDescription ?? "\(error)"
  }
  if let cause = failure.underlying { return systemReason(cause) }
  switch failure.code {
  case .fileReadInapplicableStringEncoding, .fileReadCorruptFile: return "it is no text in UTF-8"
  default: return "\(failure)"
  }
}
