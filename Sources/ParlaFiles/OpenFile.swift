package import ParlaPlatform

/// A file that is open for reading as long as it is referenced.
package final class OpenFile: Sendable {
  /// What the system knows it by.
  package let descriptor: Int32
  private let isOwned: Bool

  /// Standard input, which stays open.
  package static let standardInput = OpenFile(STDIN_FILENO)

  /// Opens the file at `path`.
  ///
  /// - Throws: `SystemFailure`.
  package init(path: String) throws(SystemFailure) {
    descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemFailure(code: errno) }
    isOwned = true
  }

  private init(_ descriptor: Int32) {
    self.descriptor = descriptor
    isOwned = false
  }

  deinit { if isOwned { close(descriptor) } }

  /// Fills `buffer` with the bytes from `offset` on, as many as there are; -1 where reading failed.
  package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Int {
    var filled = 0
    while filled < buffer.count {
      let count = retrying {
        unsafe pread(
          descriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled,
          off_t(offset + filled))
      }
      guard count >= 0 else { return -1 }
      if count == 0 { break }
      filled += count
    }
    return filled
  }

  /// The next bytes, at most `count`; none at the end.
  ///
  /// - Throws: `SystemFailure`.
  package func read(upTo count: Int) throws(SystemFailure) -> Data {
    var data = Data(count: count)
    let found = unsafe data.withUnsafeMutableBytes { bytes in
      retrying { unsafe readBytes(descriptor, bytes) }
    }
    guard found >= 0 else { throw SystemFailure(code: errno) }
    return found == count ? data : data.prefix(found)
  }
}

/// read(2), which a method of the same name hides above.
private func readBytes(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
  unsafe read(descriptor, buffer.baseAddress, buffer.count)
}
