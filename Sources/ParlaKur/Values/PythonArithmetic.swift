import Foundation

/// The operators between two values.
enum BinaryOperator: String, Sendable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case floorDivide = "//"
  case modulo = "%"
  case power = "**"
}

/// Python's arithmetic, on numbers, texts and lists.
struct PythonArithmetic {
  /// How many items or code points a product or a sum may have.
  let largestCount: Int

  func apply(
    _ operation: BinaryOperator, _ left: PythonValue, _ right: PythonValue
  ) throws -> PythonValue {
    if operation == .modulo, case .string(let format) = left {
      return .string(try PercentFormat(format).formatted(right))
    }
    if let problem = left.problem ?? right.problem { throw TemplateError.undefined(problem) }
    if let left = left.number, let right = right.number {
      switch (left, right) {
      case (.int(let left), .int(let right)): return try integers(operation, left, right)
      default: return .float(try floats(operation, left.double, right.double))
      }
    }
    if let result = try sequences(operation, left, right) { return result }
    throw TemplateError.type(
      operation: operation.rawValue, found: "\(left.typeName) and \(right.typeName)",
      expected: "two numbers, or values that can be joined")
  }

  private func integers(
    _ operation: BinaryOperator, _ left: Int, _ right: Int
  ) throws -> PythonValue {
    func checked(_ result: (partialValue: Int, overflow: Bool)) throws -> PythonValue {
      guard !result.overflow else { throw Self.tooLarge(operation, left, right) }
      return .int(result.partialValue)
    }
    switch operation {
    case .add: return try checked(left.addingReportingOverflow(right))
    case .subtract: return try checked(left.subtractingReportingOverflow(right))
    case .multiply: return try checked(left.multipliedReportingOverflow(by: right))
    case .power where right < 0:
      return .float(try floats(.power, Double(left), Double(right)))
    case .power: return try power(left, right)
    case .divide, .floorDivide, .modulo:
      guard right != 0 else { throw Self.divisionByZero(operation) }
      if operation == .divide { return .float(Double(left) / Double(right)) }
      let (quotient, overflow) = left.dividedReportingOverflow(by: right)
      guard !overflow else { throw Self.tooLarge(operation, left, right) }
      let rest = left - quotient * right
      let isBelow = rest != 0 && (rest < 0) != (right < 0)
      return .int(
        operation == .modulo ? rest + (isBelow ? right : 0) : quotient - (isBelow ? 1 : 0))
    }
  }

  private func power(_ base: Int, _ exponent: Int) throws -> PythonValue {
    var (result, factor, rest) = (1, base, exponent)
    while rest > 0 {
      if rest & 1 == 1 {
        let product = result.multipliedReportingOverflow(by: factor)
        guard !product.overflow else { throw Self.tooLarge(.power, base, exponent) }
        result = product.partialValue
      }
      rest >>= 1
      guard rest > 0 else { break }
      let square = factor.multipliedReportingOverflow(by: factor)
      guard !square.overflow else { throw Self.tooLarge(.power, base, exponent) }
      factor = square.partialValue
    }
    return .int(result)
  }

  private func floats(
    _ operation: BinaryOperator, _ left: Double, _ right: Double
  ) throws -> Double {
    switch operation {
    case .add: return left + right
    case .subtract: return left - right
    case .multiply: return left * right
    case .power:
      guard left != 0 || right >= 0 else { throw Self.divisionByZero(operation) }
      let result = pow(left, right)
      guard !result.isNaN || left.isNaN || right.isNaN else {
        throw TemplateError.value(
          operation: "**", found: "a broken power of \(PythonValue.text(of: left))",
          expected: "a number from 0 on")
      }
      guard result.isFinite || !left.isFinite || !right.isFinite else {
        throw TemplateError.value(
          operation: "**", found: "a result beyond all numbers", expected: "less than 1.8e308")
      }
      return result
    case .divide, .floorDivide, .modulo:
      guard right != 0 else { throw Self.divisionByZero(operation) }
      if operation == .divide { return left / right }
      // CPython's float_divmod (`Objects/floatobject.c`).
      var rest = fmod(left, right)
      var quotient = (left - rest) / right
      if rest == 0 {
        rest = right < 0 ? -0.0 : 0
      } else if (right < 0) != (rest < 0) {
        rest += right
        quotient -= 1
      }
      if operation == .modulo { return rest }
      guard quotient != 0 else { return (left / right).sign == .minus ? -0.0 : 0 }
      let floor = quotient.rounded(.down)
      return quotient - floor > 0.5 ? floor + 1 : floor
    }
  }

  /// Sums and multiples of texts, lists and tuples, and differences of sets; nil if the values are none.
  private func sequences(
    _ operation: BinaryOperator, _ left: PythonValue, _ right: PythonValue
  ) throws -> PythonValue? {
    switch (operation, left, right) {
    case (.add, .string(let left), .string(let right)):
      try check(left.utf8.count + right.utf8.count)
      return .string(left + right)
    case (.add, .list(let left), .list(let right)):
      try check(left.count + right.count)
      return .list(left + right)
    case (.add, .tuple(let left), .tuple(let right)):
      try check(left.count + right.count)
      return .tuple(left + right)
    case (.multiply, .string(let text), _):
      return try multiple(text.utf8.count, right).map {
        .string(String(repeating: text, count: $0))
      }
    case (.multiply, .list(let items), _):
      return try multiple(items.count, right).map { .list(Self.repeated(items, $0)) }
    case (.multiply, .tuple(let items), _):
      return try multiple(items.count, right).map { .tuple(Self.repeated(items, $0)) }
    case (.multiply, _, .string), (.multiply, _, .list), (.multiply, _, .tuple):
      return left.integer == nil ? nil : try sequences(.multiply, right, left)
    case (.subtract, .set(let left), .set(let right)):
      return .set(left.filter { !right.contains($0) })
    default: return nil
    }
  }

  private static func repeated(_ items: [PythonValue], _ count: Int) -> [PythonValue] {
    Array(repeatElement(items, count: count).joined())
  }

  private func multiple(_ count: Int, _ factor: PythonValue) throws -> Int? {
    guard let factor = factor.integer else { return nil }
    let (product, overflow) = count.multipliedReportingOverflow(by: max(0, factor))
    try check(overflow ? .max : product)
    return max(0, factor)
  }

  private func check(_ count: Int) throws {
    guard count <= largestCount else {
      throw TemplateError.growth(
        found: "a value of \(count) parts", expected: "at most \(largestCount)")
    }
  }

  private static func tooLarge(
    _ operation: BinaryOperator, _ left: Int, _ right: Int
  ) -> TemplateError {
    .value(
      operation: operation.rawValue, found: "\(left) and \(right)",
      expected: "a result within 64 bits")
  }

  private static func divisionByZero(_ operation: BinaryOperator) -> TemplateError {
    .value(operation: operation.rawValue, found: "a division by zero", expected: "another number")
  }
}

extension PythonValue {
  /// What is wrong with the value, if it is not there.
  var problem: String? {
    if case .undefined(let problem) = self { problem } else { nil }
  }

  /// The value with its sign changed, or kept.
  func signed(isNegative: Bool) throws -> PythonValue {
    if let problem { throw TemplateError.undefined(problem) }
    switch number {
    case .int(let value) where isNegative:
      let (negative, overflow) = Int(0).subtractingReportingOverflow(value)
      return overflow ? .float(-Double(value)) : .int(negative)
    case .int(let value): return .int(value)
    case .float(let value): return .float(isNegative ? -value : value)
    case nil:
      throw TemplateError.type(
        operation: isNegative ? "-" : "+", found: typeName, expected: "a number")
    }
  }
}
