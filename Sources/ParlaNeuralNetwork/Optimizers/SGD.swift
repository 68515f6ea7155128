package import ParlaDescriptions

/// `sgd`: gradient descent, with momentum when `momentum` is above 0.
///
/// Sutskever et al. 2013, in PyTorch's form.
package struct SGD: OptimizerRule {
  package static let kind = "sgd"

  var momentum: Float
  var isNesterov: Bool

  init(momentum: Float, isNesterov: Bool) {
    (self.momentum, self.isNesterov) = (momentum, isNesterov)
  }

  /// Reads `momentum` and `nesterov`.
  package init(_ fields: inout FieldReader) throws(DescriptionProblem) {
    momentum = try fields.share(
      "momentum", "the share of the last step that is added to this one", default: 0)
    isNesterov = try fields.flag("nesterov", "whether it looks ahead", default: false)
    guard momentum > 0 || !isNesterov else {
      throw DescriptionProblem(
        field: "nesterov", found: "\(momentum)", expected: "a --momentum above 0 with it")
    }
  }

  package var fields: [String: FieldValue] {
    ["momentum": .float(momentum), "nesterov": .flag(isNesterov)]
  }

  package var slotNames: [String] { ["velocity"] }

  package func step(
    _ weights: inout Tensor, _ gradient: Tensor, _ slots: inout OptimizerSlots,
    _ step: OptimizerStep, _ compute: Compute
  ) {
    compute.momentum(
      &weights, gradient: gradient, velocity: &slots.first, rate: step.rate,
      momentum: momentum, isNesterov: isNesterov)
  }
}

extension OptimizationMethod {
  /// Gradient descent, with momentum when `momentum` is above 0.
  public static func sgd(momentum: Float = 0, isNesterov: Bool = false) -> OptimizationMethod {
    OptimizationMethod(SGD(momentum: momentum, isNesterov: isNesterov))
  }
}
