/// How much a template may do: far more than any Kurfile needs, and little enough to end soon.
enum TemplateLimits {
  /// Items of a list, or code points of a text.
  static let largestCount = 1_000_000
  /// The width of a formatted value.
  static let largestWidth = 10_000
  /// Steps of evaluation in one rendering.
  static let largestStepCount = 200_000
  /// Code points of a text that is to be rendered.
  static let largestTemplate = 50_000
  /// How deep expressions, values and calls may be nested.
  static let largestDepth = 100
  /// How often a text is rendered until nothing changes.
  static let largestRenderingCount = 200

  /// Makes sure that a value is not laid out wider than is allowed.
  ///
  /// - Throws: `TemplateError.growth`.
  static func check(width: Int) throws {
    guard width <= largestWidth else {
      throw TemplateError.growth(found: "a width of \(width)", expected: "at most \(largestWidth)")
    }
  }

  /// Makes sure that `text` does not grow too long by `part`, which is added `count` times.
  ///
  /// - Throws: `TemplateError.growth`.
  static func check(_ text: String, and part: String, times count: Int) throws {
    let (added, overflow) = part.utf8.count.multipliedReportingOverflow(by: count)
    try check(length: overflow ? .max : text.utf8.count + min(added, .max / 2))
  }

  /// `texts` as one, where that does not grow too long.
  ///
  /// - Throws: `TemplateError.growth`.
  static func joined(_ texts: [String], separator: String) throws -> String {
    try check(length: texts.reduce(0) { $0 + $1.utf8.count })
    try check("", and: separator, times: max(0, texts.count - 1))
    return texts.joined(separator: separator)
  }

  /// Makes sure that a text of `length` bytes is not too long.
  ///
  /// - Throws: `TemplateError.growth`.
  static func check(length: Int) throws {
    guard length <= largestCount else {
      throw TemplateError.growth(
        found: "a text of \(length) bytes", expected: "at most \(largestCount)")
    }
  }
}
