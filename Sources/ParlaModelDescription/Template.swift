import Foundation

/// Fills in `{{ name }}` where a description refers to a setting, `{{ name + 1 }}` or `{{ name * 4 }}` where to a number near it.
struct Template {
  /// The values of the names.
  var values: [String: String]

  /// A name in double braces, perhaps with a number that is added, subtracted or multiplied.
  static var reference: Regex<(Substring, Substring, Substring?, Substring?)> {
    /\{\{\s*(\w+)\s*(?:([-+*])\s*(\d+)\s*)?\}\}/
  }

  /// `text` with all names replaced, or the first name without a value.
  func filled(_ text: String) -> Result<String, UnknownName> {
    var result = text
    while let match = result.firstMatch(of: Self.reference) {
      let name = String(match.1)
      guard let value = values[name] else { return .failure(UnknownName(name: name)) }
      guard let sign = match.2, let digits = match.3 else {
        result.replaceSubrange(match.range, with: value)
        continue
      }
      let expression = "\(name) \(sign) \(digits)"
      guard let number = Int(value), let other = Int(digits),
        let sum = Self.computed(number, sign, other)
      else { return .failure(UnknownName(name: expression)) }
      result.replaceSubrange(match.range, with: "\(sum)")
    }
    return .success(result)
  }

  /// What becomes of two whole numbers; nil where it is too large.
  private static func computed(_ first: Int, _ sign: Substring, _ second: Int) -> Int? {
    let (number, overflows) =
      switch sign {
      case "+": first.addingReportingOverflow(second)
      case "-": first.subtractingReportingOverflow(second)
      default: first.multipliedReportingOverflow(by: second)
      }
    return overflows ? nil : number
  }

  /// A name that no setting has, or a sum of what is no whole number.
  struct UnknownName: Error {
    let name: String
  }
}
