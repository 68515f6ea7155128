/// Text for a message: in quotes with its code points, or only these if it is invisible.
package func named(_ text: String) -> String {
  let codePoints = text.unicodeScalars.map { scalar in
    let digits = String(scalar.value, radix: 16, uppercase: true)
    return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }.joined(separator: " ")
  guard let scalar = text.unicodeScalars.first, text.unicodeScalars.count == 1,
    scalar.properties.isWhitespace && scalar != " " || scalar.isInvisible
  else { return "'\(text)' (\(codePoints))" }
  let name = scalar.properties.name ?? scalar.properties.nameAlias
  return codePoints + (name.map { " (\($0.lowercased()))" } ?? "")
}

extension Unicode.Scalar {
  /// Whether it is invisible, without even a gap.
  package var isInvisible: Bool {
    switch properties.generalCategory {
    case .format, .control: !properties.isWhitespace
    // Variation selectors, fillers and the like.
    default: properties.isDefaultIgnorableCodePoint
    }
  }
}

/// `text` with the code points in place of characters of which nothing is seen, and of spaces that are none.
package func visible(_ text: String) -> String {
  text.unicodeScalars.map { scalar in
    scalar.isInvisible || scalar.properties.isWhitespace && scalar != " "
      ? "{U+\(String(scalar.value, radix: 16, uppercase: true))}" : String(scalar)
  }.joined()
}
