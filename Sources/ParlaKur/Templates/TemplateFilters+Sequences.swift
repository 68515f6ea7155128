extension TemplateFilters {
  static let sequences: [String: Filter] = [
    "length": { value, _, _ in .int(try value.length()) },
    "count": { value, _, _ in .int(try value.length()) },
    "list": { value, _, _ in .list(try value.items(of: "list")) },
    "first": { value, _, _ in
      try value.items(of: "first").first
        ?? .undefined(problem: "No first item, sequence was empty.")
    },
    "last": { value, _, _ in
      if case .dictionary = value { throw typeError("last", value, "a sequence with an order") }
      return try value.items(of: "last").last
        ?? .undefined(problem: "No last item, sequence was empty.")
    },
    "reverse": { value, _, _ in
      if case .string(let text) = value {
        return .string(String(String.UnicodeScalarView(text.unicodeScalars.reversed())))
      }
      let reversed = Array(try value.items(of: "reverse").reversed())
      switch value {
      case .dictionary, .set, .iterator: return .list(reversed)
      default: return .iterator(kind: "\(value.typeName)_reverseiterator", reversed)
      }
    },
    "join": { value, arguments, renderer in
      let separator = arguments.optional("d")?.text ?? ""
      let attribute = arguments.optional("attribute")
      let items = try value.items(of: "join")
      let texts = try items.map { item in
        try attribute.map { try renderer.path($0, of: item) }?.text ?? item.text
      }
      return .string(try TemplateLimits.joined(texts, separator: separator))
    },
    "sort": { value, arguments, renderer in
      let isDescending = arguments.truth("reverse", default: false)
      let isCaseSensitive = arguments.truth("case_sensitive", default: false)
      let attribute = arguments.optional("attribute")
      let items = try value.items(of: "sort")
      return .list(
        try PythonValue.sorted(items, isDescending: isDescending) { item in
          let key = try attribute.map { try renderer.path($0, of: item) } ?? item
          return isCaseSensitive ? key : folded(key)
        })
    },
    "dictsort": { value, arguments, _ in
      let isCaseSensitive = arguments.truth("case_sensitive", default: false)
      let by = arguments.optional("by")?.text ?? "key"
      guard let dictionary = value.dictionary else {
        throw typeError("dictsort", value, "a mapping")
      }
      guard by == "key" || by == "value" else {
        throw TemplateError.value(operation: "dictsort", found: by, expected: "key or value")
      }
      let pairs = dictionary.pairs.map { PythonValue.tuple([$0.key, $0.value]) }
      return .list(
        try PythonValue.sorted(pairs) { pair in
          let key = pair.sequence?[by == "key" ? 0 : 1] ?? .none
          return isCaseSensitive ? key : folded(key)
        })
    },
    "sum": { value, arguments, renderer in
      let attribute = arguments.optional("attribute")
      var sum = arguments.optional("start") ?? .int(0)
      for item in try value.items(of: "sum") {
        let added = try attribute.map { try renderer.path($0, of: item) } ?? item
        sum = try renderer.arithmetic.apply(.add, sum, added)
      }
      return sum
    },
    "batch": { value, arguments, _ in
      let count = try arguments.integer("linecount")
      let filling = arguments.optional("fill_with")
      guard count > 0 else {
        throw TemplateError.value(operation: "batch", found: "\(count)", expected: "at least 1")
      }
      try limit("batch", filling == nil ? 1 : count)
      let items = try value.items(of: "batch")
      return .iterator(
        kind: "generator",
        stride(from: 0, to: items.count, by: min(count, max(1, items.count))).map { start in
          let row = Array(
            items[start..<(items.count - start > count ? start + count : items.count)])
          return .list(row + (filling.map { Array(repeating: $0, count: count - row.count) } ?? []))
        })
    },
    "slice": { value, arguments, _ in
      let count = try arguments.integer("slices")
      let filling = arguments.optional("fill_with")
      guard count > 0 else {
        throw TemplateError.value(operation: "slice", found: "\(count)", expected: "at least 1")
      }
      try limit("slice", count)
      return .iterator(
        kind: "generator", columns(try value.items(of: "slice"), count, filling: filling))
    },
    "groupby": { value, arguments, renderer in
      let attribute = try arguments.required("attribute")
      let items = try PythonValue.sorted(value.items(of: "groupby")) {
        try renderer.path(attribute, of: $0)
      }
      var groups: [(key: PythonValue, items: [PythonValue])] = []
      for item in items {
        let key = try renderer.path(attribute, of: item)
        if groups.last?.key == key {
          groups[groups.count - 1].items.append(item)
        } else {
          groups.append((key, [item]))
        }
      }
      return .list(groups.map { .tuple([$0.key, .list($0.items)]) })
    },
    "map": { value, arguments, renderer in
      if let attribute = arguments.takeNamed("attribute") {
        return .iterator(
          kind: "generator",
          try present(value, "map").map { try renderer.path(attribute, of: $0) })
      }
      let name = try arguments.text("filter")
      let (positional, named) = arguments.rest()
      return .iterator(
        kind: "generator",
        try present(value, "map").map {
          try renderer.filter($0, name, Arguments(name, positional, named: named))
        })
    },
    "select": { try selected($0, &$1, $2, keeps: true, byAttribute: false) },
    "reject": { try selected($0, &$1, $2, keeps: false, byAttribute: false) },
    "selectattr": { try selected($0, &$1, $2, keeps: true, byAttribute: true) },
    "rejectattr": { try selected($0, &$1, $2, keeps: false, byAttribute: true) },
    "attr": { value, arguments, _ in
      let name = try arguments.required("name").text
      if let problem = value.problem { throw TemplateError.undefined(problem) }
      return value.attribute(name) ?? .undefined(problem: "a \(value.typeName) has no '\(name)'")
    },
  ]

  /// The items of `value`; none of what is false, whatever it is.
  private static func present(_ value: PythonValue, _ filter: String) throws -> [PythonValue] {
    value.isTrue ? try value.items(of: filter) : []
  }

  private static func folded(_ key: PythonValue) -> PythonValue {
    key.string.map { .string($0.lowercased()) } ?? key
  }

  private static func limit(_ filter: String, _ count: Int) throws {
    guard count <= TemplateLimits.largestCount else {
      throw TemplateError.growth(
        found: "\(count) parts of \(filter)", expected: "at most \(TemplateLimits.largestCount)")
    }
  }

  private static func columns(
    _ items: [PythonValue], _ count: Int, filling: PythonValue?
  ) -> [PythonValue] {
    let (length, longer) = (items.count / count, items.count % count)
    return (0..<count).map { column in
      let start = column * length + min(column, longer)
      let end = start + length + (column < longer ? 1 : 0)
      var kept = Array(items[start..<end])
      if let filling, column >= longer { kept.append(filling) }
      return .list(kept)
    }
  }

  private static func selected(
    _ value: PythonValue, _ arguments: inout Arguments, _ renderer: TemplateRenderer, keeps: Bool,
    byAttribute: Bool
  ) throws -> PythonValue {
    let attribute = byAttribute ? try arguments.required("attribute") : nil
    let test = try arguments.optional("test").map { test in
      guard let name = test.string else { throw typeError("select", test, "the name of a test") }
      return name
    }
    let (positional, named) = arguments.rest()
    let kept = try present(value, "select").filter { item in
      let tested = try attribute.map { try renderer.path($0, of: item) } ?? item
      let holds =
        try test.map {
          try renderer.test(tested, $0, Arguments($0, positional, named: named))
        } ?? tested.isTrue
      return holds == keeps
    }
    return .iterator(kind: "generator", kept)
  }
}

extension TemplateRenderer {
  /// What `path`, names or numbers with points between, leads to from `item`.
  func path(_ path: PythonValue, of item: PythonValue) throws -> PythonValue {
    guard let text = path.string else { return try self.item(path, of: item) }
    return try text.split(separator: ".", omittingEmptySubsequences: false).reduce(item) {
      try self.item(Int($1).map(PythonValue.int) ?? .string(String($1)), of: $0)
    }
  }
}

extension Arguments {
  /// The argument that was passed with `name`.
  mutating func takeNamed(_ name: String) -> PythonValue? {
    let (positional, named) = rest()
    self = Arguments(operation, positional, named: named.filter { $0.name != name })
    return named.first { $0.name == name }?.value
  }
}
