import Foundation

/// JSON (RFC 8259) whose shape is not known before it is read.
///
/// An absent member and one that is `null` are distinguished, a number is never converted to a boolean, and
/// values that JSON cannot represent are dropped when a text is written.
indirect enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  /// Reads one text.
  ///
  /// - Throws: `DecodingError` of Foundation for what is no JSON, nested too deeply, or holds numbers beyond all bounds.
  init(bytes: [UInt8]) throws {
    self = try JSONDecoder().decode(JSONValue.self, from: Data(bytes))
  }

  /// The member `key`; nil for none, and for what is no object.
  subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members[key]
  }

  /// The text; nil for what is none.
  var text: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  /// The number, which some clients write as a text; nil for what is none.
  var double: Double? {
    switch self {
    case .integer(let number): Double(number)
    case .number(let number): number
    case .string(let text) where text.allSatisfy { "+-.0123456789".contains($0) }: Double(text)
    default: nil
    }
  }

  /// The whole number; nil for what is none.
  var int: Int? { double.flatMap { Int(exactly: $0) } }

  /// A truth, which some clients write as 0 or 1.
  var truth: Bool? {
    switch self {
    case .bool(let truth): truth
    default: int.flatMap { $0 == 0 ? false : $0 == 1 ? true : nil }
    }
  }

  /// The texts of a list; nil unless all are texts.
  var texts: [String]? {
    guard case .array(let values) = self else { return nil }
    let texts = values.compactMap(\.text)
    return texts.count == values.count ? texts : nil
  }

  /// The members; nil for what is no object.
  var members: [String: JSONValue]? {
    guard case .object(let members) = self else { return nil }
    return members
  }
}

extension JSONValue: Decodable {
  init(from decoder: any Decoder) throws {
    if let members = try? decoder.container(keyedBy: AnyKey.self) {
      var object: [String: JSONValue] = [:]
      for key in members.allKeys {
        object[key.stringValue] = try members.decode(JSONValue.self, forKey: key)
      }
      self = .object(object)
    } else if var list = try? decoder.unkeyedContainer() {
      var values: [JSONValue] = []
      while !list.isAtEnd { values.append(try list.decode(JSONValue.self)) }
      self = .array(values)
    } else {
      self = try Self.single(decoder.singleValueContainer())
    }
  }

  private static func single(_ value: any SingleValueDecodingContainer) throws -> JSONValue {
    if value.decodeNil() { return .null }
    if let truth = try? value.decode(Bool.self) { return .bool(truth) }
    if let number = try? value.decode(Int.self) { return .integer(number) }
    if let number = try? value.decode(Double.self) { return .number(number) }
    return .string(try value.decode(String.self))
  }

  private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }

    init?(intValue: Int) { nil }
  }
}

// MARK: - Writing

extension JSONValue {
  /// The text on one line, members in the order of their names.
  var line: String {
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
  init(stringLiteral text: String) { self = .string(text) }

  init(booleanLiteral truth: Bool) { self = .bool(truth) }

  init(integerLiteral number: Int) { self = .integer(number) }

  init(arrayLiteral values: JSONValue...) { self = .array(values) }

  init(dictionaryLiteral members: (String, JSONValue)...) {
    self = .object(Dictionary(members) { _, last in last })
  }

  /// The text, or null.
  static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

  /// Seconds, to the millisecond.
  static func seconds(_ seconds: Double) -> JSONValue {
    .number(seconds.isFinite ? (seconds * 1000).rounded() / 1000 : 0)
  }
}
