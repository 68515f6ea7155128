extension PythonValue {
  /// The attribute `name`: of an object, or a method of a text, list or mapping; nil if there is none.
  func attribute(_ name: String) -> PythonValue? {
    switch self {
    case .object(let object): return object.attribute(name)
    case .string(let text):
      guard let method = PythonMethods.texts[name] else { return nil }
      return .object(TemplateFunction(name) { arguments, _ in try method(text, &arguments) })
    case .dictionary(let dictionary):
      guard let method = PythonMethods.dictionaries[name] else {
        return changing(["clear", "pop", "popitem", "setdefault", "update"], name)
      }
      return .object(TemplateFunction(name) { arguments, _ in try method(dictionary, &arguments) })
    case .list(let items), .tuple(let items):
      guard let method = PythonMethods.sequences[name] else {
        return changing(
          ["append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"], name)
      }
      return .object(TemplateFunction(name) { arguments, _ in try method(items, &arguments) })
    default: return nil
    }
  }

  /// A method that changes its value, which values here never do.
  private func changing(_ methods: Set<String>, _ name: String) -> PythonValue? {
    if case .tuple = self { return nil }
    guard methods.contains(name) else { return nil }
    let type = typeName
    return .object(
      TemplateFunction(name) { _, _ in
        throw TemplateError.value(
          operation: "\(type).\(name)", found: "a value that is to change",
          expected: "a new one: + joins lists, combine joins mappings")
      })
  }
}

/// The methods of Python's texts, lists and mappings that change nothing.
enum PythonMethods {
  typealias Text = @Sendable (String, inout Arguments) throws -> PythonValue
  typealias Sequence = @Sendable ([PythonValue], inout Arguments) throws -> PythonValue
  typealias Dictionary = @Sendable (PythonDictionary, inout Arguments) throws -> PythonValue

  static let dictionaries: [String: Dictionary] = [
    "items": { dictionary, _ in
      .iterator(kind: "dict_items", dictionary.pairs.map { .tuple([$0.key, $0.value]) })
    },
    "keys": { dictionary, _ in .iterator(kind: "dict_keys", dictionary.keys) },
    "values": { dictionary, _ in .iterator(kind: "dict_values", dictionary.pairs.map(\.value)) },
    "get": { dictionary, arguments in
      let key = try arguments.required("key")
      let fallback = arguments.optional("default") ?? .none
      try key.checkHashable()
      return dictionary[key] ?? fallback
    },
    "copy": { dictionary, _ in .dictionary(dictionary) },
  ]

  static let sequences: [String: Sequence] = [
    "index": { items, arguments in
      let item = try arguments.required("value")
      guard let index = items.firstIndex(of: item) else {
        throw TemplateError.value(
          operation: "index", found: "no \(item.representation)", expected: "one of the items")
      }
      return .int(index)
    },
    "count": { items, arguments in
      let item = try arguments.required("value")
      return .int(items.count { $0 == item })
    },
    "copy": { items, _ in .list(items) },
  ]

  static let texts: [String: Text] = [
    "upper": { text, _ in .string(text.uppercased()) },
    "lower": { text, _ in .string(text.lowercased()) },
    "capitalize": { text, _ in .string(PythonText.capitalized(text)) },
    "title": { text, _ in .string(titled(text)) },
    "strip": { text, arguments in .string(stripped(text, &arguments)) },
    "lstrip": { text, arguments in .string(stripped(text, &arguments, atEnd: false)) },
    "rstrip": { text, arguments in .string(stripped(text, &arguments, atStart: false)) },
    "split": { text, arguments in try split(text, &arguments, fromEnd: false) },
    "rsplit": { text, arguments in try split(text, &arguments, fromEnd: true) },
    "splitlines": { text, arguments in
      let keepsEnds = arguments.truth("keepends", default: false)
      return .list(PythonText.lines(text, keepsEnds: keepsEnds).map(PythonValue.string))
    },
    "join": { text, arguments in
      let items = try arguments.required("iterable").items(of: "join")
      let texts = try items.map { item in
        guard let part = item.string else {
          throw TemplateError.type(
            operation: "join", found: "a \(item.typeName)", expected: "texts")
        }
        return part
      }
      return .string(try TemplateLimits.joined(texts, separator: text))
    },
    "replace": { text, arguments in
      let (old, new) = (try arguments.text("old"), try arguments.text("new"))
      return .string(
        try PythonText.replaced(text, old, new, count: arguments.integer("count", default: -1)))
    },
    "startswith": { text, arguments in
      try hasEdge(arguments.required("prefix")) {
        text.unicodeScalars.starts(with: $0.unicodeScalars)
      }
    },
    "endswith": { text, arguments in
      try hasEdge(arguments.required("suffix")) {
        text.unicodeScalars.reversed().starts(with: $0.unicodeScalars.reversed())
      }
    },
    "find": { text, arguments in
      .int(PythonValue.occurrences(of: try arguments.text("sub"), in: text).first ?? -1)
    },
    "rfind": { text, arguments in
      .int(PythonValue.occurrences(of: try arguments.text("sub"), in: text).last ?? -1)
    },
    "count": { text, arguments in
      .int(PythonValue.occurrences(of: try arguments.text("sub"), in: text).count)
    },
    "format": { text, arguments in .string(try PythonTextFormat(text).formatted(&arguments)) },
    "zfill": { text, arguments in
      var format = PythonFormat()
      (format.fill, format.alignment) = ("0", "=")
      format.width = try arguments.integer("width")
      try TemplateLimits.check(width: format.width)
      return .string(try format.formatted(.string(text)))
    },
    "center": { text, arguments in
      let width = try arguments.integer("width")
      return .string(try PythonText.centered(text, width, fill(&arguments)))
    },
    "ljust": { text, arguments in
      let width = try arguments.integer("width")
      return .string(try PythonText.padded(text, width, fill(&arguments), isLeft: false))
    },
    "rjust": { text, arguments in
      let width = try arguments.integer("width")
      return .string(try PythonText.padded(text, width, fill(&arguments), isLeft: true))
    },
    "isdigit": { text, _ in
      .bool(
        isAll(text) { $0.properties.numericType == .decimal || $0.properties.numericType == .digit }
      )
    },
    "isalpha": { text, _ in .bool(isAll(text, isLetter)) },
    "isalnum": { text, _ in .bool(isAll(text) { isLetter($0) || $0.properties.numericType != nil })
    },
    "isspace": { text, _ in .bool(isAll(text) { $0.properties.isWhitespace }) },
  ]

  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
    default: false
    }
  }

  private static func isAll(_ text: String, _ holds: (Unicode.Scalar) -> Bool) -> Bool {
    !text.isEmpty && text.unicodeScalars.allSatisfy(holds)
  }

  private static func titled(_ text: String) -> String {
    var result = ""
    var isInside = false
    for scalar in text.unicodeScalars {
      let piece = String(scalar)
      result += isInside ? piece.lowercased() : piece.uppercased()
      isInside = scalar.properties.isCased
    }
    return result
  }

  private static func stripped(
    _ text: String, _ arguments: inout Arguments, atStart: Bool = true, atEnd: Bool = true
  ) -> String {
    PythonText.stripped(
      text, arguments.optional("chars")?.string, atStart: atStart, atEnd: atEnd)
  }

  private static func split(
    _ text: String, _ arguments: inout Arguments, fromEnd: Bool
  ) throws -> PythonValue {
    let separator = arguments.optional("sep")?.string
    let limit = try arguments.integer("maxsplit", default: -1)
    return .list(
      try PythonText.split(text, separator, limit: limit, fromEnd: fromEnd).map(PythonValue.string))
  }

  private static func hasEdge(
    _ edges: PythonValue, _ holds: (String) -> Bool
  ) throws -> PythonValue {
    let texts = edges.string.map { [$0] } ?? edges.sequence?.compactMap(\.string)
    guard let texts else {
      throw TemplateError.type(
        operation: "startswith", found: "a \(edges.typeName)", expected: "a text")
    }
    return .bool(texts.contains(where: holds))
  }

  private static func fill(_ arguments: inout Arguments) -> Character {
    arguments.optional("fillchar")?.string?.first ?? " "
  }
}

/// Python's `str.format`: `{}`, `{0}`, `{name}`, each with a format after a colon.
struct PythonTextFormat {
  private let format: String

  init(_ format: String) { self.format = format }

  func formatted(_ arguments: inout Arguments) throws -> String {
    let (positional, named) = arguments.rest()
    var next = 0
    var result = ""
    var rest = format[...]
    while let character = rest.popFirst() {
      guard character == "{" || character == "}" else {
        result.append(character)
        continue
      }
      if rest.first == character {
        result.append(rest.removeFirst())
        continue
      }
      guard character == "{", let end = rest.firstIndex(of: "}") else {
        throw TemplateError.value(
          operation: "format", found: "a single \(character)", expected: "{…}, {{ or }}")
      }
      let field = rest[..<end]
      rest = rest[rest.index(after: end)...]
      let parts = field.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      let index = name.isEmpty ? next : Int(name)
      if name.isEmpty { next += 1 }
      let value =
        index.flatMap { positional.indices.contains($0) ? positional[$0] : nil }
        ?? named.first { $0.name == name }?.value
      guard let value else {
        throw TemplateError.value(
          operation: "format", found: "the field {\(name)}", expected: "one of the arguments")
      }
      result += try PythonFormat(parts.count > 1 ? String(parts[1]) : "").formatted(value)
    }
    return result
  }
}
