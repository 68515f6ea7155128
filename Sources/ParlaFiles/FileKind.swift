import Foundation

/// What there is at a path, symbolic links followed.
package enum FileKind: Equatable {
  case regular
  case folder
  /// All that can be read there comes once and is gone then: a pipe or a socket.
  case pipe
  case device

  /// Nil where there is nothing; `errno` says why.
  package init?(_ path: String) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    self =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .regular
      case S_IFDIR: .folder
      case S_IFIFO, S_IFSOCK: .pipe
      default: .device
      }
  }
}
