import Foundation

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
  static func read() -> Piece {
    var request = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    guard unsafe poll(&request, 1, 100) > 0 else { return .nothingYet }
    var bytes = [UInt8](repeating: 0, count: 1 << 14)
    let count = unsafe Foundation.read(STDIN_FILENO, &bytes, bytes.count)
    if count < 0 { return errno == EINTR || errno == EAGAIN ? .nothingYet : .end }
    return count == 0 ? .end : .bytes(Array(bytes[..<count]))
  }
}
