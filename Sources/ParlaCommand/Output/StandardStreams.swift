import Foundation
import ParlaFiles

/// Makes sure that results that go to standard output are lost by nobody's fault, or that the program says so.
enum StandardStreams {
  /// Opens what the program was started without, so that no file gets the number of standard output, and looks at the program's
  /// end whether all was written.
  static func watch() {
    // What cannot be written to gives the error that a closed file would give.
    for (descriptor, mode) in [
      (STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY),
    ] where fcntl(descriptor, F_GETFD) < 0 {
      _ = unsafe open("/dev/null", mode)
    }
    atexit { StandardStreams.flush() }
  }

  /// Writes what was printed so far; where that fails, as on a full disk, the program ends at once, with status 1.
  static func flush() {
    guard fflush(nil) != 0 else { return }
    let error = FileError.unwritable(path: "standard output", reason: systemReason(errno))
    Terminal.note("Error: \(error)")
    AbruptEnd.happen { _exit(1) }
  }
}
