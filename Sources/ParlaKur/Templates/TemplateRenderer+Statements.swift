extension TemplateRenderer {
  /// Runs `statements` and appends what they print to `output`.
  func run(
    _ statements: [TemplateStatement], _ scope: TemplateScope, into output: inout String
  ) throws {
    for statement in statements {
      try step()
      switch statement {
      case .text(let text): try append(text, to: &output)
      case .print(let expression):
        try append(used(evaluate(expression, scope), of: expression, scope).text, to: &output)
      case .condition(let branches, let otherwise):
        let branch = try branches.first { try evaluate($0.test, scope).isTrue }
        try run(branch?.body ?? otherwise, scope, into: &output)
      case .loop(let loop):
        let items = try used(evaluate(loop.items, scope), of: loop.items, scope)
        try append(text(of: loop, over: items, scope), to: &output)
      case .assignment(let target, let value):
        try scope.assign(evaluate(value, scope), to: target)
      case .blockAssignment(let target, let body):
        try scope.assign(.string(text(of: body, TemplateScope(in: scope))), to: target)
      case .macro(let macro): scope.set(macro.name, to: .object(TemplateMacro(macro, in: scope)))
      case .callBlock(let block, let call):
        guard case .call(let callee, let syntax) = call else { continue }
        var arguments = try arguments(syntax, "call", scope)
        arguments.add("caller", .object(TemplateMacro(block, in: scope)))
        try append(self.call(evaluate(callee, scope), arguments).text, to: &output)
      case .filterBlock(let filters, let body):
        let text = try text(of: body, TemplateScope(in: scope))
        try append(applied(filters, to: .string(text), scope).text, to: &output)
      case .with(let values, let body):
        let inner = TemplateScope(in: scope)
        for (target, value) in values { try inner.assign(evaluate(value, scope), to: target) }
        try run(body, inner, into: &output)
      }
    }
  }

  private func append(_ text: String, to output: inout String) throws {
    output += text
    guard output.utf8.count <= TemplateLimits.largestCount else {
      throw TemplateError.growth(
        found: "a text of \(output.utf8.count) bytes",
        expected: "at most \(TemplateLimits.largestCount)")
    }
  }

  /// What `statements` print.
  func text(of statements: [TemplateStatement], _ scope: TemplateScope) throws -> String {
    var text = ""
    try deeper { try run(statements, scope, into: &text) }
    return text
  }

  /// The filters of a block, the innermost of which has no value of its own.
  private func applied(
    _ filters: TemplateExpression, to value: PythonValue, _ scope: TemplateScope
  ) throws -> PythonValue {
    guard case .filter(let inner, let name, let call) = filters else { return value }
    let input = try inner.map { try applied($0, to: value, scope) } ?? value
    return try filter(input, name, arguments(call, name, scope))
  }

  /// What `loop` prints over `items`.
  func text(
    of loop: LoopSyntax, over items: PythonValue, _ scope: TemplateScope, depth: Int = 1
  ) throws -> String {
    var items = try items.items(of: "for")
    if let test = loop.test {
      items = try items.filter { item in
        let inner = TemplateScope(in: scope)
        try inner.assign(item, to: loop.target)
        return try evaluate(test, inner).isTrue
      }
    }
    guard !items.isEmpty else {
      return try text(of: loop.otherwise, TemplateScope(in: scope))
    }
    var output = ""
    for (index, item) in items.enumerated() {
      try step()
      let inner = TemplateScope(in: scope)
      inner.set(
        "loop",
        to: .object(
          LoopObject(
            loop, index: index, count: items.count, depth: depth, in: scope)))
      try inner.assign(item, to: loop.target)
      try deeper { try run(loop.body, inner, into: &output) }
    }
    return output
  }
}

extension Arguments {
  /// Adds an argument with a name.
  mutating func add(_ name: String, _ value: PythonValue) {
    self = Arguments(operation, Array(positional), named: named + [(name, value)])
  }
}

/// `loop` inside a loop.
private final class LoopObject: TemplateObject {
  let typeName = "LoopContext"
  private let syntax: LoopSyntax
  private let index: Int
  private let count: Int
  private let depth: Int
  private let scope: TemplateScope

  init(_ syntax: LoopSyntax, index: Int, count: Int, depth: Int, in scope: TemplateScope) {
    (self.syntax, self.index, self.count, self.depth) = (syntax, index, count, depth)
    self.scope = scope
  }

  func attribute(_ name: String) -> PythonValue? {
    switch name {
    case "index": .int(index + 1)
    case "index0": .int(index)
    case "revindex": .int(count - index)
    case "revindex0": .int(count - index - 1)
    case "first": .bool(index == 0)
    case "last": .bool(index == count - 1)
    case "length": .int(count)
    case "depth": .int(depth)
    case "depth0": .int(depth - 1)
    case "cycle":
      .object(
        TemplateFunction("cycle") { [index] arguments, _ in
          let values = arguments.rest().positional
          guard !values.isEmpty else {
            throw TemplateError.type(
              operation: "loop.cycle", found: "no values", expected: "at least one")
          }
          return values[index % values.count]
        })
    default: nil
    }
  }

  /// A recursive loop continues with the items of an item.
  func call(_ arguments: Arguments, _ renderer: TemplateRenderer) throws -> PythonValue {
    guard syntax.isRecursive else {
      throw TemplateError.type(
        operation: "loop()", found: "a plain loop", expected: "{% for … recursive %}")
    }
    var arguments = arguments
    let items = try arguments.required("iterable")
    return .string(try renderer.text(of: syntax, over: items, scope, depth: depth + 1))
  }
}

/// A macro with the names around it.
private final class TemplateMacro: TemplateObject {
  let typeName = "Macro"
  private let syntax: MacroSyntax
  private let scope: TemplateScope

  init(_ syntax: MacroSyntax, in scope: TemplateScope) {
    self.syntax = syntax
    self.scope = scope
  }

  var text: String { "<Macro \(PythonValue.quoted(syntax.name))>" }

  func attribute(_ name: String) -> PythonValue? {
    switch name {
    case "name": .string(syntax.name)
    case "arguments": .tuple(syntax.parameters.map { .string($0.name) })
    case "catch_varargs": .bool(syntax.usedNames.contains("varargs"))
    case "catch_kwargs": .bool(syntax.usedNames.contains("kwargs"))
    case "caller": .bool(syntax.usedNames.contains("caller"))
    default: nil
    }
  }

  func call(_ arguments: Arguments, _ renderer: TemplateRenderer) throws -> PythonValue {
    var arguments = arguments.calling(syntax.name)
    let inner = TemplateScope(in: scope)
    for (name, fallback) in syntax.parameters {
      if let value = arguments.optional(name) {
        inner.set(name, to: value)
      } else if let fallback {
        inner.set(name, to: try renderer.evaluate(fallback, inner))
      } else {
        inner.set(name, to: .undefined(problem: "parameter '\(name)' was not provided"))
      }
    }
    if syntax.usedNames.contains("caller") {
      inner.set(
        "caller",
        to: arguments.takeNamed("caller") ?? .undefined(problem: "No caller defined"))
    }
    if syntax.usedNames.contains("varargs") {
      inner.set("varargs", to: .tuple(arguments.restPositional()))
    }
    if syntax.usedNames.contains("kwargs") {
      inner.set(
        "kwargs",
        to: .dictionary(
          PythonDictionary(arguments.rest().named.map { (.string($0.name), $0.value) })))
    }
    try arguments.finish()
    return .string(try renderer.text(of: syntax.body, inner))
  }
}

extension Arguments {
  fileprivate mutating func restPositional() -> [PythonValue] {
    let (positional, named) = rest()
    self = Arguments(operation, [], named: named)
    return positional
  }
}
