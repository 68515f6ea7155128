/// What a template can call, or ask for attributes, and that is no data: functions, macros, `loop`.
package protocol TemplateObject: AnyObject, Sendable {
  /// The name of the type.
  var typeName: String { get }

  /// What a template prints of it.
  var text: String { get }

  /// The attribute `name`; nil if there is none.
  func attribute(_ name: String) -> PythonValue?

  /// What a call gives.
  func call(_ arguments: Arguments, _ renderer: TemplateRenderer) throws -> PythonValue
}

extension TemplateObject {
  package var text: String { "<\(typeName)>" }
  package func attribute(_ name: String) -> PythonValue? { nil }
  package func call(_ arguments: Arguments, _ renderer: TemplateRenderer) throws -> PythonValue {
    throw TemplateError.type(
      operation: "call", found: typeName, expected: "a function or a macro")
  }
}

/// A function that is written in Swift.
final class TemplateFunction: TemplateObject {
  typealias Body = @Sendable (_ arguments: inout Arguments, TemplateRenderer) throws -> PythonValue

  let typeName = "function"
  private let name: String
  private let body: Body

  init(_ name: String, _ body: @escaping Body) {
    self.name = name
    self.body = body
  }

  var text: String { "<function \(name)>" }

  func call(_ arguments: Arguments, _ renderer: TemplateRenderer) throws -> PythonValue {
    var arguments = arguments.calling(name)
    let result = try body(&arguments, renderer)
    try arguments.finish()
    return result
  }
}

/// The arguments of a call, taken one after the other.
package struct Arguments {
  /// What is called, for messages.
  private(set) var operation: String
  private(set) var positional: ArraySlice<PythonValue>
  private(set) var named: [(name: String, value: PythonValue)]

  init(
    _ operation: String, _ positional: [PythonValue] = [],
    named: [(name: String, value: PythonValue)] = []
  ) {
    self.operation = operation
    self.positional = positional[...]
    self.named = named
  }

  func calling(_ operation: String) -> Arguments {
    var arguments = self
    arguments.operation = operation
    return arguments
  }

  /// The next argument, or the one called `name`; nil if there is neither.
  mutating func optional(_ name: String) -> PythonValue? {
    if let value = positional.popFirst() { return value }
    guard let index = named.firstIndex(where: { $0.name == name }) else { return nil }
    return named.remove(at: index).value
  }

  mutating func required(_ name: String) throws -> PythonValue {
    guard let value = optional(name) else {
      throw TemplateError.type(
        operation: operation, found: "no \(name)", expected: "an argument \(name)")
    }
    return value
  }

  mutating func integer(_ name: String, default fallback: Int? = nil) throws -> Int {
    guard let value = optional(name) else {
      if let fallback { return fallback }
      _ = try required(name)
      return 0
    }
    guard let integer = value.integer else {
      throw TemplateError.type(
        operation: operation, found: "\(name) \(value.representation)", expected: "an integer")
    }
    return integer
  }

  mutating func truth(_ name: String, default fallback: Bool) -> Bool {
    optional(name)?.isTrue ?? fallback
  }

  mutating func text(_ name: String) throws -> String {
    let value = try required(name)
    guard let text = value.string else {
      throw TemplateError.type(
        operation: operation, found: "\(name) \(value.representation)", expected: "a text")
    }
    return text
  }

  /// All arguments that are left.
  mutating func rest() -> (positional: [PythonValue], named: [(name: String, value: PythonValue)]) {
    defer { (positional, named) = ([], []) }
    return (Array(positional), named)
  }

  /// Nothing may be left.
  func finish() throws {
    if let extra = positional.first {
      throw TemplateError.type(
        operation: operation, found: "an argument \(extra.representation) too many",
        expected: "fewer arguments")
    }
    if let extra = named.first {
      throw TemplateError.type(
        operation: operation, found: "the argument \(extra.name)", expected: "none of that name")
    }
  }
}
