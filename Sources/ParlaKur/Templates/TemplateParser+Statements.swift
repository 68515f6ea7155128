extension TemplateParser {
  /// All statements of the template.
  static func statements(of template: String) throws(TemplateError) -> [TemplateStatement] {
    var parser = try TemplateParser(template)
    let (statements, _) = try parser.body(until: [])
    return statements
  }

  /// Statements up to a tag with one of `ends`, whose name is read; at the end of the template without any.
  private mutating func body(
    until ends: [String]
  ) throws(TemplateError) -> (statements: [TemplateStatement], end: String) {
    var statements: [TemplateStatement] = []
    while true {
      switch current.kind {
      case .data(let text):
        statements.append(.text(text))
        advance()
      case .variableBegin:
        advance()
        statements.append(.print(try tuple()))
        try expect(.variableEnd)
      case .blockBegin:
        advance()
        if case .name(let name) = current.kind, ends.contains(name) {
          advance()
          return (statements, name)
        }
        statements += try statement()
        try expect(.blockEnd)
      default:
        guard ends.isEmpty else {
          throw unexpected(ends.map { "{% \($0) %}" }.joined(separator: " or "))
        }
        return (statements, "")
      }
    }
  }

  /// The body of a statement whose tag ends here, up to the end tag `end`.
  private mutating func block(_ ends: String...) throws(TemplateError) -> (
    statements: [TemplateStatement], end: String
  ) {
    _ = skip(.mark(":"))
    try expect(.blockEnd)
    return try body(until: ends)
  }

  private mutating func statement() throws(TemplateError) -> [TemplateStatement] {
    let tag = try name()
    switch tag {
    case "if": return [try condition()]
    case "for": return [.loop(try loop())]
    case "set": return [try assignment()]
    case "macro":
      let name = try name()
      return [.macro(try macro(name, parameters: parameters(), end: "endmacro"))]
    case "call": return [try callBlock()]
    case "filter":
      var filters = try filter(nil)
      while current.kind == .mark("|") { filters = try filter(filters) }
      return [.filterBlock(filters, try block("endfilter").statements)]
    case "with": return [try with()]
    case "print":
      var printed: [TemplateStatement] = []
      while current.kind != .blockEnd {
        if !printed.isEmpty { try expect(.mark(",")) }
        printed.append(.print(try expression()))
      }
      return printed
    case "block":
      let name = try name()
      _ = skip(.name("scoped"))
      let statements = try block("endblock").statements
      _ = skip(.name(name))
      return [.with([], statements)]
    case "autoescape":
      _ = try expression()
      return [.with([], try block("endautoescape").statements)]
    case "include", "import", "from", "extends":
      throw .value(
        operation: tag, found: "another template",
        expected: "a Kurfile that is whole; its include section joins files")
    default:
      throw .unknown(
        kind: "statement", name: tag,
        nearest: nearest(tag, ["if", "for", "set", "macro", "call", "filter", "with", "raw"]))
    }
  }

  private mutating func condition() throws(TemplateError) -> TemplateStatement {
    var branches: [(test: TemplateExpression, body: [TemplateStatement])] = []
    while true {
      let test = try tuple(hasChoice: false)
      let (statements, end) = try block("elif", "else", "endif")
      branches.append((test, statements))
      switch end {
      case "elif": continue
      case "else": return .condition(branches, otherwise: try block("endif").statements)
      default: return .condition(branches, otherwise: [])
      }
    }
  }

  private mutating func loop() throws(TemplateError) -> LoopSyntax {
    let target = try target(endsBefore: "in")
    try expect(.name("in"))
    let items = try tuple(hasChoice: false, endsBefore: "recursive")
    let test = skip(.name("if")) ? try expression() : nil
    let isRecursive = skip(.name("recursive"))
    let (body, end) = try block("endfor", "else")
    return LoopSyntax(
      target: target, items: items, test: test, isRecursive: isRecursive, body: body,
      otherwise: end == "else" ? try block("endfor").statements : [])
  }

  private mutating func assignment() throws(TemplateError) -> TemplateStatement {
    let target = try target(endsBefore: nil)
    if skip(.mark("=")) { return .assignment(target, try tuple()) }
    return .blockAssignment(target, try block("endset").statements)
  }

  private mutating func with() throws(TemplateError) -> TemplateStatement {
    var values: [(target: AssignmentTarget, value: TemplateExpression)] = []
    while current.kind != .blockEnd {
      if !values.isEmpty { try expect(.mark(",")) }
      let target = try target(endsBefore: nil)
      try expect(.mark("="))
      values.append((target, try expression()))
    }
    return .with(values, try block("endwith").statements)
  }

  private mutating func callBlock() throws(TemplateError) -> TemplateStatement {
    let parameters = current.kind == .mark("(") ? try parameters() : []
    let call = try expression()
    guard case .call = call else { throw unexpected("a call") }
    return .callBlock(try macro("caller", parameters: parameters, end: "endcall"), call: call)
  }

  private mutating func macro(
    _ name: String, parameters: [(name: String, fallback: TemplateExpression?)], end: String
  ) throws(TemplateError) -> MacroSyntax {
    let outside = usedNames
    usedNames = []
    defer { usedNames.formUnion(outside) }
    let body = try block(end).statements
    return MacroSyntax(name: name, parameters: parameters, body: body, usedNames: usedNames)
  }

  private mutating func parameters() throws(TemplateError) -> [(
    name: String, fallback: TemplateExpression?
  )] {
    try expect(.mark("("))
    var parameters: [(name: String, fallback: TemplateExpression?)] = []
    while !skip(.mark(")")) {
      if !parameters.isEmpty { try expect(.mark(",")) }
      let name = try targetName()
      let fallback = skip(.mark("=")) ? try expression() : nil
      guard fallback != nil || parameters.last?.fallback == nil else {
        throw unexpected("a default value for \(name), as those before have one")
      }
      parameters.append((name, fallback))
    }
    return parameters
  }

  // MARK: - Targets

  private mutating func target(endsBefore end: String?) throws(TemplateError) -> AssignmentTarget {
    var targets: [AssignmentTarget] = []
    var isTuple = false
    while true {
      if let end, current.kind == .name(end) { break }
      if current.kind == .blockEnd || current.kind == .mark("=") || current.kind == .mark(")") {
        break
      }
      if skip(.mark("(")) {
        targets.append(try target(endsBefore: nil))
        try expect(.mark(")"))
      } else {
        targets.append(.name(try targetName()))
      }
      guard skip(.mark(",")) else { break }
      isTuple = true
    }
    guard let first = targets.first else { throw unexpected("a name") }
    return isTuple ? .tuple(targets) : first
  }

  private mutating func targetName() throws(TemplateError) -> String {
    let name = try name()
    guard !["true", "false", "none", "True", "False", "None"].contains(name) else {
      throw .syntax(line: current.line, found: name, expected: "a name that can be assigned")
    }
    return name
  }
}
