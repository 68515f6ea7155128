import ParlaPlatform

/// What the system said when a call failed.
package struct SystemFailure: Error {
  /// Its number.
  package let code: Int32

  /// The failure of number `code`.
  package init(code: Int32) { self.code = code }
}

/// The name of a file until it replaces another one in the same folder.
///
/// It is derived from the other's name and short, so that it fits next to names of any length. The writer holds a lock on
/// the file, which ends with the process: a killed program's leftover is found under the same name by the next program that writes
/// the same file, and removed.
struct TemporaryName {
  let path: String
  private let action: AbruptEndAction

  private init(path: String) {
    self.path = path
    action = AbruptEndAction { unsafe unlink(path) }
  }

  /// Makes a new file under a temporary name, to take the place of the one at `target`.
  static func created(
    replacing target: String
  ) throws(SystemFailure) -> (TemporaryName, descriptor: Int32) {
    var descriptor: Int32 = -1
    let name = try free(target) { path in
      descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      return descriptor >= 0
    }
    flock(descriptor, LOCK_EX | LOCK_NB)
    return (name, descriptor)
  }

  /// Gives the nameless file `descriptor` the name `target`, or, where there is a file of that name, a temporary one.
  static func linked(
    _ descriptor: Int32, replacing target: String
  ) throws(SystemFailure) -> TemporaryName? {
    if link(descriptor, target) { return nil }
    guard errno == EEXIST else { throw SystemFailure(code: errno) }
    return try free(target) { path in link(descriptor, path) }
  }

  private static func link(_ descriptor: Int32, _ path: String) -> Bool {
    unsafe linkat(AT_FDCWD, openFilePath(descriptor), AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0
  }

  /// The first name that `make` can make a file of; what the dead left is removed on the way.
  private static func free(
    _ target: String, _ make: (String) -> Bool
  ) throws(SystemFailure) -> TemporaryName {
    for number in 0..<1000 {
      let path = self.path(target, number)
      for _ in 0..<2 {
        if make(path) { return TemporaryName(path: path) }
        guard errno == EEXIST else { throw SystemFailure(code: errno) }
        guard isRemoved(path) else { break }
      }
    }
    throw SystemFailure(code: EEXIST)
  }

  private static func path(_ target: String, _ number: Int) -> String {
    target.folderPath.appendingName(".parla-\(hash(target.fileName))-\(number).\(fileExtension)")
  }

  /// FNV-1a, 64 bits.
  static func hash(_ name: String) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return String(hash, radix: 16)
  }

  private static let fileExtension = "tmp"

  /// Whether a file of this name is a temporary one of this program.
  static func isTemporary(_ name: String) -> Bool {
    name.hasPrefix(".parla-") && name.hasSuffix(".\(fileExtension)")
  }

  /// Removes the temporary file at `path` unless somebody still writes it.
  @discardableResult
  static func isRemoved(_ path: String) -> Bool {
    let descriptor = unsafe open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return errno == ENOENT }
    defer { close(descriptor) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return false }
    // Only who holds the lock on what bears the name may remove it.
    var locked = stat()
    var named = stat()
    guard unsafe fstat(descriptor, &locked) == 0, unsafe lstat(path, &named) == 0,
      locked.st_ino == named.st_ino, locked.st_dev == named.st_dev
    else { return true }
    return unsafe unlink(path) == 0
  }
}

/// What programs that were killed left under temporary names.
package enum TemporaryRemains {
  /// Removes it from the folder at `path`; what somebody still writes stays.
  package static func remove(in path: String) {
    for file in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    where TemporaryName.isTemporary(file) {
      TemporaryName.isRemoved(path.appendingName(file))
    }
  }
}
