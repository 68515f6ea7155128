import ParlaPlatform

/// What a path to write to leads to, symbolic links followed.
enum FileTarget: Equatable {
  /// A regular file, or a place where there is none yet: the path without links, and the file's status if there is one.
  case file(path: String, isThere: Bool)
  /// A file that this process has open, such as standard output.
  case openFile(Int32)
  /// A pipe with a name, or a device.
  case stream(path: String)

  /// Finds out what `path` leads to.
  ///
  /// - Throws: `FileError.unwritable`.
  init(_ path: String) throws(FileError) {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw .unwritable(path: path.isEmpty ? "\"\"" : path, reason: systemReason(ENOENT))
    }
    let end = try Self.followed(path)
    if let descriptor = Self.descriptor(end) {
      guard fcntl(descriptor, F_GETFD) >= 0 else {
        throw .unwritable(path: path, reason: systemReason(EBADF))
      }
      self = .openFile(descriptor)
      return
    }
    var status = stat()
    guard unsafe stat(end, &status) == 0 else {
      guard errno == ENOENT, !end.hasSuffix("/") else {
        let reason = systemReason(errno == ENOENT ? EISDIR : errno)
        throw .unwritable(path: path, reason: obstacle(on: end.folderPath) ?? reason)
      }
      self = .file(path: end, isThere: false)
      return
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: self = .file(path: end, isThere: true)
    case S_IFDIR: throw .unwritable(path: path, reason: systemReason(EISDIR))
    default: self = .stream(path: end)
    }
  }

  /// `path`, or what it is a link to, and so on; links in its folders are left to the system.
  private static func followed(_ path: String) throws(FileError) -> String {
    var end = path
    for _ in 0..<40 {
      guard descriptor(end) == nil, let target = linkTarget(end) else { return end }
      end = target.hasPrefix("/") ? target : end.folderPath.appendingName(target)
    }
    throw .unwritable(path: path, reason: systemReason(ELOOP))
  }

  /// Where the link at `path` leads, as it is written; nil where there is no link.
  static func linkTarget(_ path: String) -> String? {
    var bytes = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let count = unsafe readlink(path, &bytes, bytes.count - 1)
    guard count > 0 else { return nil }
    return String(decoding: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The number of the open file that `path` refers to: opening it by this name again would start at the front, or fail.
  private static func descriptor(_ path: String) -> Int32? {
    switch path {
    case "/dev/stdout": return STDOUT_FILENO
    case "/dev/stderr": return STDERR_FILENO
    default:
      for prefix in ["/dev/fd/", "/proc/self/fd/", "/proc/\(getpid())/fd/"]
      where path.hasPrefix(prefix) {
        return Int32(path.dropFirst(prefix.count))
      }
      return nil
    }
  }
}
