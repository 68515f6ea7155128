import ParlaFiles

/// Values as clients write them, some of them loosely.
extension JSONValue {
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

  /// The text, or null.
  static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

  /// Seconds, to the millisecond.
  static func seconds(_ seconds: Double) -> JSONValue {
    .number(seconds.isFinite ? (seconds * 1000).rounded() / 1000 : 0)
  }
}
