/// The tests after `is` (`jinja2/tests.py` of 2.9).
enum TemplateTests {
  typealias Test =
    @Sendable (_ value: PythonValue, _ arguments: inout Arguments) throws -> Bool

  /// All tests by name.
  static let all: [String: Test] = [
    "defined": { value, _ in !value.isUndefined },
    "undefined": { value, _ in value.isUndefined },
    "none": { value, _ in if case .none = value { true } else { false } },
    "string": { value, _ in value.string != nil },
    "mapping": { value, _ in value.dictionary != nil },
    "number": { value, _ in value.number != nil || value.typeName == "complex" },
    "odd": { value, _ in try rest(value, .int(2)) == .int(1) },
    "even": { value, _ in try rest(value, .int(2)) == .int(0) },
    "divisibleby": { value, arguments in
      try rest(value, arguments.required("num")) == .int(0)
    },
    "lower": { value, _ in isCased(value.text) { $0.properties.isUppercase } },
    "upper": { value, _ in isCased(value.text) { $0.properties.isLowercase } },
    "sequence": { value, _ in
      switch value {
      case .list, .tuple, .string, .dictionary, .range, .undefined: true
      default: false
      }
    },
    "iterable": { value, _ in
      switch value {
      case .none, .bool, .int, .float, .object, .other: false
      default: true
      }
    },
    "callable": { value, _ in
      if case .object = value { true } else { value.isUndefined }
    },
    "escaped": { _, _ in false },
    "equalto": { value, arguments in value == (try arguments.required("other")) },
    "sameas": { value, arguments in
      let other = try arguments.required("other")
      return value.typeName == other.typeName && value == other
    },
    "greaterthan": { value, arguments in
      try value.order(to: arguments.required("other"), by: ">").map { $0 > 0 } ?? false
    },
    "lessthan": { value, arguments in
      try value.order(to: arguments.required("other"), by: "<").map { $0 < 0 } ?? false
    },
  ]

  private static func rest(_ value: PythonValue, _ divisor: PythonValue) throws -> PythonValue {
    try PythonArithmetic(largestCount: TemplateLimits.largestCount).apply(.modulo, value, divisor)
  }

  /// Whether `text` has letters with case, and none for which `isOther` holds.
  private static func isCased(_ text: String, _ isOther: (Unicode.Scalar) -> Bool) -> Bool {
    let cased = text.unicodeScalars.filter { $0.properties.isCased }
    return !cased.isEmpty && !cased.contains(where: isOther)
  }
}
