/// What a JSON text becomes.
package protocol JSONReadable {
  /// Which texts are read.
  static var jsonRules: JSONRules { get }

  static var jsonNull: Self { get }
  static func json(_ truth: Bool) -> Self
  static func json(_ number: Double) -> Self
  static func json(_ integer: Int) -> Self
  /// An integer beyond 64 bits, as it is written.
  static func json(largeInteger digits: String) -> Self
  static func json(_ text: String) -> Self
  static func json(_ values: [Self]) -> Self
  /// An object, whose members are in the order of the text; of those with equal names the last counts.
  static func json(_ members: [(name: String, value: Self)]) -> Self
}

/// Which texts count as JSON.
package struct JSONRules: Sendable {
  /// How many lists and objects may lie within each other.
  let deepest: Int

  /// Whether it is read as Python does: NaN and infinite numbers are numbers, and what no character stands for in a text becomes
  /// U+FFFD.
  let isPython: Bool

  package init(deepest: Int, isPython: Bool = false) {
    (self.deepest, self.isPython) = (deepest, isPython)
  }
}

/// Why a text is no JSON.
package struct JSONFault: Error, Equatable {
  /// Where, counted from 1; the column in code points.
  package let line: Int
  package let column: Int
  /// What stands there; nil at the end of the text.
  package let found: Unicode.Scalar?
  package let expected: String
}

/// Reads JSON (RFC 8259) in one pass, in time that grows with its length alone.
package struct JSONReader<Value: JSONReadable> {
  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0
  private let rules = Value.jsonRules

  /// The value that `bytes` hold, in UTF-8.
  package static func value(of bytes: [UInt8]) throws(JSONFault) -> Value {
    var reader = JSONReader(bytes)
    let value = try reader.value()
    reader.skipSpace()
    guard reader.position == bytes.count else { throw reader.fault("the end") }
    return value
  }

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  private func fault(_ expected: String) -> JSONFault {
    let before = bytes[..<position]
    let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    return JSONFault(
      line: before.count { $0 == UInt8(ascii: "\n") } + 1,
      column: before[lineStart...].count { $0 & 0xc0 != 0x80 } + 1,
      found: String(decoding: bytes[position...].prefix(4), as: UTF8.self).unicodeScalars.first,
      expected: expected)
  }

  // MARK: - Bytes

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = current, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 {
      position += 1
    }
  }

  private mutating func skip(_ byte: UInt8) -> Bool {
    guard current == byte else { return false }
    position += 1
    return true
  }

  private mutating func skip(_ word: StaticString) -> Bool {
    let end = position + word.utf8CodeUnitCount
    guard end <= bytes.count, "\(word)".utf8.elementsEqual(bytes[position..<end]) else {
      return false
    }
    position = end
    return true
  }

  // MARK: - Values

  private mutating func value() throws(JSONFault) -> Value {
    skipSpace()
    switch current {
    case UInt8(ascii: "{"): return .json(try members())
    case UInt8(ascii: "["): return .json(try list())
    case UInt8(ascii: "\""): return .json(try text())
    case UInt8(ascii: "n"): if skip("null") { return .jsonNull }
    case UInt8(ascii: "t"): if skip("true") { return .json(true) }
    case UInt8(ascii: "f"): if skip("false") { return .json(false) }
    case UInt8(ascii: "N"): if rules.isPython, skip("NaN") { return .json(Double.nan) }
    case UInt8(ascii: "I"): if rules.isPython, skip("Infinity") { return .json(Double.infinity) }
    case UInt8(ascii: "-"):
      if rules.isPython, skip("-Infinity") { return .json(-Double.infinity) }
      return try number()
    default: return try number()
    }
    throw fault("a value")
  }

  private mutating func deeper() throws(JSONFault) {
    depth += 1
    guard depth <= rules.deepest else { throw fault("fewer levels") }
    position += 1
    skipSpace()
  }

  private mutating func list() throws(JSONFault) -> [Value] {
    try deeper()
    defer { depth -= 1 }
    var values: [Value] = []
    if skip(UInt8(ascii: "]")) { return values }
    while true {
      values.append(try value())
      skipSpace()
      if skip(UInt8(ascii: "]")) { return values }
      guard skip(UInt8(ascii: ",")) else { throw fault(", or ]") }
    }
  }

  private mutating func members() throws(JSONFault) -> [(name: String, value: Value)] {
    try deeper()
    defer { depth -= 1 }
    var members: [(name: String, value: Value)] = []
    if skip(UInt8(ascii: "}")) { return members }
    while true {
      skipSpace()
      guard current == UInt8(ascii: "\"") else {
        throw fault("a name in double quotation marks")
      }
      let name = try text()
      skipSpace()
      guard skip(UInt8(ascii: ":")) else { throw fault(":") }
      members.append((name, try value()))
      skipSpace()
      if skip(UInt8(ascii: "}")) { return members }
      guard skip(UInt8(ascii: ",")) else { throw fault(", or }") }
    }
  }

  // MARK: - Numbers

  private mutating func skipDigits() -> Bool {
    let start = position
    while let byte = current, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { position += 1 }
    return position > start
  }

  private mutating func number() throws(JSONFault) -> Value {
    let start = position
    _ = skip(UInt8(ascii: "-"))
    // No zero leads another digit.
    guard skip(UInt8(ascii: "0")) || skipDigits() else {
      position = start
      throw fault("a value")
    }
    let integerEnd = position
    if skip(UInt8(ascii: ".")), !skipDigits() { position = integerEnd }
    let fractionEnd = position
    if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
      if !skip(UInt8(ascii: "+")) { _ = skip(UInt8(ascii: "-")) }
      if !skipDigits() { position = fractionEnd }
    }
    if position == integerEnd {
      if let integer = integer(in: start..<position) { return .json(integer) }
      return .json(largeInteger: String(decoding: bytes[start..<position], as: UTF8.self))
    }
    let number = Double(String(decoding: bytes[start..<position], as: UTF8.self)) ?? .nan
    guard rules.isPython || number.isFinite else {
      position = start
      throw fault("a number of at most 1.8e308")
    }
    return .json(number)
  }

  private func integer(in range: Range<Int>) -> Int? {
    var value = 0
    let isNegative = bytes[range.lowerBound] == UInt8(ascii: "-")
    for byte in bytes[range].dropFirst(isNegative ? 1 : 0) {
      let (product, isLarge) = value.multipliedReportingOverflow(by: 10)
      let digit = Int(byte - UInt8(ascii: "0"))
      let (sum, isLarger) =
        isNegative
        ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
      guard !isLarge, !isLarger else { return nil }
      value = sum
    }
    return value
  }

  // MARK: - Texts

  private mutating func text() throws(JSONFault) -> String {
    position += 1
    let start = position
    while let byte = current {
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        return try text(bytes[start..<position - 1], from: start)
      case UInt8(ascii: "\\"): return try textWithEscapes(from: start)
      case 0..<0x20: throw fault("an escape for it")
      default: position += 1
      }
    }
    throw fault("a quotation mark")
  }

  /// `content` as a text; `start` is where to point if it is none.
  private mutating func text(
    _ content: some Sequence<UInt8>, from start: Int
  ) throws(JSONFault) -> String {
    if let text = String(validating: content, as: UTF8.self) { return text }
    guard rules.isPython else {
      position = start
      throw fault("a text in UTF-8")
    }
    return String(decoding: Array(content), as: UTF8.self)
  }

  /// The text that begins at `start` and has its first escape here.
  private mutating func textWithEscapes(from start: Int) throws(JSONFault) -> String {
    var content = Array(bytes[start..<position])
    while let byte = current {
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        return try text(content, from: start)
      case UInt8(ascii: "\\"): content += String(try escaped()).utf8
      case 0..<0x20: throw fault("an escape for it")
      default:
        content.append(byte)
        position += 1
      }
    }
    throw fault("a quotation mark")
  }

  private mutating func escaped() throws(JSONFault) -> Unicode.Scalar {
    let start = position
    position += 1
    guard let kind = current else { throw fault("an escape") }
    position += 1
    switch kind {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(kind)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let first = try codeUnit()
      if let scalar = Unicode.Scalar(first) { return scalar }
      let between = position
      // Two surrogates stand for one character (RFC 8259, section 7).
      if first < 0xdc00, skip("\\u"), case let second = try codeUnit(),
        0xdc00..<0xe000 ~= second,
        let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
      {
        return scalar
      }
      position = between
      guard rules.isPython else {
        position = start
        throw fault("an escape that stands for a character")
      }
      return "\u{fffd}"
    default:
      position -= 1
      throw fault("an escape such as \\n")
    }
  }

  private mutating func codeUnit() throws(JSONFault) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw fault("four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }
}
