/// What a description says of one field: a number, a text, a yes or no, or a list of these.
///
/// Whole numbers and others are one case, as in JSON.
public enum FieldValue: Sendable, Equatable {
  /// A number; whole ones are exact up to 2⁵³.
  case number(Double)
  /// A text, or what YAML leaves undecided.
  case text(String)
  /// Yes or no.
  case flag(Bool)
  /// Several values in order.
  case list([FieldValue])

  /// The number, if it is one.
  public var number: Double? { if case .number(let value) = self { value } else { nil } }

  /// The whole number, if it is one.
  public var integer: Int? { number.flatMap { Int(exactly: $0) } }

  /// The text, if it is one.
  public var text: String? { if case .text(let value) = self { value } else { nil } }

  /// The value as a person would write it.
  public var spelling: String {
    switch self {
    case .number(let value): Int(exactly: value).map { "\($0)" } ?? "\(value)"
    case .text(let value): value
    case .flag(let value): "\(value)"
    case .list(let values): "[" + values.map(\.spelling).joined(separator: ", ") + "]"
    }
  }
}

extension FieldValue: Codable {
  /// Reads a JSON number, text, flag or list.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode(Bool.self) {
      self = .flag(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else {
      self = .list(try container.decode([FieldValue].self))
    }
  }

  /// Writes a JSON number, text, flag or list.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .number(let value): try container.encode(value)
    case .text(let value): try container.encode(value)
    case .flag(let value): try container.encode(value)
    case .list(let values): try container.encode(values)
    }
  }
}

// MARK: - In Swift

extension FieldValue: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral
{
  /// A number as written in the source.
  public init(floatLiteral value: Double) { self = .number(value) }
  /// A whole number as written in the source.
  public init(integerLiteral value: Int) { self = .number(Double(value)) }
  /// A text as written in the source.
  public init(stringLiteral value: String) { self = .text(value) }
  /// A boolean as written in the source.
  public init(booleanLiteral value: Bool) { self = .flag(value) }
  /// A list as written in the source.
  public init(arrayLiteral elements: FieldValue...) { self = .list(elements) }
}
