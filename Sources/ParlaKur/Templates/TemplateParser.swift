/// Reads the expressions of a template, as Jinja2 2.9 does (`jinja2/parser.py`); `TemplateParser+Statements.swift` has
/// the statements.
struct TemplateParser {
  private let tokens: [TemplateToken]
  private var position = 0
  private var depth = 0
  /// All names that were read, for the macros around them.
  var usedNames: Set<String> = []

  init(_ template: String) throws(TemplateError) {
    tokens = try TemplateLexer.tokens(of: template)
  }

  // MARK: - Tokens

  var current: TemplateToken { tokens[position] }

  var next: TemplateToken { tokens[min(position + 1, tokens.count - 1)] }

  @discardableResult
  mutating func advance() -> TemplateToken {
    defer { position = min(position + 1, tokens.count - 1) }
    return tokens[position]
  }

  mutating func skip(_ kind: TemplateToken.Kind) -> Bool {
    guard current.kind == kind else { return false }
    advance()
    return true
  }

  mutating func expect(_ kind: TemplateToken.Kind) throws(TemplateError) {
    guard skip(kind) else {
      throw unexpected(TemplateToken(kind: kind, line: 0).description)
    }
  }

  mutating func name() throws(TemplateError) -> String {
    guard case .name(let name) = current.kind else { throw unexpected("a name") }
    advance()
    return name
  }

  func unexpected(_ expected: String) -> TemplateError {
    .syntax(line: current.line, found: current.description, expected: expected)
  }

  /// Goes a level deeper, which is not done without end.
  private mutating func deeper<Result>(
    _ body: (inout TemplateParser) throws(TemplateError) -> Result
  ) throws(TemplateError) -> Result {
    depth += 1
    defer { depth -= 1 }
    guard depth <= TemplateLimits.largestDepth else {
      throw .growth(
        found: "brackets in brackets", expected: "at most \(TemplateLimits.largestDepth)")
    }
    return try body(&self)
  }

  // MARK: - Expressions, from the loosest operator to the tightest

  /// An expression, or a tuple of several with commas between.
  mutating func tuple(
    hasChoice: Bool = true, isInParentheses: Bool = false, endsBefore end: String? = nil
  ) throws(TemplateError) -> TemplateExpression {
    var items: [TemplateExpression] = []
    var isTuple = false
    while !isAtEndOfTuple(end) {
      items.append(hasChoice ? try expression() : try disjunction())
      guard skip(.mark(",")) else { break }
      isTuple = true
    }
    if !isTuple, let only = items.first { return only }
    guard isTuple || isInParentheses else { throw unexpected("an expression") }
    return .tuple(items)
  }

  private func isAtEndOfTuple(_ end: String?) -> Bool {
    switch current.kind {
    case .variableEnd, .blockEnd, .mark(")"): true
    case .name(let name): name == end
    default: false
    }
  }

  mutating func expression() throws(TemplateError) -> TemplateExpression {
    try deeper { parser throws(TemplateError) in
      var result = try parser.disjunction()
      while parser.skip(.name("if")) {
        let test = try parser.disjunction()
        let otherwise = parser.skip(.name("else")) ? try parser.expression() : nil
        result = .choice(test: test, then: result, otherwise: otherwise)
      }
      return result
    }
  }

  mutating func disjunction() throws(TemplateError) -> TemplateExpression {
    var left = try conjunction()
    while skip(.name("or")) { left = .or(left, try conjunction()) }
    return left
  }

  private mutating func conjunction() throws(TemplateError) -> TemplateExpression {
    var left = try negation()
    while skip(.name("and")) { left = .and(left, try negation()) }
    return left
  }

  private mutating func negation() throws(TemplateError) -> TemplateExpression {
    guard skip(.name("not")) else { return try comparison() }
    return try deeper { parser throws(TemplateError) in .not(try parser.negation()) }
  }

  private mutating func comparison() throws(TemplateError) -> TemplateExpression {
    let first = try sum()
    var rest: [(operation: String, value: TemplateExpression)] = []
    while true {
      if case .mark(let mark) = current.kind, ["==", "!=", "<", "<=", ">", ">="].contains(mark) {
        advance()
        rest.append((mark, try sum()))
      } else if skip(.name("in")) {
        rest.append(("in", try sum()))
      } else if current.kind == .name("not"), next.kind == .name("in") {
        advance()
        advance()
        rest.append(("not in", try sum()))
      } else {
        return rest.isEmpty ? first : .compared(first, rest)
      }
    }
  }

  private mutating func sum() throws(TemplateError) -> TemplateExpression {
    var left = try concatenation()
    while let operation = skipOperator([.add, .subtract]) {
      left = .binary(operation, left, try concatenation())
    }
    return left
  }

  private mutating func concatenation() throws(TemplateError) -> TemplateExpression {
    var parts = [try product()]
    while skip(.mark("~")) { parts.append(try product()) }
    return parts.count == 1 ? parts[0] : .joined(parts)
  }

  private mutating func product() throws(TemplateError) -> TemplateExpression {
    var left = try power()
    while let operation = skipOperator([.multiply, .divide, .floorDivide, .modulo]) {
      left = .binary(operation, left, try power())
    }
    return left
  }

  private mutating func power() throws(TemplateError) -> TemplateExpression {
    var left = try unary()
    while let operation = skipOperator([.power]) { left = .binary(operation, left, try unary()) }
    return left
  }

  private mutating func skipOperator(_ operators: [BinaryOperator]) -> BinaryOperator? {
    guard case .mark(let mark) = current.kind, let found = BinaryOperator(rawValue: mark),
      operators.contains(found)
    else { return nil }
    advance()
    return found
  }

  private mutating func unary(
    hasFilters: Bool = true
  ) throws(TemplateError) -> TemplateExpression {
    try deeper { parser throws(TemplateError) in
      var result: TemplateExpression
      if parser.skip(.mark("-")) {
        result = .signed(isNegative: true, try parser.unary(hasFilters: false))
      } else if parser.skip(.mark("+")) {
        result = .signed(isNegative: false, try parser.unary(hasFilters: false))
      } else {
        result = try parser.primary()
      }
      result = try parser.postfix(result)
      return hasFilters ? try parser.filtered(result) : result
    }
  }

  mutating func primary() throws(TemplateError) -> TemplateExpression {
    let token = current
    switch token.kind {
    case .name(let name):
      advance()
      switch name {
      case "true", "True": return .constant(.bool(true))
      case "false", "False": return .constant(.bool(false))
      case "none", "None": return .constant(.none)
      default:
        usedNames.insert(name)
        return .name(name)
      }
    case .string:
      var text = ""
      while case .string(let part) = current.kind {
        text += part
        advance()
      }
      return .constant(.string(text))
    case .integer(let value):
      advance()
      return .constant(.int(value))
    case .float(let value):
      advance()
      return .constant(.float(value))
    case .mark("("):
      advance()
      let inside = try tuple(isInParentheses: true)
      try expect(.mark(")"))
      return inside
    case .mark("["):
      advance()
      return .list(
        try items(until: "]") { parser throws(TemplateError) in try parser.expression() })
    case .mark("{"):
      advance()
      return .dictionary(
        try items(until: "}") { parser throws(TemplateError) in
          let key = try parser.expression()
          try parser.expect(.mark(":"))
          return (key, try parser.expression())
        })
    default: throw unexpected("a name, a value or a bracket")
    }
  }

  private mutating func items<Item>(
    until end: String, _ item: (inout TemplateParser) throws(TemplateError) -> Item
  ) throws(TemplateError) -> [Item] {
    var items: [Item] = []
    while !skip(.mark(end)) {
      if !items.isEmpty {
        try expect(.mark(","))
        if skip(.mark(end)) { break }
      }
      items.append(try item(&self))
    }
    return items
  }

  // MARK: - What follows a value

  private mutating func postfix(
    _ value: TemplateExpression
  ) throws(TemplateError) -> TemplateExpression {
    var result = value
    while true {
      switch current.kind {
      case .mark("."):
        advance()
        if case .integer(let index) = current.kind {
          advance()
          result = .item(result, .constant(.int(index)))
        } else {
          result = .attribute(result, try name())
        }
      case .mark("["):
        advance()
        result = .item(result, try subscripts())
      case .mark("("): result = .call(result, try arguments())
      default: return result
      }
    }
  }

  private mutating func filtered(
    _ value: TemplateExpression
  ) throws(TemplateError) -> TemplateExpression {
    var result = value
    while true {
      switch current.kind {
      case .mark("|"): result = try filter(result)
      case .name("is"): result = try test(result)
      case .mark("("): result = .call(result, try arguments())
      default: return result
      }
    }
  }

  private mutating func subscripts() throws(TemplateError) -> TemplateExpression {
    var items: [TemplateExpression] = []
    while !skip(.mark("]")) {
      if !items.isEmpty { try expect(.mark(",")) }
      items.append(try subscriptItem())
    }
    return items.count == 1 ? items[0] : .tuple(items)
  }

  private mutating func subscriptItem() throws(TemplateError) -> TemplateExpression {
    var bounds: [TemplateExpression?] = [nil, nil, nil]
    var index = 0
    while current.kind != .mark("]"), current.kind != .mark(",") {
      if skip(.mark(":")) {
        index += 1
        guard index < 3 else { throw unexpected("]") }
      } else {
        guard bounds[index] == nil else { throw unexpected("]") }
        bounds[index] = try expression()
        if index == 0, current.kind != .mark(":") { return bounds[0] ?? .constant(.none) }
      }
    }
    guard index > 0 else { throw unexpected("an index") }
    return .slice(bounds[0], bounds[1], bounds[2])
  }

  mutating func arguments() throws(TemplateError) -> CallSyntax {
    try expect(.mark("("))
    var call = CallSyntax()
    var isFirst = true
    while !skip(.mark(")")) {
      if !isFirst {
        try expect(.mark(","))
        if skip(.mark(")")) { break }
      }
      isFirst = false
      if skip(.mark("**")) {
        guard call.mapped == nil else { throw unexpected("one **") }
        call.mapped = try expression()
      } else if call.mapped != nil {
        throw unexpected("nothing after **")
      } else if skip(.mark("*")) {
        guard call.listed == nil else { throw unexpected("one *") }
        call.listed = try expression()
      } else if case .name(let name) = current.kind, next.kind == .mark("=") {
        guard call.listed == nil else { throw unexpected("nothing after *") }
        advance()
        advance()
        call.named.append((name, try expression()))
      } else {
        guard call.named.isEmpty, call.listed == nil else {
          throw unexpected("arguments without names before those with names")
        }
        call.positional.append(try expression())
      }
    }
    return call
  }

  /// A filter of `value`; of nothing, without the bar in front.
  mutating func filter(
    _ value: TemplateExpression?
  ) throws(TemplateError) -> TemplateExpression {
    if value != nil { try expect(.mark("|")) }
    let name = try dottedName()
    guard TemplateFilters.all[name] != nil else {
      throw .unknown(kind: "filter", name: name, nearest: nearest(name, TemplateFilters.all.keys))
    }
    return .filter(value, name, current.kind == .mark("(") ? try arguments() : CallSyntax())
  }

  private mutating func test(
    _ value: TemplateExpression
  ) throws(TemplateError) -> TemplateExpression {
    try expect(.name("is"))
    let isNegated = skip(.name("not"))
    let name = try dottedName()
    guard TemplateTests.all[name] != nil else {
      throw .unknown(kind: "test", name: name, nearest: nearest(name, TemplateTests.all.keys))
    }
    var call = CallSyntax()
    switch current.kind {
    case .mark("("): call = try arguments()
    case .name("else"), .name("or"), .name("and"): break
    case .name("is"): throw unexpected("one test at a time")
    case .name, .string, .integer, .float, .mark("["), .mark("{"):
      call.positional = [try primary()]
    default: break
    }
    let result = TemplateExpression.test(value, name, call)
    return isNegated ? .not(result) : result
  }

  private mutating func dottedName() throws(TemplateError) -> String {
    var name = try name()
    while skip(.mark(".")) { name += "." + (try self.name()) }
    return name
  }
}
