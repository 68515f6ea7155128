import Foundation

/// The tokens of a Python literal (The Python Language Reference 3.6, section 2.4).
struct LiteralScanner {
  enum Token: Equatable {
    case number(PythonValue)
    case string(String, isBytes: Bool)
    case name(String)
    case mark(String)
    case end
  }

  /// The text here is not a token of a literal.
  struct NoToken: Error {}

  private let scalars: [Unicode.Scalar]
  private var position = 0
  private var peeked: Token?

  init(_ text: String) { scalars = Array(text.unicodeScalars) }

  mutating func peek(_ isInBrackets: Bool) throws -> Token {
    if let peeked { return peeked }
    let token = try scan(isInBrackets)
    peeked = token
    return token
  }

  /// The next token; between brackets it may be on another line.
  mutating func next(isInBrackets: Bool) throws -> Token {
    let token = try peek(isInBrackets)
    peeked = nil
    return token
  }

  private func scalar(_ offset: Int = 0) -> Unicode.Scalar? {
    position + offset < scalars.count ? scalars[position + offset] : nil
  }

  private mutating func scan(_ isInBrackets: Bool) throws -> Token {
    try skipSpace(isInBrackets)
    guard let first = scalar() else { return .end }
    if isDigit(first) || first == "." && scalar(1).map(isDigit) == true { return try number() }
    if first == "'" || first == "\"" { return try string(prefix: "") }
    if isLetter(first) {
      let start = position
      while let next = scalar(), isLetter(next) || isDigit(next) { position += 1 }
      let name = String(String.UnicodeScalarView(scalars[start..<position]))
      let prefix = name.lowercased()
      if let mark = scalar(), mark == "'" || mark == "\"",
        ["r", "u", "b", "br", "rb"].contains(prefix)
      {
        return try string(prefix: prefix)
      }
      return .name(name)
    }
    guard "()[]{},:+-".unicodeScalars.contains(first) else { throw NoToken() }
    position += 1
    return .mark(String(first))
  }

  private mutating func skipSpace(_ isInBrackets: Bool) throws {
    while let next = scalar() {
      switch next {
      case " ", "\t", "\u{C}": position += 1
      case "\n" where isInBrackets, "\r" where isInBrackets: position += 1
      case "#": while let next = scalar(), next != "\n" { position += 1 }
      case "\\" where scalar(1) == "\n": position += 2
      case "\n", "\r":
        // At the end of the text only; what follows would be another statement.
        guard scalars[position...].allSatisfy(\.properties.isWhitespace) else { throw NoToken() }
        position = scalars.count
      default: return
      }
    }
  }

  private func isDigit(_ scalar: Unicode.Scalar) -> Bool { "0"..."9" ~= scalar }

  private func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "_" || scalar.properties.isXIDContinue && !isDigit(scalar)
  }

  private mutating func number() throws -> Token {
    let start = position
    if scalar() == "0", let mark = scalar(1), let radix = Self.radix(of: mark) {
      position += 2
      let digits = try digits { $0.isASCII && $0.properties.isASCIIHexDigit }
      guard !digits.isEmpty, let value = Int(digits, radix: radix) else { throw NoToken() }
      return .number(.int(value))
    }
    var isFloat = false
    var text = try digits(isDigit)
    if scalar() == "." {
      isFloat = true
      position += 1
      let fraction = try digits(isDigit)
      text = (text.isEmpty ? "0" : text) + "." + (fraction.isEmpty ? "0" : fraction)
    }
    if let mark = scalar(), mark == "e" || mark == "E" {
      let sign = scalar(1) == "+" || scalar(1) == "-" ? 1 : 0
      if scalar(1 + sign).map(isDigit) == true {
        isFloat = true
        text += "e" + (sign == 1 ? String(scalars[position + 1]) : "")
        position += 1 + sign
        text += try digits(isDigit)
      }
    }
    if let mark = scalar(), mark == "j" || mark == "J" {
      position += 1
      return .number(.other(type: "complex", text: text + "j"))
    }
    if let next = scalar(), isLetter(next) || isDigit(next) { throw NoToken() }
    if isFloat {
      guard let value = Double(text) else { throw NoToken() }
      return .number(.float(value))
    }
    // Zeros in front are not allowed, but for zero itself.
    guard text == "0" || scalars[start] != "0" || text.allSatisfy({ $0 == "0" }) else {
      throw NoToken()
    }
    return .number(Int(text).map(PythonValue.int) ?? .other(type: "int", text: text))
  }

  private static func radix(of mark: Unicode.Scalar) -> Int? {
    switch mark {
    case "x", "X": 16
    case "o", "O": 8
    case "b", "B": 2
    default: nil
    }
  }

  /// Digits, single underscores between them left out.
  private mutating func digits(_ isDigit: (Unicode.Scalar) -> Bool) throws -> String {
    var digits = ""
    while let next = scalar() {
      if isDigit(next) {
        digits.unicodeScalars.append(next)
      } else if next == "_", let after = scalar(1), isDigit(after) {
        // Between two digits.
      } else {
        break
      }
      position += 1
    }
    return digits
  }

  private mutating func string(prefix: String) throws -> Token {
    guard let mark = scalar() else { throw NoToken() }
    let isLong = scalar(1) == mark && scalar(2) == mark
    position += isLong ? 3 : 1
    var content: [Unicode.Scalar] = []
    while let next = scalar() {
      if next == mark, !isLong || scalar(1) == mark && scalar(2) == mark {
        position += isLong ? 3 : 1
        let isRaw = prefix.contains("r")
        let text = String(String.UnicodeScalarView(content))
        guard let value = isRaw ? text : PythonEscapes.resolved(content) else { throw NoToken() }
        return .string(value, isBytes: prefix.contains("b"))
      }
      guard next != "\n" || isLong else { throw NoToken() }
      content.append(next)
      position += 1
      if next == "\\", let escaped = scalar() {
        content.append(escaped)
        position += 1
      }
    }
    throw NoToken()
  }
}

/// The escapes of Python's texts.
enum PythonEscapes {
  /// `content` with its escapes resolved; nil if one is broken.
  static func resolved(_ content: [Unicode.Scalar]) -> String? {
    var result = String.UnicodeScalarView()
    var rest = content[...]
    while let next = rest.popFirst() {
      guard next == "\\" else {
        result.append(next)
        continue
      }
      guard let kind = rest.popFirst() else { return nil }
      switch kind {
      case "\n": continue
      case "n": result.append("\n")
      case "t": result.append("\t")
      case "r": result.append("\r")
      case "a": result.append("\u{7}")
      case "b": result.append("\u{8}")
      case "f": result.append("\u{C}")
      case "v": result.append("\u{B}")
      case "\\", "'", "\"": result.append(kind)
      case "x", "u", "U":
        let count = kind == "x" ? 2 : kind == "u" ? 4 : 8
        guard let scalar = hexadecimal(&rest, count) else { return nil }
        result.append(scalar)
      case "0"..."7":
        var value = kind.value - 48
        for _ in 0..<2 {
          guard let digit = rest.first, "0"..."7" ~= digit else { break }
          value = value * 8 + rest.removeFirst().value - 48
        }
        guard let scalar = Unicode.Scalar(value) else { return nil }
        result.append(scalar)
      default:
        result.append("\\")
        result.append(kind)
      }
    }
    return String(result)
  }

  private static func hexadecimal(
    _ rest: inout ArraySlice<Unicode.Scalar>, _ count: Int
  ) -> Unicode.Scalar? {
    let digits = rest.prefix(count)
    guard digits.count == count, digits.allSatisfy(\.properties.isASCIIHexDigit),
      let value = UInt32(String(String.UnicodeScalarView(digits)), radix: 16)
    else { return nil }
    rest = rest.dropFirst(count)
    return Unicode.Scalar(value)
  }
}
