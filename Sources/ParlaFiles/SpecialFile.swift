/// What lies in a folder and is neither a file nor a folder: a pipe, a socket or a device.
///
/// Who goes through folders leaves it out, since reading it may wait for ever, and says so.
package struct SpecialFile: Sendable, Equatable, CustomStringConvertible {
  /// Where it is.
  package let path: String

  private let kind: FileKind

  /// What is at `path`, links followed; nil for a file, a folder and nothing.
  package init?(_ path: String) {
    guard let kind = FileKind(path), kind == .pipe || kind == .device else { return nil }
    (self.path, self.kind) = (path, kind)
  }

  /// That it is left out, and why.
  package var description: String {
    "\(path): left out, since it is \(kind == .pipe ? "a pipe or a socket" : "a device"), not a file."
  }
}
