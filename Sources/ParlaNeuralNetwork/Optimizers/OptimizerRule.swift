package import ParlaDescriptions

/// A kind of optimiser, and one of that kind: turns a gradient into a step.
///
/// Everything about a kind is in the file that declares it. `OptimizerRules` lists it.
package protocol OptimizerRule: Sendable {
  /// The name of the kind in descriptions and options, such as `adam`.
  static var kind: String { get }

  /// An optimiser whose fields are read, and so declared, from `fields`.
  ///
  /// - Throws: `DescriptionProblem` for a field that is impossible.
  init(_ fields: inout FieldReader) throws(DescriptionProblem)

  /// All fields as they are.
  var fields: [String: FieldValue] { get }

  /// Its state for each weight, by the names that checkpoints use: one or two tensors.
  var slotNames: [String] { get }

  /// Moves the weights of one parameter, which has taken `step.count` steps with this one.
  func step(
    _ weights: inout Tensor, _ gradient: Tensor, _ slots: inout OptimizerSlots,
    _ step: OptimizerStep,
    _ compute: Compute
  )
}

/// An optimiser's state for one parameter; the second is empty where it needs only one.
package struct OptimizerSlots {
  var first: Tensor
  var second: Tensor
}

/// How long a step is, and which.
package struct OptimizerStep: Sendable {
  /// The learning rate.
  var rate: Float
  /// Which step of the parameter it is, counted from 1.
  var count: Int
}

/// The kinds of optimisers that descriptions and options may name; a new kind is one entry here and one file.
package enum OptimizerRules {
  /// All of them.
  package static let all: [any OptimizerRule.Type] = [
    Adam.self, AdamW.self, SGD.self, RMSprop.self, Adadelta.self,
  ]

  /// The names of all kinds.
  package static var names: [String] { all.map { $0.kind } }
}
