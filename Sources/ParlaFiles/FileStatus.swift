import ParlaPlatform

/// What the system knows of the file, folder or other thing at a path.
package struct FileStatus: Sendable, Equatable {
  /// How many bytes a file has.
  package let byteCount: Int

  /// Which file of its file system it is.
  package let number: UInt64

  /// When it was last written, in seconds since 1970.
  package let modified: Double

  private let mode: mode_t

  /// Follows symbolic links; nil where there is nothing.
  package init?(_ path: String) {
    var status = stat()
    guard Self.isPath(path), unsafe stat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  /// Does not follow symbolic links.
  package init?(link path: String) {
    var status = stat()
    guard Self.isPath(path), unsafe lstat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  /// The status of an open file.
  package init?(descriptor: Int32) {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  /// Whether the system reads all of `path`: it stops at a null byte.
  private static func isPath(_ path: String) -> Bool {
    errno = ENOENT
    return !path.utf8.contains(0)
  }

  private init(_ status: stat) {
    byteCount = Int(status.st_size)
    number = UInt64(status.st_ino)
    mode = status.st_mode
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    modified = Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// What it is.
  package var kind: FileKind {
    switch mode & S_IFMT {
    case S_IFREG: .regular
    case S_IFDIR: .folder
    case S_IFIFO, S_IFSOCK: .pipe
    default: .device
    }
  }

  /// Whether it is a folder.
  package var isFolder: Bool { kind == .folder }

  /// Whether it is a plain file, whose size is known.
  package var isPlainFile: Bool { kind == .regular }
}
