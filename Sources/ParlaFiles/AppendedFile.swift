package import ParlaPlatform

/// A file that grows record by record, such as a log: each is added whole or not at all.
package final class AppendedFile: Sendable {
  private let path: String
  private let descriptor: Int32

  /// Opens the file at `path`, or makes it.
  ///
  /// - Throws: `FileError.unwritable`.
  package init(path: String) throws(FileError) {
    self.path = path
    let opened = retrying {
      unsafe Int(open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666))
    }
    guard opened >= 0 else { throw .unwritable(path: path, reason: systemReason(errno)) }
    descriptor = Int32(opened)
  }

  deinit { close(descriptor) }

  /// Adds `data`; on a full disk nothing of it stays.
  ///
  /// - Throws: `FileError.unwritable`.
  package func append(_ data: Data) throws(FileError) {
    let end = lseek(descriptor, 0, SEEK_END)
    do { try writeAll(data, to: descriptor) } catch {
      if end >= 0 { ftruncate(descriptor, end) }
      throw .unwritable(path: path, reason: systemReason(error.code))
    }
  }
}

/// Writes all of `data` at the current position of the open file `descriptor`.
func writeAll(_ data: Data, to descriptor: Int32) throws(SystemFailure) {
  let code = unsafe data.withUnsafeBytes { bytes -> Int32 in
    var done = 0
    while done < bytes.count {
      let count = retrying {
        unsafe write(descriptor, bytes.baseAddress.map { unsafe $0 + done }, bytes.count - done)
      }
      guard count >= 0 else { return errno }
      done += count
    }
    return 0
  }
  guard code == 0 else { throw SystemFailure(code: code) }
}
