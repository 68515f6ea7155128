import CFileAttributes
public import ParlaPlatform

/// A file that is being written, until it is complete.
///
/// Where the path leads to a regular file or to nothing, the bytes go to a file without a name in the same folder, or under a
/// temporary one where the file system has no such files; `commit()` gives it its name. A pipe, a device or an open file such
/// as `/dev/stdout` gets the bytes as they come.
public struct PendingFile: ~Copyable {
  let path: String
  let target: FileTarget
  let descriptor: Int32
  let calls: FileCalls
  /// The temporary name, where the file system needs one from the start.
  private var temporary: TemporaryName?
  /// Where the bytes go in the end, when they are collected first.
  private let stream: Int32?
  private var isOpen = true
  /// Where the file starts.
  private let start: off_t

  /// Opens a file that is to take the place of what is at `path`.
  ///
  /// With `isRewritten`, what was appended can be changed before the end, also when the target is a pipe.
  package init(
    replacing path: String, isRewritten: Bool = false, calls: FileCalls = .system
  ) throws(FileError) {
    let target = try FileTarget(path)
    let place =
      switch target {
      case .file(let end, let isThere):
        try Place(nextTo: end, isThere: isThere, path: path, calls: calls)
      case .stream, .openFile:
        try Place(target, isRewritten: isRewritten, path: path, calls: calls)
      }
    self.path = path
    self.target = target
    self.calls = calls
    descriptor = place.descriptor
    temporary = place.temporary
    stream = place.stream
    // Not 0 when somebody wrote to the open file before.
    start = max(0, lseek(place.descriptor, 0, SEEK_CUR))
  }

  deinit { if isOpen { closeAll() } }

  private func closeAll() {
    close(descriptor)
    if let stream { close(stream) }
  }

  /// Adds `data` at the end.
  ///
  /// - Throws: `FileError.unwritable`, when the disk is full for example.
  public mutating func append(_ data: Data) throws(FileError) {
    try write(data, to: descriptor)
  }

  /// Writes `data` over the first bytes of the file, which was opened to be rewritten.
  ///
  /// - Throws: `FileError.unwritable`.
  package mutating func overwriteStart(_ data: Data) throws(FileError) {
    let end = lseek(descriptor, 0, SEEK_CUR)
    guard end >= 0, lseek(descriptor, start, SEEK_SET) >= 0 else {
      throw .unwritable(path: path, reason: systemReason(errno))
    }
    try write(data, to: descriptor)
    lseek(descriptor, end, SEEK_SET)
  }

  private func write(_ data: Data, to descriptor: Int32) throws(FileError) {
    do { try writeAll(data, to: descriptor) } catch {
      throw .unwritable(path: path, reason: systemReason(error.code))
    }
  }

  /// Gives the file its name, or sends on what was collected.
  package mutating func commit() throws(FileError) {
    guard case .file(let end, _) = target else {
      if let stream { try send(to: stream) }
      return try finish()
    }
    try copyAttributes(of: end)
    try synchronize(descriptor)
    do throws(SystemFailure) {
      if temporary == nil { temporary = try TemporaryName.linked(descriptor, replacing: end) }
      if let temporary {
        guard unsafe rename(temporary.path, end) == 0 else { throw SystemFailure(code: errno) }
        self.temporary = nil
      }
    } catch {
      throw .unwritable(path: path, reason: systemReason(error.code))
    }
    try finish()
    try synchronizeFolder(of: end)
  }

  /// Forgets what was written; the old file, if any, is unchanged.
  package mutating func discard() {
    if let temporary { unsafe unlink(temporary.path) }
    temporary = nil
    if isOpen { closeAll() }
    isOpen = false
  }

  private mutating func finish() throws(FileError) {
    isOpen = false
    if let stream { close(stream) }
    guard close(descriptor) == 0 || errno == EINTR else {
      throw .unwritable(path: path, reason: systemReason(errno))
    }
  }

  private func send(to stream: Int32) throws(FileError) {
    lseek(descriptor, 0, SEEK_SET)
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = retrying { unsafe read(descriptor, &buffer, buffer.count) }
      guard count >= 0 else { throw .unwritable(path: path, reason: systemReason(errno)) }
      if count == 0 { return }
      try write(Data(buffer[..<count]), to: stream)
    }
  }
}

// MARK: - What makes a replacement last, and be like the old file

extension PendingFile {
  /// Brings the content to the disk; a file system that cannot is left as it is.
  private func synchronize(_ descriptor: Int32) throws(FileError) {
    guard retrying({ Int(calls.synchronize(descriptor)) }) < 0 else { return }
    guard ![EINVAL, ENOTSUP, EROFS, ENOSYS].contains(errno) else { return }
    throw .unwritable(path: path, reason: systemReason(errno))
  }

  /// Makes the new name itself outlast a power cut.
  private func synchronizeFolder(of end: String) throws(FileError) {
    let folder = unsafe open(end.folderPath.isEmpty ? "." : end.folderPath, O_RDONLY | O_CLOEXEC)
    guard folder >= 0 else { return }
    defer { close(folder) }
    try synchronize(folder)
  }

  /// Gives the new file the mode, the owner and the extended attributes of the one that it replaces.
  private func copyAttributes(of end: String) throws(FileError) {
    var old = stat()
    var new = stat()
    guard unsafe stat(end, &old) == 0, unsafe fstat(descriptor, &new) == 0 else { return }
    var mode = old.st_mode & 0o7777
    if old.st_uid != new.st_uid || old.st_gid != new.st_gid,
      fchown(descriptor, old.st_uid, old.st_gid) != 0
    {
      // Only root gives files away. A group that is not the old one may do no more than everybody may.
      if fchown(descriptor, .max, old.st_gid) != 0 {
        mode &= ~0o7070 | ((mode & 0o7) << 3)
        mode &= ~0o7000
      } else {
        mode &= ~0o4000
      }
    }
    guard fchmod(descriptor, mode) == 0 else {
      throw .unwritable(path: path, reason: systemReason(errno))
    }
    unsafe parla_copy_extended_attributes(end, descriptor)
  }
}

// MARK: - Where the bytes go

/// What the bytes of a pending file are written to.
private struct Place {
  let descriptor: Int32
  var temporary: TemporaryName?
  var stream: Int32?

  /// A file of its own, to take the place of the one at `end`.
  init(nextTo end: String, isThere: Bool, path: String, calls: FileCalls) throws(FileError) {
    if isThere, unsafe faccessat(AT_FDCWD, end, W_OK, AT_EACCESS) != 0, errno != ETXTBSY {
      throw .unwritable(path: path, reason: systemReason(errno))
    }
    let nameless = calls.openNameless(end.folderPath.isEmpty ? "." : end.folderPath)
    if nameless >= 0 {
      flock(nameless, LOCK_EX | LOCK_NB)
      descriptor = nameless
      return
    }
    do {
      (temporary, descriptor) = try TemporaryName.created(replacing: end)
    } catch {
      throw .unwritable(path: path, reason: systemReason(error.code))
    }
  }

  /// The pipe, the device or the open file itself; what is rewritten is collected first where it cannot be sought in.
  init(
    _ target: FileTarget, isRewritten: Bool, path: String, calls: FileCalls
  ) throws(FileError) {
    let opened = retrying {
      switch target {
      case .openFile(let number): Int(fcntl(number, F_DUPFD_CLOEXEC, 3))
      case .stream(let end), .file(let end, _):
        unsafe Int(open(end, O_WRONLY | O_CLOEXEC | O_NOCTTY))
      }
    }
    guard opened >= 0 else { throw .unwritable(path: path, reason: systemReason(errno)) }
    guard isRewritten, lseek(Int32(opened), 0, SEEK_CUR) < 0 else {
      descriptor = Int32(opened)
      return
    }
    stream = Int32(opened)
    do {
      descriptor = try TemporaryFile.open(
        in: FileManager.default.temporaryDirectory.path, calls: calls
      ).descriptor
    } catch {
      close(Int32(opened))
      throw error
    }
  }
}
