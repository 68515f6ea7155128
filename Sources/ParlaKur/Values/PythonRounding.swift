import Foundation

/// Jinja2's filter `round`, which is Python's `round`, or a floor or ceiling at a decimal place.
struct PythonRounding {
  private let precision: Int

  /// Rounds to `precision` digits behind the point; to tens and hundreds if that is negative.
  init(_ precision: Int) { self.precision = precision }

  /// `value` rounded by `method`: common, ceil or floor.
  func rounded(_ value: PythonValue, _ method: String) throws -> PythonValue {
    guard let number = value.number else {
      throw TemplateFilters.typeError("round", value, "a number")
    }
    switch (method, number) {
    case ("common", .int(let integer)): return .int(try rounded(integer))
    case ("common", .float(let double)): return .float(rounded(double))
    case ("ceil", _): return .float(try scaled(number.double, .up))
    case ("floor", _): return .float(try scaled(number.double, .down))
    default:
      throw TemplateError.value(
        operation: "round", found: "the method \(method)", expected: "common, ceil or floor")
    }
  }

  /// The nearest multiple of a power of ten, the even one of two that are equally near.
  private func rounded(_ value: Int) throws -> Int {
    guard precision < 0 else { return value }
    // 10¹⁹ is more than twice the most that a 64-bit number can be, so that all round to 0 from there on, but for 5·10¹⁸ and more.
    guard precision > -19 else {
      guard precision < -19 || value.magnitude <= 5_000_000_000_000_000_000 else {
        throw tooLarge(value)
      }
      return 0
    }
    let unit = (0..<(-precision)).reduce(1) { unit, _ in unit * 10 }
    let (quotient, rest) = value.quotientAndRemainder(dividingBy: unit)
    let half = unit / 2
    let isUp = rest.magnitude > half || rest.magnitude == half && quotient % 2 != 0
    let (result, overflow) = (isUp ? quotient + value.signum() : quotient)
      .multipliedReportingOverflow(by: unit)
    guard !overflow else { throw tooLarge(value) }
    return result
  }

  private func tooLarge(_ value: Int) -> TemplateError {
    .value(
      operation: "round", found: "\(value) to \(precision) digits",
      expected: "a result within 64 bits")
  }

  /// The decimal number that is nearest to the exact binary one.
  private func rounded(_ value: Double) -> Double {
    guard value.isFinite, value != 0, precision < 324 else { return value }
    if precision >= 0 { return Double(String(format: "%.\(precision)f", value)) ?? value }
    // With 18 digits no number is rounded up to the next power of ten.
    let exponent =
      String(format: "%.17e", value).split(separator: "e").last.flatMap { Int($0) } ?? 0
    let digitCount = exponent + 1 + max(precision, -400)
    if digitCount > 0 { return Double(String(format: "%.\(digitCount - 1)e", value)) ?? value }
    let unit = pow(10, Double(exponent + 1))
    let isUp = digitCount == 0 && abs(value) > unit / 2
    return isUp ? (value < 0 ? -unit : unit) : (value < 0 ? -0.0 : 0)
  }

  /// Jinja2 multiplies by the power of ten, and divides again.
  private func scaled(_ value: Double, _ rule: FloatingPointRoundingRule) throws -> Double {
    let factor = pow(10, Double(precision))
    guard factor > 0, factor.isFinite else {
      throw TemplateError.value(
        operation: "round", found: "a precision of \(precision)", expected: "one from -323 to 308")
    }
    let result = (value * factor).rounded(rule) / factor
    guard result.isFinite || !value.isFinite else {
      throw TemplateError.value(
        operation: "round", found: "\(PythonValue.text(of: value)) to \(precision) digits",
        expected: "a number below 1.8e308")
    }
    return result
  }
}
