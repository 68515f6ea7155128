import Foundation

/// Python 3.6's `ast.literal_eval`: a text that spells a value becomes that value.
///
/// Numbers, texts, `None`, `True`, `False`, tuples, lists, sets and mappings of these, with signs, and sums and
/// differences of numbers, which that version still reckons: "10-20" is -10.
struct PythonLiteral {
  private indirect enum Node {
    case value(PythonValue)
    case tuple([Node])
    case list([Node])
    case set([Node])
    case dictionary([(Node, Node)])
    case signed(isNegative: Bool, Node)
    case sum(Node, isDifference: Bool, Node)
  }

  /// What `text` is no literal for; it stays a text.
  private struct NoLiteral: Error {}

  private var scanner: LiteralScanner
  private var depth = 0

  private init(_ text: String) { scanner = LiteralScanner(text) }

  /// The value that `text` spells; nil if it spells none.
  ///
  /// - Throws: `TemplateError.type` where Python fails too: for lists and mappings as keys or in sets.
  static func value(of text: String) throws -> PythonValue? {
    // Most texts are words, and a space in front is an error of indentation.
    guard let first = text.unicodeScalars.first, first != " ", first != "\t", first != "\n" else {
      return nil
    }
    var literal = PythonLiteral(text)
    do {
      let node = try literal.wholeText()
      return try literal.convert(node)
    } catch is NoLiteral {
      return nil
    } catch is LiteralScanner.NoToken {
      return nil
    }
  }

  private mutating func wholeText() throws -> Node {
    let node = try expressions(until: .end)
    guard try scanner.next(isInBrackets: false) == .end else { throw NoLiteral() }
    return node
  }

  /// One expression, or a tuple of several with commas between.
  private mutating func expressions(until end: LiteralScanner.Token) throws -> Node {
    let isInBrackets = end != .end
    var items = [try expression(isInBrackets)]
    var isTuple = false
    while try scanner.peek(isInBrackets) == .mark(",") {
      _ = try scanner.next(isInBrackets: isInBrackets)
      isTuple = true
      if try scanner.peek(isInBrackets) == end { break }
      items.append(try expression(isInBrackets))
    }
    return isTuple ? .tuple(items) : items[0]
  }

  /// Sums and differences.
  private mutating func expression(_ isInBrackets: Bool) throws -> Node {
    depth += 1
    defer { depth -= 1 }
    guard depth <= TemplateLimits.largestDepth else { throw NoLiteral() }
    var left = try factor(isInBrackets)
    while case .mark(let mark) = try scanner.peek(isInBrackets), mark == "+" || mark == "-" {
      _ = try scanner.next(isInBrackets: isInBrackets)
      left = .sum(left, isDifference: mark == "-", try factor(isInBrackets))
    }
    return left
  }

  private mutating func factor(_ isInBrackets: Bool) throws -> Node {
    depth += 1
    defer { depth -= 1 }
    guard depth <= TemplateLimits.largestDepth else { throw NoLiteral() }
    if case .mark(let mark) = try scanner.peek(isInBrackets), mark == "+" || mark == "-" {
      _ = try scanner.next(isInBrackets: isInBrackets)
      return .signed(isNegative: mark == "-", try factor(isInBrackets))
    }
    return try atom(isInBrackets)
  }

  private mutating func atom(_ isInBrackets: Bool) throws -> Node {
    switch try scanner.next(isInBrackets: isInBrackets) {
    case .number(let value): return .value(value)
    case .name("None"): return .value(.none)
    case .name("True"): return .value(.bool(true))
    case .name("False"): return .value(.bool(false))
    case .string(var text, let isBytes):
      while case .string(let more, let areBytes) = try scanner.peek(isInBrackets) {
        guard areBytes == isBytes else { throw NoLiteral() }
        _ = try scanner.next(isInBrackets: isInBrackets)
        text += more
      }
      return .value(
        isBytes ? .other(type: "bytes", text: "b" + PythonValue.quoted(text)) : .string(text))
    case .mark("("): return try parenthesized()
    case .mark("["): return .list(try items(until: "]"))
    case .mark("{"): return try braced()
    default: throw NoLiteral()
    }
  }

  private mutating func parenthesized() throws -> Node {
    if try skip(")") { return .tuple([]) }
    let node = try expressions(until: .mark(")"))
    try expect(")")
    return node
  }

  private mutating func items(until end: String) throws -> [Node] {
    var items: [Node] = []
    while try !skip(end) {
      items.append(try expression(true))
      if try skip(end) { break }
      try expect(",")
    }
    return items
  }

  private mutating func braced() throws -> Node {
    if try skip("}") { return .dictionary([]) }
    let first = try expression(true)
    guard try skip(":") else {
      if try skip("}") { return .set([first]) }
      try expect(",")
      return .set([first] + (try items(until: "}")))
    }
    var pairs = [(first, try expression(true))]
    while try !skip("}") {
      try expect(",")
      if try skip("}") { break }
      let key = try expression(true)
      try expect(":")
      pairs.append((key, try expression(true)))
    }
    return .dictionary(pairs)
  }

  private mutating func skip(_ mark: String) throws -> Bool {
    guard try scanner.peek(true) == .mark(mark) else { return false }
    _ = try scanner.next(isInBrackets: true)
    return true
  }

  private mutating func expect(_ mark: String) throws {
    guard try skip(mark) else { throw NoLiteral() }
  }

  // MARK: - From syntax to values

  private func convert(_ node: Node) throws -> PythonValue {
    switch node {
    case .value(let value): return value
    case .tuple(let items): return .tuple(try items.map(convert))
    case .list(let items): return .list(try items.map(convert))
    case .set(let nodes):
      var items: [PythonValue] = []
      for node in nodes {
        let item = try convert(node)
        try item.checkHashable()
        if !items.contains(item) { items.append(item) }
      }
      return .set(items)
    case .dictionary(let pairs):
      var dictionary = PythonDictionary()
      for (key, value) in pairs {
        let key = try convert(key)
        try key.checkHashable()
        dictionary[key] = try convert(value)
      }
      return .dictionary(dictionary)
    case .signed(let isNegative, let node):
      let value = try convert(node)
      guard value.number != nil else { throw NoLiteral() }
      return try value.signed(isNegative: isNegative)
    case .sum(let left, let isDifference, let right):
      let (left, right) = (try convert(left), try convert(right))
      guard left.number != nil, right.number != nil else { throw NoLiteral() }
      let arithmetic = PythonArithmetic(largestCount: TemplateLimits.largestCount)
      return try arithmetic.apply(isDifference ? .subtract : .add, left, right)
    }
  }
}
