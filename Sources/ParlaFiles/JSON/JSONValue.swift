/// JSON (RFC 8259) whose shape is not known before it is read.
///
/// An absent member and one that is `null` are distinguished, a number is never converted to a boolean, and
/// values that JSON cannot represent are dropped when a text is written.
package enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  /// Reads one text.
  ///
  /// - Throws: `JSONFault` for what is no JSON, nested too deeply, or holds numbers beyond all bounds.
  package init(bytes: [UInt8]) throws(JSONFault) {
    self = try JSONReader<JSONValue>.value(of: bytes)
  }

  /// The member `key`; nil for none, and for what is no object.
  package subscript(key: String) -> JSONValue? { members?[key] }

  /// The text; nil for what is none.
  package var text: String? { if case .string(let text) = self { text } else { nil } }

  /// The members; nil for what is no object.
  package var members: [String: JSONValue]? {
    if case .object(let members) = self { members } else { nil }
  }
}

extension JSONValue: JSONReadable {
  package static let jsonRules = JSONRules(deepest: 512)

  package static var jsonNull: JSONValue { .null }
  package static func json(_ truth: Bool) -> JSONValue { .bool(truth) }
  package static func json(_ number: Double) -> JSONValue { .number(number) }
  package static func json(_ integer: Int) -> JSONValue { .integer(integer) }
  package static func json(largeInteger digits: String) -> JSONValue {
    .number(Double(digits) ?? .infinity)
  }
  package static func json(_ text: String) -> JSONValue { .string(text) }
  package static func json(_ values: [JSONValue]) -> JSONValue { .array(values) }
  package static func json(_ members: [(name: String, value: JSONValue)]) -> JSONValue {
    .object(Dictionary(members.lazy.map { ($0.name, $0.value) }) { _, last in last })
  }
}

// MARK: - Writing

extension JSONValue {
  /// The text on one line, members in the order of their names.
  package var line: String {
    var line = ""
    write(to: &line)
    return line
  }

  private func write(to line: inout String) {
    switch self {
    case .null: line += "null"
    case .bool(let truth): line += truth ? "true" : "false"
    case .integer(let number): line += "\(number)"
    case .number(let number): line += Self.written(number)
    case .string(let text): Self.write(text, to: &line)
    case .array(let values):
      line += "["
      for (index, value) in values.enumerated() {
        if index > 0 { line += "," }
        value.write(to: &line)
      }
      line += "]"
    case .object(let members):
      line += "{"
      for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
        if index > 0 { line += "," }
        Self.write(member.key, to: &line)
        line += ":"
        member.value.write(to: &line)
      }
      line += "}"
    }
  }

  /// JSON has no sign for what is not finite; 0 is the least surprising.
  private static func written(_ number: Double) -> String {
    guard number.isFinite else { return "0" }
    return Int(exactly: number).map { "\($0)" } ?? "\(number)"
  }

  private static func write(_ text: String, to line: inout String) {
    line += "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": line += "\\\""
      case "\\": line += "\\\\"
      case "\n": line += "\\n"
      // U+2028 and U+2029 end lines in old scripts; "<" could end a script in a page.
      case _
      where scalar.value < 0x20 || scalar == "<" || scalar == "\u{2028}" || scalar == "\u{2029}":
        let digits = String(scalar.value, radix: 16)
        line += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: line.unicodeScalars.append(scalar)
      }
    }
    line += "\""
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  package init(stringLiteral text: String) { self = .string(text) }

  package init(booleanLiteral truth: Bool) { self = .bool(truth) }

  package init(integerLiteral number: Int) { self = .integer(number) }

  package init(arrayLiteral values: JSONValue...) { self = .array(values) }

  package init(dictionaryLiteral members: (String, JSONValue)...) {
    self = .object(Dictionary(members) { _, last in last })
  }
}
