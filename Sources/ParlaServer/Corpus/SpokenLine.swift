/// Texts that people give, as they are kept: in one line, and printable.
enum SpokenLine {
  /// So many characters (Unicode's scalar values) a sentence may have: more than a minute of speech.
  static let mostCharacters = 1000

  /// `text` with a single space between words.
  static func words(of text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// `text` in one line.
  ///
  /// - Throws: `RequestFailure` with the `field` for one that is too long, and for characters that nobody says.
  static func checked(
    _ text: String, field: String, most: Int = mostCharacters
  ) throws(RequestFailure) -> String {
    let line = words(of: text)
    for (index, scalar) in line.unicodeScalars.enumerated() where !isText(scalar) {
      let code = String(scalar.value, radix: 16, uppercase: true)
      let name = "U+" + String(repeating: "0", count: max(0, 4 - code.count)) + code
      throw .bad(
        "\(field): found the control character \(name) in place \(index + 1), expected text. Remove it.",
        param: field)
    }
    let count = line.unicodeScalars.count
    guard count <= most else {
      throw .bad(
        "\(field): found \(count) characters, expected at most \(most). Shorten it.", param: field)
    }
    return line
  }

  private static func isText(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory != .control
      && !scalar.properties.isNoncharacterCodePoint
  }
}
