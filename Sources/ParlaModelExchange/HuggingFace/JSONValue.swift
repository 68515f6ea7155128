import Foundation

/// What stands in a JSON file.
enum JSONValue: Sendable, Equatable, Decodable {
  case null
  case flag(Bool)
  case number(Double)
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .flag(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let values = try? container.decode([JSONValue].self) {
      self = .list(values)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  /// The whole number, if it is one.
  var integer: Int? { if case .number(let value) = self { Int(exactly: value) } else { nil } }

  /// The text, if it is one.
  var text: String? { if case .text(let value) = self { value } else { nil } }

  /// What stands under the keys, if it is an object.
  var object: [String: JSONValue]? {
    if case .object(let values) = self { values } else { nil }
  }

  /// The value as one would write it, for messages.
  var spelling: String {
    switch self {
    case .null: "null"
    case .flag(let value): "\(value)"
    case .number(let value): Int(exactly: value).map { "\($0)" } ?? "\(value)"
    case .text(let value): "\"\(value)\""
    case .list(let values): "[" + values.map(\.spelling).joined(separator: ", ") + "]"
    case .object: "an object"
    }
  }
}
