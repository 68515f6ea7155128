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
}
