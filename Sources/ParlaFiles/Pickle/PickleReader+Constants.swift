/// Numbers, texts and bytes.
extension PickleReader {
  /// Puts a constant on the stack, if `code` says so.
  mutating func constant(_ code: UInt8) throws(PickleFault) -> Bool {
    switch code {
    case 0x80: _ = try take(1)  // The protocol.
    case 0x95: _ = try take(8)  // The length of a frame.
    case UInt8(ascii: "N"): try push(.leaf(.none))
    case 0x88: try push(.leaf(.bool(true)))
    case 0x89: try push(.leaf(.bool(false)))
    case UInt8(ascii: "J"):
      try push(.leaf(.int(Int(Int32(truncatingIfNeeded: try integer(4))))))
    case UInt8(ascii: "K"): try push(.leaf(.int(Int(try byte()))))
    case UInt8(ascii: "M"): try push(.leaf(.int(try integer(2))))
    case 0x8a: try push(.leaf(.int(try longInteger(try integer(1)))))
    case 0x8b: try push(.leaf(.int(try longInteger(try integer(4)))))
    case UInt8(ascii: "I"), UInt8(ascii: "L"): try push(.leaf(try spelledInteger()))
    case UInt8(ascii: "F"):
      guard let number = Double(try lineText()) else { throw problem("no number") }
      try push(.leaf(.float(number)))
    case UInt8(ascii: "G"):
      let bits = try take(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      try push(.leaf(.float(Double(bitPattern: bits))))
    default:
      if try text(code) { return true }
      return try bytes(code)
    }
    return true
  }

  private mutating func text(_ code: UInt8) throws(PickleFault) -> Bool {
    let lengthSize: Int
    switch code {
    case UInt8(ascii: "V"):
      try push(.leaf(.text(Self.unescaped(try line()))))
      return true
    case 0x8c: lengthSize = 1
    case UInt8(ascii: "X"): lengthSize = 4
    case 0x8d: lengthSize = 8
    default: return false
    }
    let content = try take(try integer(lengthSize))
    try push(.leaf(.text(String(decoding: content, as: UTF8.self))))
    return true
  }

  private mutating func bytes(_ code: UInt8) throws(PickleFault) -> Bool {
    let lengthSize: Int
    switch code {
    case UInt8(ascii: "S"):
      let written = try line()
      try push(.leaf(.bytes(try quoted(written))))
      return true
    case UInt8(ascii: "U"), UInt8(ascii: "C"): lengthSize = 1
    case UInt8(ascii: "T"), UInt8(ascii: "B"): lengthSize = 4
    case 0x8e, 0x96: lengthSize = 8
    default: return false
    }
    try push(.leaf(.bytes(Array(try take(try integer(lengthSize))))))
    return true
  }

  /// An integer in two's complement.
  private mutating func longInteger(_ size: Int) throws(PickleFault) -> Int {
    guard size <= 8 else { throw problem("an integer of \(size) bytes, expected 8 at most") }
    let bytes = try take(size)
    let start: UInt64 = (bytes.last ?? 0) & 0x80 != 0 ? .max : 0
    return Int(truncatingIfNeeded: bytes.reversed().reduce(start) { $0 << 8 | UInt64($1) })
  }

  private mutating func spelledInteger() throws(PickleFault) -> PickleValue {
    let line = try lineText()
    switch line {
    case "00": return .bool(false)
    case "01": return .bool(true)
    default:
      guard let value = Int(line.hasSuffix("L") ? String(line.dropLast()) : line) else {
        throw problem("\(line.prefix(40)), expected an integer of 64 bits")
      }
      return .int(value)
    }
  }

  /// A text of Latin 1 in which `\uXXXX` and `\UXXXXXXXX` stand for other characters.
  private static func unescaped(_ line: ArraySlice<UInt8>) -> String {
    var text = String.UnicodeScalarView()
    var rest = line
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\"),
        let digitCount = rest.first == UInt8(ascii: "u")
          ? 4 : rest.first == UInt8(ascii: "U") ? 8 : nil,
        let value = hexadecimal(rest.dropFirst().prefix(digitCount)), rest.count > digitCount
      else {
        text.append(Unicode.Scalar(byte))
        continue
      }
      text.append(Unicode.Scalar(value) ?? "\u{FFFD}")
      rest = rest.dropFirst(1 + digitCount)
    }
    return String(text)
  }

  private static func hexadecimal(_ digits: ArraySlice<UInt8>) -> UInt32? {
    UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
  }

  /// The bytes of a text as Python writes it, between quotation marks.
  private func quoted(_ line: ArraySlice<UInt8>) throws(PickleFault) -> [UInt8] {
    guard line.count >= 2, let mark = line.first, mark == line.last, "'\"".utf8.contains(mark)
    else {
      throw problem("no text between quotation marks")
    }
    var content: [UInt8] = []
    var rest = line.dropFirst().dropLast()
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\") else {
        content.append(byte)
        continue
      }
      guard let escape = rest.popFirst() else { throw problem("an escape that is cut short") }
      if let value = Self.escapes[escape] {
        content.append(value)
      } else if escape == UInt8(ascii: "x") {
        guard rest.count >= 2, let value = Self.hexadecimal(rest.prefix(2)) else {
          throw problem("an escape that is cut short")
        }
        content.append(UInt8(truncatingIfNeeded: value))
        rest = rest.dropFirst(2)
      } else {
        content += [byte, escape]
      }
    }
    return content
  }

  private static let escapes: [UInt8: UInt8] = [
    UInt8(ascii: "\\"): UInt8(ascii: "\\"), UInt8(ascii: "'"): UInt8(ascii: "'"),
    UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "n"): 10, UInt8(ascii: "r"): 13,
    UInt8(ascii: "t"): 9,
  ]
}
