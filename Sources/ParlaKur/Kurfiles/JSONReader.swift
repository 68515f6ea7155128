/// Reads JSON as Python's `json.loads` does (RFC 8259, with NaN and Infinity): whole numbers stay whole, and of equal
/// keys the last counts.
struct JSONReader {
  private let path: String
  private let scalars: [Unicode.Scalar]
  private var position = 0
  private var depth = 0

  /// The value that `text` holds; `path` is for messages.
  static func value(of text: String, path: String) throws(KurError) -> PythonValue {
    var reader = JSONReader(path: path, scalars: Array(text.unicodeScalars))
    let value = try reader.value()
    reader.skipSpace()
    guard reader.position == reader.scalars.count else { throw reader.unexpected("the end") }
    return value
  }

  private init(path: String, scalars: [Unicode.Scalar]) {
    self.path = path
    self.scalars = scalars
  }

  private var current: Unicode.Scalar? {
    position < scalars.count ? scalars[position] : nil
  }

  private func unexpected(_ expected: String) -> KurError {
    let before = scalars[..<position]
    let line = before.count { $0 == "\n" } + 1
    let column = position - (before.lastIndex(of: "\n").map { $0 + 1 } ?? 0) + 1
    let found = current.map { "found \(PythonValue.quoted(String($0)))" } ?? "found the end"
    return .malformed(
      path: path, line: line, column: column, problem: "\(found), expected \(expected)")
  }

  private mutating func skipSpace() {
    while let next = current, " \t\n\r".unicodeScalars.contains(next) { position += 1 }
  }

  private mutating func skip(_ text: String) -> Bool {
    guard scalars[position...].starts(with: text.unicodeScalars) else { return false }
    position += text.unicodeScalars.count
    return true
  }

  private mutating func value() throws(KurError) -> PythonValue {
    depth += 1
    defer { depth -= 1 }
    guard depth <= TemplateLimits.largestDepth else { throw unexpected("fewer levels") }
    skipSpace()
    for (text, value) in Self.words where skip(text) { return value }
    switch current {
    case "{": return try object()
    case "[": return try array()
    case "\"": return .string(try string())
    default: return try number()
    }
  }

  private static let words: [(String, PythonValue)] = [
    ("null", .none), ("true", .bool(true)), ("false", .bool(false)), ("NaN", .float(.nan)),
    ("Infinity", .float(.infinity)), ("-Infinity", .float(-.infinity)),
  ]

  private mutating func array() throws(KurError) -> PythonValue {
    position += 1
    var items: [PythonValue] = []
    skipSpace()
    if skip("]") { return .list([]) }
    while true {
      items.append(try value())
      skipSpace()
      if skip("]") { return .list(items) }
      guard skip(",") else { throw unexpected(", or ]") }
    }
  }

  private mutating func object() throws(KurError) -> PythonValue {
    position += 1
    var dictionary = PythonDictionary()
    skipSpace()
    if skip("}") { return .dictionary(dictionary) }
    while true {
      skipSpace()
      guard current == "\"" else { throw unexpected("a name in double quotation marks") }
      let name = try string()
      skipSpace()
      guard skip(":") else { throw unexpected(":") }
      dictionary[name] = try value()
      skipSpace()
      if skip("}") { return .dictionary(dictionary) }
      guard skip(",") else { throw unexpected(", or }") }
    }
  }

  private mutating func number() throws(KurError) -> PythonValue {
    let start = position
    func isDigit(_ scalar: Unicode.Scalar?) -> Bool { scalar.map { "0"..."9" ~= $0 } ?? false }
    if current == "-" { position += 1 }
    guard isDigit(current) else { throw unexpected("a value") }
    if current == "0" { position += 1 } else { while isDigit(current) { position += 1 } }
    var isFloat = false
    if current == ".", position + 1 < scalars.count, isDigit(scalars[position + 1]) {
      isFloat = true
      position += 1
      while isDigit(current) { position += 1 }
    }
    if current == "e" || current == "E" {
      let mark = position
      position += 1
      if current == "+" || current == "-" { position += 1 }
      if isDigit(current) {
        isFloat = true
        while isDigit(current) { position += 1 }
      } else {
        position = mark
      }
    }
    let text = String(String.UnicodeScalarView(scalars[start..<position]))
    if !isFloat { return Int(text).map(PythonValue.int) ?? .other(type: "int", text: text) }
    return .float(Double(text) ?? .nan)
  }

  private mutating func string() throws(KurError) -> String {
    position += 1
    var units: [UInt16] = []
    while let next = current {
      position += 1
      switch next {
      case "\"": return String(decoding: units, as: UTF16.self)
      case "\\": units += try escaped()
      case "\u{0}"..."\u{1F}":
        position -= 1
        throw unexpected("an escape for it")
      default: units += String(next).utf16
      }
    }
    throw unexpected("a quotation mark")
  }

  private mutating func escaped() throws(KurError) -> [UInt16] {
    guard let kind = current else { throw unexpected("an escape") }
    position += 1
    switch kind {
    case "\"", "\\", "/": return Array(String(kind).utf16)
    case "b": return [8]
    case "f": return [12]
    case "n": return [10]
    case "r": return [13]
    case "t": return [9]
    case "u":
      let digits = scalars[position...].prefix(4)
      guard digits.count == 4,
        let unit = UInt16(String(String.UnicodeScalarView(digits)), radix: 16)
      else { throw unexpected("four hexadecimal digits") }
      position += 4
      return [unit]
    default:
      position -= 1
      throw unexpected("an escape such as \\n")
    }
  }
}
