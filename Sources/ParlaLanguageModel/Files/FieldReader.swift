import ParlaPlatform

/// The fields of one line, separated by white space (but not by zeros), from left to right.
package struct FieldReader {
  private var rest: ArraySlice<UInt8>

  package init(_ line: ArraySlice<UInt8>) { rest = line }

  /// The next field, or nil at the end of the line.
  package mutating func next() -> ArraySlice<UInt8>? {
    var start = rest.startIndex
    while start < rest.endIndex, Self.isSpace(rest[start]) { start += 1 }
    var end = start
    while end < rest.endIndex, !Self.isSpace(rest[end]) { end += 1 }
    defer { rest = rest[end...] }
    return start == end ? nil : rest[start..<end]
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13) ~= byte }
}

extension ArraySlice<UInt8> {
  /// The bytes as text, cut after sixty bytes, in quotes: for messages.
  package var quoted: String {
    "\"\(String(decoding: prefix(60), as: UTF8.self))\(count > 60 ? "…" : "")\""
  }

  package func equals(_ text: StaticString) -> Bool {
    count == text.utf8CodeUnitCount && starts(with: text)
  }

  package func starts(with text: StaticString) -> Bool {
    text.withUTF8Buffer { unsafe starts(with: $0) }
  }

  /// The number that the bytes are, to the nearest float, or nil.
  package var floatValue: Float? {
    if let value = shortDecimal { return value }
    let text = self + [0]
    return unsafe text.withUnsafeBytes { bytes -> Float? in
      guard count > 0, let start = unsafe bytes.bindMemory(to: CChar.self).baseAddress else {
        return nil
      }
      var end: UnsafeMutablePointer<CChar>?
      let value = unsafe strtof(start, &end)
      guard let end = unsafe end, unsafe UnsafePointer(end) - start == count else { return nil }
      return value
    }
  }

  /// Digits with at most one point, few enough to be exact in a double (Clinger 1990, the fast path).
  ///
  /// The double is the nearest to the decimal, and rounds on to the nearest float unless it is exactly between two; in that
  /// case this returns nil.
  private var shortDecimal: Float? {
    var mantissa: UInt64 = 0
    var (digits, decimals) = (0, 0)
    var sawPoint = false
    let isNegative = first == UInt8(ascii: "-")
    var index = isNegative ? startIndex + 1 : startIndex
    while index < endIndex {
      let byte = self[index]
      if byte == UInt8(ascii: "."), !sawPoint {
        sawPoint = true
      } else if byte >= 48, byte <= 57 {
        mantissa = mantissa &* 10 &+ UInt64(byte &- 48)
        digits += 1
        decimals += sawPoint ? 1 : 0
      } else {
        return nil
      }
      index += 1
    }
    guard digits > 0, digits <= 15 else { return nil }
    let value = Double(mantissa) / Self.powersOfTen[decimals]
    guard value.bitPattern & 0x1fff_ffff != 0x1000_0000 else { return nil }
    return Float(isNegative ? -value : value)
  }

  private static var powersOfTen: [Double] {
    [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15]
  }
}
