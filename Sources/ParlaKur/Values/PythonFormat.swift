import Foundation

/// How one value is laid out: Python's format specification, `[[fill]align][sign][#][0][width][,][.precision][type]`.
struct PythonFormat {
  var fill: Character = " "
  var alignment: Character?
  var sign: Character = "-"
  var isAlternative = false
  var width = 0
  var hasThousands = false
  var precision: Int?
  var kind: Character?
  /// Whether a number with a fraction is an error, rather than cut.
  var isStrict: Bool { kind == "x" || kind == "X" || kind == "o" || kind == "b" || kind == "c" }

  init() {}

  /// Reads a specification as `str.format` has it.
  init(_ text: String) throws {
    var rest = Array(text)[...]
    if rest.count > 1, "<>=^".contains(rest[rest.startIndex + 1]) {
      fill = rest.removeFirst()
      alignment = rest.removeFirst()
    } else if let first = rest.first, "<>=^".contains(first) {
      alignment = rest.removeFirst()
    }
    if let first = rest.first, "+- ".contains(first) { sign = rest.removeFirst() }
    if rest.first == "#" {
      isAlternative = true
      rest.removeFirst()
    }
    if rest.first == "0" {
      if alignment == nil { (fill, alignment) = ("0", "=") }
      rest.removeFirst()
    }
    width = try Self.number(&rest) ?? 0
    if rest.first == "," {
      hasThousands = true
      rest.removeFirst()
    }
    if rest.first == "." {
      rest.removeFirst()
      precision = try Self.number(&rest)
    }
    kind = rest.popFirst()
    guard rest.isEmpty else {
      throw TemplateError.value(
        operation: "format", found: text, expected: "a format such as 08.3f")
    }
  }

  static func number(_ rest: inout ArraySlice<Character>) throws -> Int? {
    var digits = ""
    while let next = rest.first, next.isASCII, next.isNumber { digits.append(rest.removeFirst()) }
    guard !digits.isEmpty else { return nil }
    guard let number = Int(digits), number <= TemplateLimits.largestWidth else {
      throw TemplateError.growth(
        found: "a width of \(digits)", expected: "at most \(TemplateLimits.largestWidth)")
    }
    return number
  }

  /// `value` laid out.
  func formatted(_ value: PythonValue) throws -> String {
    switch kind {
    case "c" where value.string != nil: return padded(try character(value), isNumber: true)
    case "d", "i", "u", "x", "X", "o", "b", "c":
      return padded(try integer(value), isNumber: true)
    case "e", "E", "f", "F", "g", "G", "%":
      return padded(try float(value), isNumber: true)
    case "s", "r", "a", nil:
      if kind == nil, value.number != nil {
        if precision != nil, case .float = value {
          return padded(try general(value), isNumber: true)
        }
        let text = value.text
        return padded(text.hasPrefix("-") ? text : signed(text, isNegative: false), isNumber: true)
      }
      let text = kind == "r" || kind == "a" ? value.representation : value.text
      let scalars = text.unicodeScalars.prefix(precision ?? .max)
      return padded(String(String.UnicodeScalarView(scalars)), isNumber: false)
    case let kind?:
      throw TemplateError.value(
        operation: "format", found: "the kind \(kind)", expected: "one of d, f, e, g, s, x")
    }
  }

  private func general(_ value: PythonValue) throws -> String {
    var format = self
    format.kind = "g"
    return try format.float(value)
  }

  private func integer(_ value: PythonValue) throws -> String {
    guard let number = value.number else {
      throw TemplateError.type(
        operation: "format", found: "a \(value.typeName)", expected: "a number")
    }
    if isStrict, value.integer == nil {
      throw TemplateError.type(
        operation: "%", found: "a \(value.typeName)", expected: "an integer")
    }
    guard let integer = Int(exactly: number.double.rounded(.towardZero)) ?? value.integer else {
      throw TemplateError.value(
        operation: "format", found: value.text, expected: "a number within 64 bits")
    }
    let exact = value.integer ?? integer
    if kind == "c" { return try character(value) }
    let radix = kind == "x" || kind == "X" ? 16 : kind == "o" ? 8 : kind == "b" ? 2 : 10
    var digits = String(exact.magnitude, radix: radix, uppercase: kind == "X")
    if let precision, digits.count < precision {
      digits = String(repeating: "0", count: precision - digits.count) + digits
    }
    if hasThousands { digits = Self.grouped(digits) }
    if isAlternative, radix != 10 {
      digits = "0" + (kind == "X" ? "X" : radix == 16 ? "x" : radix == 8 ? "o" : "b") + digits
    }
    return signed(digits, isNegative: exact < 0)
  }

  /// The character that a number stands for, or that a text has as its only one.
  private func character(_ value: PythonValue) throws -> String {
    if let text = value.string, text.unicodeScalars.count == 1 { return text }
    guard let scalar = value.integer.flatMap(UInt32.init(exactly:)).flatMap(Unicode.Scalar.init)
    else {
      throw TemplateError.value(
        operation: "%c", found: value.representation,
        expected: "one character, or its number from 0 to 1114111")
    }
    return String(scalar)
  }

  private func float(_ value: PythonValue) throws -> String {
    guard let number = value.number else {
      throw TemplateError.type(
        operation: "format", found: "a \(value.typeName)", expected: "a number")
    }
    let double = number.double
    guard double.isFinite else {
      return signed(double.isNaN ? "nan" : "inf", isNegative: double < 0)
    }
    let letter = kind == "%" ? "f" : String(kind ?? "g")
    let shown = abs(kind == "%" ? double * 100 : double)
    var digits = String(format: "%.\(precision ?? 6)\(letter)", shown)
    if hasThousands {
      let whole = digits.prefix { $0.isNumber }
      digits = Self.grouped(String(whole)) + digits.dropFirst(whole.count)
    }
    return signed(digits + (kind == "%" ? "%" : ""), isNegative: double.sign == .minus)
  }

  private func signed(_ digits: String, isNegative: Bool) -> String {
    isNegative ? "-" + digits : (sign == "-" ? "" : String(sign)) + digits
  }

  private static func grouped(_ digits: String) -> String {
    var groups: [Substring] = []
    var rest = digits[...]
    while rest.count > 3 {
      groups.insert(rest.suffix(3), at: 0)
      rest = rest.dropLast(3)
    }
    return ([rest] + groups).joined(separator: ",")
  }

  private func padded(_ text: String, isNumber: Bool) -> String {
    let missing = width - text.unicodeScalars.count
    guard missing > 0 else { return text }
    let padding = String(repeating: fill, count: missing)
    switch alignment ?? (isNumber ? ">" : "<") {
    case ">": return padding + text
    case "^":
      return String(repeating: fill, count: missing / 2) + text
        + String(repeating: fill, count: missing - missing / 2)
    case "=":
      let mark = text.prefix { "+- ".contains($0) }
      return mark + padding + text.dropFirst(mark.count)
    default: return text + padding
    }
  }
}

/// Python's `format % values`.
struct PercentFormat {
  private let format: String

  init(_ format: String) { self.format = format }

  func formatted(_ value: PythonValue) throws -> String {
    var values = [value][...]
    if case .tuple(let items) = value { values = items[...] }
    var result = ""
    var rest = Array(format)[...]
    while let next = rest.popFirst() {
      guard next == "%" else {
        result.append(next)
        continue
      }
      if rest.first == "%" {
        result.append(rest.removeFirst())
        continue
      }
      var name: String?
      if rest.first == "(" {
        name = String(rest.dropFirst().prefix { $0 != ")" })
        rest = rest.dropFirst((name?.count ?? 0) + 2)
      }
      let layout = try Self.layout(&rest, &values)
      let argument = try name.map { name in
        guard let found = value.dictionary?[name] else { throw Self.missing }
        return found
      }
      guard let argument = argument ?? values.popFirst() else { throw Self.missing }
      if let problem = argument.problem, layout.kind != "s", layout.kind != "r" {
        throw TemplateError.undefined(problem)
      }
      result += try layout.formatted(argument)
    }
    let mayKeepRest =
      switch value {
      case .dictionary, .list, .undefined: true
      default: false
      }
    guard values.isEmpty || mayKeepRest else {
      throw TemplateError.type(
        operation: "%", found: "more values than places", expected: "as many of both")
    }
    return result
  }

  private static var missing: TemplateError {
    .type(operation: "%", found: "fewer values than places", expected: "as many of both")
  }

  /// `[flags][width][.precision]kind`.
  private static func layout(
    _ rest: inout ArraySlice<Character>, _ values: inout ArraySlice<PythonValue>
  ) throws -> PythonFormat {
    var layout = PythonFormat()
    layout.alignment = ">"
    while let flag = rest.first, "#0- +".contains(flag) {
      rest.removeFirst()
      switch flag {
      case "-": layout.alignment = "<"
      case "0": if layout.alignment == ">" { (layout.fill, layout.alignment) = ("0", "=") }
      case "#": layout.isAlternative = true
      default: layout.sign = flag
      }
    }
    func number() throws -> Int? {
      guard rest.first == "*" else { return try PythonFormat.number(&rest) }
      rest.removeFirst()
      guard let value = values.popFirst()?.integer else { throw missing }
      try TemplateLimits.check(width: Int(clamping: value.magnitude))
      return value
    }
    layout.width = try number() ?? 0
    if layout.width < 0 { (layout.width, layout.alignment) = (-layout.width, "<") }
    if rest.first == "." {
      rest.removeFirst()
      layout.precision = max(0, try number() ?? 0)
    }
    while let letter = rest.first, "hlL".contains(letter) { rest.removeFirst() }
    guard let kind = rest.popFirst(), "diouxXeEfFgGcrsa".contains(kind) else {
      throw TemplateError.value(
        operation: "%", found: "a % without a kind", expected: "one such as %d, %s or %.2f")
    }
    layout.kind = kind
    if layout.fill == "0", "rsac".contains(kind) { (layout.fill, layout.alignment) = (" ", ">") }
    if layout.alignment == "<" { layout.fill = " " }
    return layout
  }
}
