import Foundation
import ParlaFiles

/// Makes sure that results on standard output are written, or that the program reports the failure.
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
    if fflush(nil) != 0 { end(systemReason(errno)) }
  }

  /// Writes `text` to standard output at once; where that fails, the program ends as with ``flush()``.
  static func write(_ text: String) {
    do { try FileHandle.standardOutput.write(contentsOf: Data(text.utf8)) } catch {
      end(systemReason(error))
    }
  }

  private static func end(_ reason: String) {
    Terminal.note("Error: \(FileError.unwritable(path: "standard output", reason: reason))")
    AbruptEnd.happen { _exit(1) }
  }
}
