import Synchronization

/// The names that hold in a part of a template, with those around it.
final class TemplateScope: Sendable {
  private let variables: Mutex<[String: PythonValue]>
  private let parent: TemplateScope?

  init(_ variables: [String: PythonValue] = [:], in parent: TemplateScope? = nil) {
    self.variables = Mutex(variables)
    self.parent = parent
  }

  /// The value of `name` here or further out.
  func value(of name: String) -> PythonValue? {
    variables.withLock { $0[name] } ?? parent?.value(of: name)
  }

  /// The names that have a value here or further out.
  var names: Set<String> {
    variables.withLock { Set($0.keys) }.union(parent?.names ?? [])
  }

  /// Gives `name` a value here.
  func set(_ name: String, to value: PythonValue) {
    variables.withLock { $0[name] = value }
  }

  /// Gives the names of `target` the values that `value` has.
  func assign(_ value: PythonValue, to target: AssignmentTarget) throws {
    switch target {
    case .name(let name): set(name, to: value)
    case .tuple(let targets):
      if let problem = value.problem { throw TemplateError.undefined(problem) }
      let items = try value.items(of: "assignment")
      guard items.count == targets.count else {
        throw TemplateError.value(
          operation: "assignment", found: "\(items.count) values",
          expected: "\(targets.count), one for each name")
      }
      for (target, item) in zip(targets, items) { try assign(item, to: target) }
    }
  }
}
