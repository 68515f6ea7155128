/// Renders one template: evaluates its expressions; `TemplateRenderer+Statements.swift` runs its statements.
package final class TemplateRenderer {
  let arithmetic = PythonArithmetic(largestCount: TemplateLimits.largestCount)
  /// What was not there, and was taken for an empty text or list: each with a name that may be meant.
  private(set) var undefined: [String] = []
  private var stepCount = 0
  private var depth = 0

  /// Renders `template` with `variables` around it.
  func render(_ template: String, in variables: TemplateScope) throws -> String {
    let statements = try TemplateParser.statements(of: template)
    var output = ""
    try run(statements, TemplateScope(in: variables), into: &output)
    return output
  }

  /// `value` of `expression`, which is about to be taken for an empty text or list where it is undefined.
  func used(
    _ value: PythonValue, of expression: TemplateExpression, _ scope: TemplateScope
  ) -> PythonValue {
    guard let problem = value.problem else { return value }
    switch expression {
    case .choice: break  // Nothing where a condition does not hold is what people mean.
    case .name(let name):
      undefined.append(
        problem + (nearest(name, scope.names).map { "; did you mean \($0)?" } ?? ""))
    default: undefined.append(problem)
    }
    return value
  }

  /// Counts a step of the work, which must end some time.
  func step() throws {
    stepCount += 1
    guard stepCount <= TemplateLimits.largestStepCount else {
      throw TemplateError.growth(
        found: "a template without end",
        expected: "an end within \(TemplateLimits.largestStepCount) steps")
    }
  }

  /// Runs `body` a level deeper, which is not done without end.
  func deeper<Result>(_ body: () throws -> Result) throws -> Result {
    depth += 1
    defer { depth -= 1 }
    guard depth <= TemplateLimits.largestDepth else {
      throw TemplateError.growth(
        found: "calls in calls", expected: "at most \(TemplateLimits.largestDepth)")
    }
    return try body()
  }

  // MARK: - Expressions

  func evaluate(_ expression: TemplateExpression, _ scope: TemplateScope) throws -> PythonValue {
    try step()
    switch expression {
    case .constant(let value): return value
    case .name(let name):
      return scope.value(of: name) ?? .undefined(problem: "'\(name)' is undefined")
    case .tuple(let items): return .tuple(try items.map { try evaluate($0, scope) })
    case .list(let items): return .list(try items.map { try evaluate($0, scope) })
    case .dictionary(let pairs): return try dictionary(pairs, scope)
    case .binary(let operation, let left, let right):
      return try arithmetic.apply(operation, evaluate(left, scope), evaluate(right, scope))
    case .signed(let isNegative, let value):
      return try evaluate(value, scope).signed(isNegative: isNegative)
    case .not(let value): return .bool(try !evaluate(value, scope).isTrue)
    case .and(let left, let right):
      let value = try evaluate(left, scope)
      return value.isTrue ? try evaluate(right, scope) : value
    case .or(let left, let right):
      let value = try evaluate(left, scope)
      return value.isTrue ? value : try evaluate(right, scope)
    case .joined(let parts):
      return .string(
        try TemplateLimits.joined(
          parts.map { try used(evaluate($0, scope), of: $0, scope).text }, separator: ""))
    case .compared(let first, let rest): return try compare(first, rest, scope)
    case .choice(let test, let then, let otherwise):
      if try evaluate(test, scope).isTrue { return try evaluate(then, scope) }
      return try otherwise.map { try evaluate($0, scope) }
        ?? .undefined(
          problem: "the inline if-expression evaluated to false and no else section was defined")
    case .attribute(let object, let name):
      return try attribute(name, of: evaluate(object, scope))
    case .item(let object, .slice(let start, let stop, let step)):
      return try slice(evaluate(object, scope), start, stop, step, scope)
    case .item(let object, let index):
      return try item(evaluate(index, scope), of: evaluate(object, scope))
    case .slice: return .none
    case .call(let callee, let call):
      return try self.call(evaluate(callee, scope), arguments(call, "call", scope))
    case .filter(let input, let name, let call):
      var value = try input.map { try evaluate($0, scope) } ?? .string("")
      if let input, !TemplateFilters.defaults.contains(name) {
        value = used(value, of: input, scope)
      }
      return try filter(value, name, arguments(call, name, scope))
    case .test(let value, let name, let call):
      return .bool(try test(evaluate(value, scope), name, arguments(call, name, scope)))
    }
  }

  private func dictionary(
    _ pairs: [(key: TemplateExpression, value: TemplateExpression)], _ scope: TemplateScope
  ) throws -> PythonValue {
    var dictionary = PythonDictionary()
    for (key, value) in pairs {
      let key = try evaluate(key, scope)
      try key.checkHashable()
      dictionary[key] = try evaluate(value, scope)
    }
    return .dictionary(dictionary)
  }

  private func compare(
    _ first: TemplateExpression, _ rest: [(operation: String, value: TemplateExpression)],
    _ scope: TemplateScope
  ) throws -> PythonValue {
    var left = try evaluate(first, scope)
    for (operation, value) in rest {
      let right = try evaluate(value, scope)
      let holds =
        switch operation {
        case "==": left == right
        case "!=": left != right
        case "in": try right.contains(left)
        case "not in": try !right.contains(left)
        default: try Self.holds(operation, left.order(to: right, by: operation))
        }
      guard holds else { return .bool(false) }
      left = right
    }
    return .bool(true)
  }

  private static func holds(_ operation: String, _ order: Int?) -> Bool {
    guard let order else { return false }
    return switch operation {
    case "<": order < 0
    case "<=": order <= 0
    case ">": order > 0
    default: order >= 0
    }
  }

  // MARK: - Attributes and items

  /// `object.name`: an attribute, or else an item; Jinja2's `Environment.getattr`.
  func attribute(_ name: String, of object: PythonValue) throws -> PythonValue {
    if let problem = object.problem { throw TemplateError.undefined(problem) }
    return object.attribute(name) ?? object.item(at: .string(name)) ?? Self.missing(name, object)
  }

  /// `object[index]`: an item, or else an attribute.
  func item(_ index: PythonValue, of object: PythonValue) throws -> PythonValue {
    if let problem = object.problem { throw TemplateError.undefined(problem) }
    return object.item(at: index) ?? index.string.flatMap(object.attribute)
      ?? Self.missing(index.string ?? index.representation, object)
  }

  private static func missing(_ name: String, _ object: PythonValue) -> PythonValue {
    let owner = if case .none = object { "None" } else { "a \(object.typeName)" }
    return .undefined(problem: "\(owner) has no '\(name)'")
  }

  private func slice(
    _ object: PythonValue, _ start: TemplateExpression?, _ stop: TemplateExpression?,
    _ step: TemplateExpression?, _ scope: TemplateScope
  ) throws -> PythonValue {
    if let problem = object.problem { throw TemplateError.undefined(problem) }
    let slice = PythonSlice(
      start: try start.map { try evaluate($0, scope) } ?? .none,
      stop: try stop.map { try evaluate($0, scope) } ?? .none,
      step: try step.map { try evaluate($0, scope) } ?? .none)
    guard let items = try object.items(in: slice) else {
      throw TemplateError.type(
        operation: "slice", found: "a \(object.typeName)", expected: "a text, list or tuple")
    }
    return items
  }

  // MARK: - Calls

  func arguments(
    _ call: CallSyntax, _ operation: String, _ scope: TemplateScope
  ) throws -> Arguments {
    var positional = try call.positional.map { try evaluate($0, scope) }
    var named = try call.named.map { (name: $0.name, value: try evaluate($0.value, scope)) }
    if let listed = call.listed {
      positional += try evaluate(listed, scope).items(of: "*")
    }
    if let mapped = call.mapped {
      let value = try evaluate(mapped, scope)
      guard let dictionary = value.dictionary else {
        throw TemplateError.type(
          operation: "**", found: "a \(value.typeName)", expected: "a mapping")
      }
      named += dictionary.pairs.map { (name: $0.key.text, value: $0.value) }
    }
    return Arguments(operation, positional, named: named)
  }

  func call(_ callee: PythonValue, _ arguments: Arguments) throws -> PythonValue {
    if let problem = callee.problem { throw TemplateError.undefined(problem) }
    guard case .object(let object) = callee else {
      throw TemplateError.type(
        operation: "call", found: "a \(callee.typeName)", expected: "a function or a macro")
    }
    return try bounded(deeper { try object.call(arguments, self) })
  }

  /// `value`, which is no longer text than is allowed: what makes one longer can do so again and again.
  private func bounded(_ value: PythonValue) throws -> PythonValue {
    if case .string(let text) = value { try TemplateLimits.check(length: text.utf8.count) }
    return value
  }

  func filter(
    _ value: PythonValue, _ name: String, _ arguments: Arguments
  ) throws -> PythonValue {
    guard let filter = TemplateFilters.all[name] else {
      throw TemplateError.unknown(
        kind: "filter", name: name, nearest: nearest(name, TemplateFilters.all.keys))
    }
    var arguments = arguments.calling(name)
    let result = try bounded(filter(value, &arguments, self))
    try arguments.finish()
    return result
  }

  func test(_ value: PythonValue, _ name: String, _ arguments: Arguments) throws -> Bool {
    guard let test = TemplateTests.all[name] else {
      throw TemplateError.unknown(
        kind: "test", name: name, nearest: nearest(name, TemplateTests.all.keys))
    }
    var arguments = arguments.calling(name)
    let result = try test(value, &arguments)
    try arguments.finish()
    return result
  }
}
