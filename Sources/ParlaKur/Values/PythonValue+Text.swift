import Foundation

extension PythonValue {
  /// Python's `str`: what a template prints.
  package var text: String {
    switch self {
    case .string(let text): text
    case .undefined: ""
    default: representation
    }
  }

  /// Python's `repr`: how the value is written in a list.
  package var representation: String {
    switch self {
    case .none: "None"
    case .bool(let value): value ? "True" : "False"
    case .int(let value): String(value)
    case .float(let value): Self.text(of: value)
    case .string(let text): Self.quoted(text)
    case .list(let items): "[" + Self.joined(items) + "]"
    case .tuple(let items):
      items.count == 1 ? "(\(items[0].representation),)" : "(" + Self.joined(items) + ")"
    case .dictionary(let dictionary):
      "{"
        + dictionary.pairs.map { "\($0.key.representation): \($0.value.representation)" }
        .joined(separator: ", ") + "}"
    case .set(let items): items.isEmpty ? "set()" : "{" + Self.joined(items) + "}"
    case .iterator(let kind, _): "<\(kind) object>"
    case .range(let range):
      "range(\(range.start), \(range.stop)" + (range.step == 1 ? ")" : ", \(range.step))")
    case .undefined: "Undefined"
    case .object(let object): object.text
    case .other(_, let text): text
    }
  }

  private static func joined(_ items: [PythonValue]) -> String {
    items.map(\.representation).joined(separator: ", ")
  }

  /// The shortest digits that read back as `value`, with an exponent from 1e16 on and below 1e-4.
  static func text(of value: Double) -> String {
    if value.isNaN { return "nan" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    let (sign, digits, exponent) = decimal(of: value)
    guard (-4..<16).contains(exponent) else {
      let fraction = digits.dropFirst()
      let shown = abs(exponent) < 10 ? "0\(abs(exponent))" : "\(abs(exponent))"
      return sign + digits.prefix(1) + (fraction.isEmpty ? "" : ".\(fraction)")
        + (exponent < 0 ? "e-" : "e+") + shown
    }
    if exponent < 0 {
      return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits
    }
    let padded = digits + String(repeating: "0", count: max(0, exponent + 1 - digits.count))
    let fraction = padded.dropFirst(exponent + 1)
    return sign + padded.prefix(exponent + 1) + "." + (fraction.isEmpty ? "0" : fraction)
  }

  /// Sign, digits without zeros at their ends, and the exponent of the first digit.
  private static func decimal(of value: Double) -> (sign: String, digits: String, exponent: Int) {
    var text = "\(abs(value))"
    var exponent = 0
    if let mark = text.firstIndex(of: "e") {
      exponent = Int(text[text.index(after: mark)...]) ?? 0
      text = String(text[..<mark])
    }
    let point = text.firstIndex(of: ".") ?? text.endIndex
    exponent += text.distance(from: text.startIndex, to: point) - 1
    var digits = text.filter { $0 != "." }
    while digits.count > 1, digits.first == "0" {
      digits.removeFirst()
      exponent -= 1
    }
    while digits.count > 1, digits.last == "0" { digits.removeLast() }
    return (value.sign == .minus ? "-" : "", digits, digits == "0" ? 0 : exponent)
  }

  /// `text` between quotation marks, with what cannot be seen as escapes.
  static func quoted(_ text: String) -> String {
    let scalars = text.unicodeScalars
    let mark: Unicode.Scalar = scalars.contains("'") && !scalars.contains("\"") ? "\"" : "'"
    var quoted = String(mark)
    for scalar in scalars {
      switch scalar {
      case "\\": quoted += "\\\\"
      case mark: quoted += "\\" + String(mark)
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      default: quoted += isPrintable(scalar) ? String(scalar) : escaped(scalar)
      }
    }
    return quoted + String(mark)
  }

  private static func escaped(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16)
    let (prefix, width) =
      scalar.value < 0x100 ? ("\\x", 2) : scalar.value < 0x10000 ? ("\\u", 4) : ("\\U", 8)
    return prefix + String(repeating: "0", count: width - digits.count) + digits
  }

  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator:
      false
    case .spaceSeparator: scalar == " "
    default: true
    }
  }
}
