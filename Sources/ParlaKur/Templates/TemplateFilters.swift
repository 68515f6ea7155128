import Foundation

/// The filters that templates may use: Jinja2 2.9's (`jinja2/filters.py`) and Kur's own.
///
/// Left out are those for web pages (urlize, xmlattr, striptags), for reading (wordwrap, pprint), and random.
enum TemplateFilters {
  typealias Filter =
    @Sendable (_ value: PythonValue, _ arguments: inout Arguments, TemplateRenderer) throws ->
    PythonValue

  /// All filters by name.
  static let all: [String: Filter] =
    numbers.merging(texts) { $1 }.merging(sequences) { $1 }.merging(TemplateFilters.kur) { $1 }

  /// Those that are made for what is undefined.
  static let defaults: Set = ["default", "d"]

  // MARK: - Numbers and defaults

  private static let numbers: [String: Filter] = [
    "abs": { value, _, _ in
      guard let number = value.number else { throw typeError("abs", value, "a number") }
      switch number {
      case .int(let value):
        guard value != .min else { return .float(-Double(value)) }
        return .int(abs(value))
      case .float(let value): return .float(abs(value))
      }
    },
    "int": { value, arguments, _ in
      let fallback = arguments.optional("default") ?? .int(0)
      let base = try arguments.integer("base", default: 10)
      if let problem = value.problem { throw TemplateError.undefined(problem) }
      return try integer(value, base: base) ?? fallback
    },
    "float": { value, arguments, _ in
      let fallback = arguments.optional("default") ?? .float(0)
      if let problem = value.problem { throw TemplateError.undefined(problem) }
      return double(value).map(PythonValue.float) ?? fallback
    },
    "round": { value, arguments, _ in
      let precision = try arguments.integer("precision", default: 0)
      let method = arguments.optional("method")?.text ?? "common"
      return try PythonRounding(precision).rounded(value, method)
    },
    "default": fallback, "d": fallback,
    "filesizeformat": { value, arguments, _ in
      let isBinary = arguments.truth("binary", default: false)
      guard let bytes = double(value) else { throw typeError("filesizeformat", value, "a number") }
      return .string(fileSize(bytes, isBinary: isBinary))
    },
  ]

  private static let fallback: Filter = { value, arguments, _ in
    let fallback = arguments.optional("default_value") ?? .string("")
    let isForFalse = arguments.truth("boolean", default: false)
    return value.isUndefined || isForFalse && !value.isTrue ? fallback : value
  }

  static func typeError(_ name: String, _ value: PythonValue, _ expected: String) -> TemplateError {
    if let problem = value.problem { return .undefined(problem) }
    return .type(operation: name, found: "a \(value.typeName)", expected: expected)
  }

  /// Python's `int(value)`, or of a text that is a decimal number; nil if neither can be read.
  private static func integer(_ value: PythonValue, base: Int) throws -> PythonValue? {
    if let text = value.string {
      if let integer = PythonNumberText.integer(text, base: base) { return .int(integer) }
      return try PythonNumberText.double(text).flatMap(whole)
    }
    switch value.number {
    case .int(let value): return .int(value)
    case .float(let value): return try whole(value)
    case nil: return nil
    }
  }

  /// `value` without its fraction; nil for what is no number.
  private static func whole(_ value: Double) throws -> PythonValue? {
    if value.isNaN { return nil }
    guard let integer = Int(exactly: value.rounded(.towardZero)) else {
      throw TemplateError.value(
        operation: "int", found: PythonValue.text(of: value), expected: "a number within 64 bits")
    }
    return .int(integer)
  }

  private static func double(_ value: PythonValue) -> Double? {
    value.string.map(PythonNumberText.double) ?? value.number?.double
  }

  private static func fileSize(_ bytes: Double, isBinary: Bool) -> String {
    let base: Double = isBinary ? 1024 : 1000
    if bytes == 1 { return "1 Byte" }
    if bytes < base { return "\(Int(bytes)) Bytes" }
    let prefixes = ["k", "M", "G", "T", "P", "E", "Z", "Y"]
    var unit = base * base
    for prefix in prefixes {
      if bytes < unit || prefix == "Y" {
        let name = isBinary ? prefix.uppercased() + "iB" : prefix + "B"
        return String(format: "%.1f ", base * bytes / unit) + name
      }
      unit *= base
    }
    return ""
  }
}

/// Numbers as Python's `int` and `float` read them.
enum PythonNumberText {
  /// The integer that `text` spells in `base`; nil if it spells none.
  static func integer(_ text: String, base: Int) -> Int? {
    var digits = text.trimmingCharacters(in: .whitespacesAndNewlines).lowercased()[...]
    let isNegative = digits.first == "-"
    if let first = digits.first, first == "-" || first == "+" { digits = digits.dropFirst() }
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)]
    where digits.hasPrefix(prefix) && base == radix {
      digits = digits.dropFirst(2)
    }
    guard 2...36 ~= base, let plain = withoutUnderscores(digits) else { return nil }
    return Int((isNegative ? "-" : "") + plain, radix: base)
  }

  /// The number that `text` spells; nil if it spells none.
  static func double(_ text: String) -> Double? {
    let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines).lowercased()
    guard let plain = withoutUnderscores(trimmed[...]) else { return nil }
    let unsigned = plain.drop { $0 == "+" || $0 == "-" }
    if ["inf", "infinity", "nan"].contains(unsigned) { return Double(plain) }
    guard !plain.contains("x"), let first = unsigned.first, first == "." || first.isNumber else {
      return nil
    }
    let padded = plain.hasSuffix(".") ? plain + "0" : plain
    return Double(padded.replacing(".e", with: ".0e"))
  }

  private static func withoutUnderscores(_ digits: Substring) -> String? {
    guard digits.contains("_") else { return String(digits) }
    guard digits.first != "_", digits.last != "_", !digits.contains("__") else { return nil }
    return digits.filter { $0 != "_" }
  }
}
