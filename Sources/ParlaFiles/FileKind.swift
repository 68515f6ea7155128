import ParlaPlatform

/// What there is at a path, symbolic links followed.
package enum FileKind: Equatable {
  case regular
  case folder
  /// All that can be read there comes once and is gone then: a pipe or a socket.
  case pipe
  case device

  /// Nil where there is nothing; `errno` says why.
  package init?(_ path: String) {
    guard let kind = FileStatus(path)?.kind else { return nil }
    self = kind
  }
}
