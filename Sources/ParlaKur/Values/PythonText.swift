import Foundation

/// What Python does with texts, by code points.
enum PythonText {
  static func stripped(
    _ text: String, _ characters: String? = nil, atStart: Bool = true, atEnd: Bool = true
  ) -> String {
    let set = characters.map { Set($0.unicodeScalars) }
    func goes(_ scalar: Unicode.Scalar) -> Bool {
      set?.contains(scalar) ?? scalar.properties.isWhitespace
    }
    var scalars = Array(text.unicodeScalars)[...]
    if atStart { scalars = scalars.drop(while: goes) }
    while atEnd, let last = scalars.last, goes(last) { scalars.removeLast() }
    return String(String.UnicodeScalarView(scalars))
  }

  static func capitalized(_ text: String) -> String {
    guard let first = text.unicodeScalars.first else { return "" }
    let rest = String(String.UnicodeScalarView(text.unicodeScalars.dropFirst()))
    return String(first).uppercased() + rest.lowercased()
  }

  /// `text` with `old` replaced, at most `count` times if that is not negative.
  ///
  /// - Throws: `TemplateError.growth`.
  static func replaced(
    _ text: String, _ old: String, _ new: String, count: Int
  ) throws -> String {
    let limit = count < 0 ? Int.max : count
    let scalars = Array(text.unicodeScalars)
    let width = old.unicodeScalars.count
    var places = PythonValue.occurrences(of: old, in: text, atMost: limit)
    if width == 0 { places = Array((0...scalars.count).prefix(limit)) }
    try TemplateLimits.check(text, and: new, times: places.count)
    var result: [Unicode.Scalar] = []
    var position = 0
    for place in places {
      result.append(contentsOf: scalars[position..<place])
      result.append(contentsOf: new.unicodeScalars)
      position = place + width
    }
    result.append(contentsOf: scalars[position...])
    return String(String.UnicodeScalarView(result))
  }

  static func padded(
    _ text: String, _ width: Int, _ fill: Character, isLeft: Bool
  ) throws -> String {
    try TemplateLimits.check(width: width)
    let missing = width - text.unicodeScalars.count
    guard missing > 0 else { return text }
    let padding = String(repeating: fill, count: missing)
    return isLeft ? padding + text : text + padding
  }

  static func centered(
    _ text: String, _ width: Int, _ fill: Character = " "
  ) throws -> String {
    try TemplateLimits.check(width: width)
    let missing = width - text.unicodeScalars.count
    guard missing > 0 else { return text }
    // CPython's rule for an odd rest (`Objects/unicodeobject.c`, unicode_center).
    let left = missing / 2 + (missing & width & 1)
    return String(repeating: fill, count: left) + text
      + String(repeating: fill, count: missing - left)
  }

  /// The lines of `text` without their ends; none after the last end.
  static func lines(_ text: String, keepsEnds: Bool = false) -> [String] {
    var lines: [String] = []
    var line = String.UnicodeScalarView()
    var wasReturn = false
    for scalar in text.unicodeScalars {
      if scalar == "\n", wasReturn {
        if keepsEnds, let last = lines.popLast() { lines.append(last + "\n") }
        wasReturn = false
        continue
      }
      wasReturn = scalar == "\r"
      switch scalar {
      case "\n", "\r", "\u{B}", "\u{C}", "\u{1C}", "\u{1D}", "\u{1E}", "\u{85}", "\u{2028}",
        "\u{2029}":
        if keepsEnds { line.append(scalar) }
        lines.append(String(line))
        line = String.UnicodeScalarView()
      default: line.append(scalar)
      }
    }
    return line.isEmpty ? lines : lines + [String(line)]
  }

  /// The words of `text`, divided at white space or at `separator`; at most `limit` times if that is not negative.
  static func split(_ text: String, _ separator: String?, limit: Int, fromEnd: Bool) throws
    -> [String]
  {
    let limit = limit < 0 ? Int.max : limit
    guard let separator else { return splitAtSpace(text, limit, fromEnd: fromEnd) }
    guard !separator.isEmpty else {
      throw TemplateError.value(
        operation: "split", found: "an empty separator", expected: "at least one character")
    }
    let scalars = Array(text.unicodeScalars)
    let width = separator.unicodeScalars.count
    var places = PythonValue.occurrences(of: separator, in: text)
    places = fromEnd ? places.suffix(limit) : Array(places.prefix(limit))
    var parts: [String] = []
    var position = 0
    for place in places {
      parts.append(String(String.UnicodeScalarView(scalars[position..<place])))
      position = place + width
    }
    return parts + [String(String.UnicodeScalarView(scalars[position...]))]
  }

  private static func splitAtSpace(_ text: String, _ limit: Int, fromEnd: Bool) -> [String] {
    let scalars = Array(text.unicodeScalars)
    let words = scalars.split(whereSeparator: \.properties.isWhitespace)
    guard words.count > limit else {
      return words.map { String(String.UnicodeScalarView($0)) }
    }
    func whole(_ range: Range<Int>) -> String {
      stripped(String(String.UnicodeScalarView(scalars[range])), atStart: !fromEnd, atEnd: fromEnd)
    }
    let kept = fromEnd ? words.suffix(limit) : words.prefix(limit)
    let texts = kept.map { String(String.UnicodeScalarView($0)) }
    if fromEnd {
      let end = kept.first?.startIndex ?? scalars.endIndex
      return [whole(0..<end)] + texts
    }
    return texts + [whole((kept.last?.endIndex ?? 0)..<scalars.endIndex)]
  }
}
