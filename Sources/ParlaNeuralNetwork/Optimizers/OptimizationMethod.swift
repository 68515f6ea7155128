public import ParlaDescriptions

/// How an optimiser turns gradients into steps.
public struct OptimizationMethod: Sendable, Equatable {
  package let rule: any OptimizerRule

  init(_ rule: some OptimizerRule) { self.rule = rule }

  /// A kind of optimiser, such as `adamw`; what `fields` do not say is as usual.
  ///
  /// - Throws: `DescriptionProblem` for an unknown kind or field, or an impossible value.
  public init(
    kind: String, _ fields: [String: FieldValue] = [:]
  ) throws(DescriptionProblem) {
    guard let type = OptimizerRules.all.first(where: { $0.kind == kind }) else {
      throw DescriptionProblem(
        field: "optimizer", found: "`\(kind)`", expected: "an optimiser",
        known: OptimizerRules.names)
    }
    var reader = FieldReader(fields)
    rule = try type.init(&reader)
    try reader.requireAllRead()
  }

  /// The name of the kind in descriptions.
  public var kind: String { type(of: rule).kind }

  /// All fields as they are.
  public var fields: [String: FieldValue] { rule.fields }

  /// The method's state for each weight, by the names that checkpoints use.
  package var slotNames: [String] { rule.slotNames }

  /// Makes sure that all fields are possible.
  ///
  /// - Throws: `DescriptionProblem` with the field.
  package func validate() throws(DescriptionProblem) {
    _ = try OptimizationMethod(kind: kind, fields)
  }

  /// Whether two methods make the same steps.
  public static func == (a: OptimizationMethod, b: OptimizationMethod) -> Bool {
    (a.kind, a.fields) == (b.kind, b.fields)
  }
}

extension OptimizationMethod: CustomStringConvertible {
  /// The kind and its fields, such as `sgd, momentum 0.9, nesterov false`.
  public var description: String {
    let values = fields.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.spelling)" }
    return ([kind] + values).joined(separator: ", ")
  }
}

extension FieldReader {
  /// A share from 0 to below 1.
  mutating func share(
    _ name: String, _ meaning: String, default fallback: Double
  ) throws(DescriptionProblem) -> Float {
    try number(name, meaning, from: 0, below: 1, default: fallback)
  }

  /// The constant that prevents division by zero.
  mutating func epsilon(default fallback: Double) throws(DescriptionProblem) -> Float {
    try number("epsilon", "a guard against division by zero", above: 0, default: fallback)
  }
}

extension FieldValue {
  /// A number that is the same when it is read again as a `Float`.
  static func float(_ value: Float) -> FieldValue { .number(Double("\(value)") ?? Double(value)) }
}
