import ParlaPlatform

/// Keeps other processes from working in a folder, or on a file, at the same time.
///
/// The lock belongs to the open file (flock(2)), so that it ends with its owner, however that ends. The file says who the owner
/// is, for people.
package final class FolderLock: Sendable {
  /// The name of the file that locks a folder.
  package static let fileName = ".parla-lock"

  private let path: String
  private let descriptor: Int32

  /// Locks the folder at `path`, which exists; nil where the file system has no locks.
  ///
  /// - Throws: `FileError.inUse` with the owner's host and process, `.unwritable`.
  package convenience init?(folder: String) throws(FileError) {
    try self.init(folder.appendingName(Self.fileName), of: folder)
  }

  /// Locks the file at `path`, which need not exist, in a folder that does; nil where the file system has no locks.
  ///
  /// - Throws: `FileError.inUse` with the owner's host and process, `.unwritable`.
  package convenience init?(file path: String) throws(FileError) {
    try self.init(
      path.folderPath.appendingName(
        "\(Self.fileName)-\(TemporaryName.hash(path.fileName))"), of: path)
  }

  /// Makes the lock `path` of `place`.
  private init?(_ path: String, of place: String) throws(FileError) {
    self.path = path
    while true {
      let opened = retrying {
        unsafe Int(open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666))
      }
      guard opened >= 0 else { throw .unwritable(path: path, reason: systemReason(errno)) }
      let descriptor = Int32(opened)
      if retrying({ Int(flock(descriptor, LOCK_EX | LOCK_NB)) }) < 0 {
        let code = errno
        defer { close(descriptor) }
        guard code == EWOULDBLOCK else { return nil }
        throw .inUse(place: place, owner: Self.owner(descriptor))
      }
      // The former owner removes the file when it ends, perhaps after it was opened here.
      if Self.names(path, descriptor) {
        self.descriptor = descriptor
        break
      }
      close(descriptor)
    }
    let owner = Data("process \(getpid()) on \(ProcessInfo.processInfo.hostName)\n".utf8)
    ftruncate(descriptor, 0)
    _ = unsafe owner.withUnsafeBytes { bytes in
      unsafe pwrite(descriptor, bytes.baseAddress, bytes.count, 0)
    }
  }

  deinit {
    unsafe unlink(path)
    close(descriptor)
  }

  private static func names(_ path: String, _ descriptor: Int32) -> Bool {
    var locked = stat()
    var named = stat()
    guard unsafe fstat(descriptor, &locked) == 0, unsafe stat(path, &named) == 0 else {
      return false
    }
    return locked.st_ino == named.st_ino && locked.st_dev == named.st_dev
  }

  private static func owner(_ descriptor: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = unsafe pread(descriptor, &bytes, bytes.count, 0)
    let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
      .trimmed
    return text.isEmpty ? "another process" : text
  }
}
