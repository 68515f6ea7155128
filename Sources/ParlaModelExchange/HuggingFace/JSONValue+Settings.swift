import ParlaFiles

extension JSONValue {
  /// The number; nil for what is none.
  var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// The whole number, if it is one.
  var integer: Int? { number.flatMap { Int(exactly: $0) } }

  /// The value as one would write it, for messages.
  var spelling: String {
    switch self {
    case .string(let text): "\"\(text)\""
    case .array(let values): "[" + values.map(\.spelling).joined(separator: ", ") + "]"
    case .object: "an object"
    default: line
    }
  }
}
