import ParlaPlatform

/// The lines of a file, counted, one at a time; the file may be compressed.
package struct LineReader: ~Copyable {
  private var source: ByteSource
  private var buffer: [UInt8] = []
  private var position = 0
  private var isAtEnd = false
  private var line = 0..<0

  /// How many lines were read.
  package private(set) var lineNumber = 0

  package var path: String { source.path }

  /// The size of the file, where it is a plain one.
  package var plainSize: Int? { source.plainSize }

  /// No sane line is longer; a file without line ends is refused before it fills the memory.
  private static let longestLine = 1 << 20

  package init(path: String) throws(LanguageModelError) {
    source = try ByteSource(path: path)
  }

  /// Goes to the next line; false at the end of the file.
  package mutating func advance() throws(LanguageModelError) -> Bool {
    while true {
      if let end = newline() {
        line = position..<end
        position = end + 1
        lineNumber += 1
        return true
      }
      if isAtEnd {
        guard position < buffer.count else { return false }
        line = position..<buffer.count
        position = buffer.count
        lineNumber += 1
        return true
      }
      try refill()
    }
  }

  /// The current line without its end.
  package var current: ArraySlice<UInt8> {
    let text = buffer[line]
    return text.last == 13 ? text.dropLast() : text
  }

  private func newline() -> Int? {
    guard position < buffer.count else { return nil }
    return unsafe buffer.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress,
        let found = unsafe memchr(base + position, 10, bytes.count - position)
      else { return nil }
      return unsafe UnsafeRawPointer(found) - base
    }
  }

  private mutating func refill() throws(LanguageModelError) {
    guard buffer.count - position <= Self.longestLine else {
      throw .malformedARPA(
        path: path, line: lineNumber + 1, found: "a line of over \(Self.longestLine) bytes",
        expected: "lines of text")
    }
    buffer.removeSubrange(..<position)
    position = 0
    if let data = try source.next() { buffer.append(contentsOf: data) } else { isAtEnd = true }
  }
}
