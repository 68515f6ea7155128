import Foundation
import ParlaFiles

/// Standard input as bytes, in pieces as they come.
enum StandardInput {
  /// What reading gave.
  enum Piece {
    case bytes([UInt8])
    /// Nothing came in time.
    case nothingYet
    case end
  }

  /// The next bytes, at most 16 KiB; waits for them for a tenth of a second.
  ///
  /// - Throws: `FileError.unreadable`.
  static func read() throws(FileError) -> Piece {
    var request = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    guard unsafe poll(&request, 1, 100) > 0 else { return .nothingYet }
    var bytes = [UInt8](repeating: 0, count: 1 << 14)
    let count = unsafe Foundation.read(STDIN_FILENO, &bytes, bytes.count)
    guard count >= 0 else {
      if errno == EINTR || errno == EAGAIN { return .nothingYet }
      throw .unreadable(path: "standard input", reason: systemReason(errno))
    }
    return count == 0 ? .end : .bytes(Array(bytes[..<count]))
  }

  /// Calls `action` on a thread of its own when standard input has ended; what comes before is dropped.
  static func whenItEnds(_ action: @escaping @Sendable () -> Void) {
    Thread.detachNewThread {
      do {
        while true { if case .end = try read() { break } }
      } catch {
        // What cannot be read has no other end.
      }
      action()
    }
  }
}
