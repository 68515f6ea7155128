import Foundation

extension TemplateFilters {
  static let texts: [String: Filter] = [
    "string": { value, _, _ in .string(value.text) },
    "safe": { value, _, _ in .string(value.text) },
    "upper": { value, _, _ in .string(value.text.uppercased()) },
    "lower": { value, _, _ in .string(value.text.lowercased()) },
    "capitalize": { value, _, _ in .string(PythonText.capitalized(value.text)) },
    "title": { value, _, _ in .string(titled(value.text)) },
    "trim": { value, _, _ in .string(PythonText.stripped(value.text)) },
    "escape": escape, "e": escape, "forceescape": escape,
    "replace": { value, arguments, _ in
      let old = try arguments.required("old").text
      let new = try arguments.required("new").text
      let count = arguments.optional("count")
      if case .none? = count {
        return .string(try PythonText.replaced(value.text, old, new, count: -1))
      }
      return .string(
        try PythonText.replaced(value.text, old, new, count: count?.integer ?? -1))
    },
    "center": { value, arguments, _ in
      .string(try PythonText.centered(value.text, arguments.integer("width", default: 80)))
    },
    "indent": { value, arguments, _ in
      let width = try arguments.integer("width", default: 4)
      let isFirstToo = arguments.truth("indentfirst", default: false)
      guard let text = value.string else { throw typeError("indent", value, "a text") }
      try TemplateLimits.check(width: width)
      let space = String(repeating: " ", count: max(0, width))
      let lines = PythonText.lines(text)
      try TemplateLimits.check(text, and: space, times: lines.count)
      return .string((isFirstToo ? space : "") + lines.joined(separator: "\n" + space))
    },
    "truncate": { value, arguments, _ in try truncated(value, &arguments) },
    "wordcount": { value, _, _ in
      guard let text = value.string else { throw typeError("wordcount", value, "a text") }
      let isWord = text.unicodeScalars.map {
        $0 == "_" || $0.properties.isAlphabetic || $0.properties.numericType != nil
      }
      return .int(zip(isWord, [false] + isWord).count { $0 && !$1 })
    },
    "format": { value, arguments, _ in
      let (positional, named) = arguments.rest()
      guard positional.isEmpty || named.isEmpty else {
        throw TemplateError.type(
          operation: "format", found: "arguments with and without names", expected: "either")
      }
      let values: PythonValue =
        named.isEmpty
        ? .tuple(positional)
        : .dictionary(PythonDictionary(named.map { (.string($0.name), $0.value) }))
      return .string(try PercentFormat(value.text).formatted(values))
    },
    "urlencode": { value, _, _ in
      let pairs: [PythonValue]
      switch value {
      case .dictionary(let dictionary): pairs = dictionary.pairs.map { .tuple([$0.key, $0.value]) }
      case .list(let items), .tuple(let items): pairs = items
      default: return .string(urlEncoded(value.text, keepsSlash: true))
      }
      return .string(
        try pairs.map { pair in
          let parts = try pair.items(of: "urlencode")
          guard parts.count == 2 else { throw typeError("urlencode", pair, "pairs") }
          return urlEncoded(parts[0].text, keepsSlash: true) + "="
            + urlEncoded(parts[1].text, keepsSlash: false)
        }.joined(separator: "&"))
    },
    "tojson": { value, arguments, _ in
      let indent = arguments.optional("indent")?.integer
      let json = try PythonJSON(indentation: indent).text(of: value)
      return .string(
        [("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("'", "\\u0027")].reduce(json) {
          $0.replacing($1.0, with: $1.1)
        })
    },
  ]

  private static let escape: Filter = { value, _, _ in .string(escaped(value.text)) }

  private static func escaped(_ text: String) -> String {
    [("&", "&amp;"), (">", "&gt;"), ("<", "&lt;"), ("'", "&#39;"), ("\"", "&#34;")].reduce(text) {
      $0.replacing($1.0, with: $1.1)
    }
  }

  private static func urlEncoded(_ text: String, keepsSlash: Bool) -> String {
    var encoded = ""
    for scalar in text.unicodeScalars {
      let isPlain =
        scalar.isASCII && scalar.properties.isAlphabetic || "0"..."9" ~= scalar
        || "_.-".unicodeScalars.contains(scalar) || scalar == "/" && keepsSlash
      encoded +=
        isPlain
        ? String(scalar) : String(scalar).utf8.map { String(format: "%%%02X", Int($0)) }.joined()
    }
    return encoded
  }

  /// Each word with a capital; words are divided by white space, hyphens and opening brackets.
  private static func titled(_ text: String) -> String {
    var result = ""
    var isFirst = true
    for character in text {
      let divides = character.isWhitespace || "-({[<".contains(character)
      result += isFirst && !divides ? character.uppercased() : character.lowercased()
      isFirst = divides
    }
    return result
  }

  private static func truncated(
    _ value: PythonValue, _ arguments: inout Arguments
  ) throws -> PythonValue {
    let length = try arguments.integer("length", default: 255)
    let cutsWords = arguments.truth("killwords", default: false)
    let end = arguments.optional("end")?.text ?? "..."
    let leeway = try arguments.integer("leeway", default: 5)
    let limits = -TemplateLimits.largestCount...TemplateLimits.largestCount
    guard limits.contains(length), limits.contains(leeway) else {
      throw TemplateError.growth(
        found: "truncate to \(length) with a leeway of \(leeway)",
        expected: "at most \(TemplateLimits.largestCount)")
    }
    if value.string == nil, try value.length() <= length + leeway { return value }
    guard let text = value.string else { throw typeError("truncate", value, "a text") }
    let room = length - end.unicodeScalars.count
    guard room >= 0, leeway >= 0 else {
      throw TemplateError.value(
        operation: "truncate", found: "length \(length)", expected: "at least the length of the end"
      )
    }
    let scalars = Array(text.unicodeScalars)
    guard scalars.count > length + leeway else { return value }
    let kept = scalars[..<room]
    let cut = cutsWords ? nil : kept.lastIndex(of: " ")
    return .string(String(String.UnicodeScalarView(kept[..<(cut ?? kept.endIndex)])) + end)
  }
}
