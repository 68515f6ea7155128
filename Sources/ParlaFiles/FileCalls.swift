import ParlaPlatform

/// The calls of the operating system that writing depends on; a test lets them fail.
package struct FileCalls: Sendable {
  /// Brings a file's content to the disk, as fsync(2).
  package var synchronize: @Sendable (Int32) -> Int32 = { fsync($0) }

  /// Makes a file without a name in a folder, as open(2) with O_TMPFILE does; below 0 where the file system cannot.
  package var openNameless: @Sendable (_ folder: String) -> Int32 = openNamelessFile

  /// The operating system's own.
  package static let system = FileCalls()

  /// For what can be made again: nothing waits for the disk, and a power cut may damage it.
  package static let unsynchronized = {
    var calls = FileCalls()
    calls.synchronize = { _ in 0 }
    return calls
  }()

  /// The operating system's own calls, to be changed.
  package init() {}
}

/// A file for reading and writing that has no name, so that nothing is left of it however the process ends; below 0, with
/// the reason in `errno`, where the system or the file system has no such files.
@Sendable private func openNamelessFile(in folder: String) -> Int32 {
  #if os(Linux)
    // The number of O_TMPFILE is not visible from Swift; it is this on all processors, with O_DIRECTORY.
    let temporary = 0o20_000_000 | O_DIRECTORY
    let descriptor = unsafe open(folder, O_RDWR | O_CLOEXEC | temporary, 0o666)
    guard descriptor >= 0, unsafe access(openFilePath(descriptor), F_OK) != 0 else {
      return descriptor
    }
    // Without /proc the file could never get a name.
    close(descriptor)
    errno = ENOTSUP
  #else
    errno = ENOTSUP
  #endif
  return -1
}

/// The path under which the process finds its open file `descriptor`.
func openFilePath(_ descriptor: Int32) -> String { "/proc/self/fd/\(descriptor)" }

/// Repeats a call that a signal may interrupt.
func retrying(_ call: () -> Int) -> Int {
  while true {
    let result = call()
    if result >= 0 || errno != EINTR { return result }
  }
}
