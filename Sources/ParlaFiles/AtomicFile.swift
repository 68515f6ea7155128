public import Foundation

/// Writes a file whole or not at all.
///
/// The bytes go to a temporary file in the same folder, which is synced and then renamed over `path`: a reader sees the
/// old content or the new, never a part, even when the process is killed or the disk is full.
public enum AtomicFile {
  /// Replaces the file at `path` with `data`.
  ///
  /// - Throws: `FileError.unwritable`; the old file, if any, is then unchanged.
  public static func write(_ data: Data, to path: String) throws(FileError) {
    var file = try PendingFile(replacing: path)
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
    var file = try PendingFile(replacing: path)
    do {
      try body(&file)
      try file.commit()
    } catch {
      file.discard()
      throw error
    }
  }

  /// Replaces the file at `path` with the one that `body` writes under the temporary name it is given.
  ///
  /// - Throws: `FileError.unwritable`, or what `body` throws; the old file, if any, is then unchanged.
  package static func replace(
    _ path: String, _ body: (_ temporaryPath: String) throws -> Void
  ) throws {
    var file = try PendingFile(replacing: path)
    do {
      try body(file.temporaryPath)
      try file.commit()
    } catch {
      file.discard()
      throw error
    }
  }
}

/// A file under its temporary name, until it is complete.
public struct PendingFile: ~Copyable {
  private let path: String
  fileprivate let temporaryPath: String
  private let handle: FileHandle

  init(replacing path: String) throws(FileError) {
    self.path = path
    temporaryPath = "\(path).\(ProcessInfo.processInfo.processIdentifier).tmp"
    let descriptor = unsafe open(temporaryPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw .unwritable(path: path, reason: systemReason(errno))
    }
    handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  /// Adds `data` at the end.
  ///
  /// - Throws: `FileError.unwritable`, when the disk is full for example.
  public mutating func append(_ data: Data) throws(FileError) {
    do { try handle.write(contentsOf: data) } catch {
      throw .unwritable(path: path, reason: systemReason(error))
    }
  }

  mutating func commit() throws(FileError) {
    do {
      try handle.synchronize()
      try handle.close()
    } catch {
      throw .unwritable(path: path, reason: systemReason(error))
    }
    guard unsafe rename(temporaryPath, path) == 0 else {
      throw .unwritable(path: path, reason: systemReason(errno))
    }
    syncFolder()
  }

  mutating func discard() {
    try? handle.close()
    unsafe unlink(temporaryPath)
  }

  /// Makes the rename itself outlast a power cut; a file system that cannot sync folders is left as it is.
  private func syncFolder() {
    let folder = (path as NSString).deletingLastPathComponent
    let descriptor = unsafe open(folder.isEmpty ? "." : folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}

/// The operating system's words for error number `code`.
package func systemReason(_ code: Int32) -> String {
  unsafe String(cString: strerror(code))
}

/// The shortest words for what went wrong in Foundation: the operating system's, where it has some.
package func systemReason(_ error: any Error) -> String {
  let error = error as NSError
  if error.domain == NSPOSIXErrorDomain { return systemReason(Int32(error.code)) }
  if let cause = error.userInfo[NSUnderlyingErrorKey] as? any Error { return systemReason(cause) }
  return error.localizedDescription
}
