package import ParlaDescriptions

/// `rmsprop`: the gradient in units of its running root mean square (Hinton 2012, lecture 6e, in PyTorch's form).
package struct RMSprop: OptimizerRule {
  package static let kind = "rmsprop"

  var decay: Float
  var epsilon: Float
  var momentum: Float

  init(decay: Float, epsilon: Float, momentum: Float) {
    (self.decay, self.epsilon, self.momentum) = (decay, epsilon, momentum)
  }

  /// Reads `decay`, `epsilon` and `momentum`.
  package init(_ fields: inout FieldReader) throws(DescriptionProblem) {
    decay = try fields.share("decay", "the decay of the mean square", default: 0.99)
    epsilon = try fields.epsilon(default: 1e-8)
    momentum = try fields.share(
      "momentum", "the share of the last step that is added to this one", default: 0)
  }

  package var fields: [String: FieldValue] {
    ["decay": .float(decay), "epsilon": .float(epsilon), "momentum": .float(momentum)]
  }

  package var slotNames: [String] { ["mean_square", "velocity"] }

  package func step(
    _ weights: inout Tensor, _ gradient: Tensor, _ slots: inout OptimizerSlots,
    _ step: OptimizerStep, _ compute: Compute
  ) {
    compute.rmsprop(
      &weights, gradient: gradient, meanSquare: &slots.first, velocity: &slots.second,
      rate: step.rate, decay: decay, epsilon: epsilon, momentum: momentum)
  }
}

extension OptimizationMethod {
  /// The gradient in units of its running root mean square (Hinton 2012, lecture 6e, in PyTorch's form).
  public static func rmsprop(
    decay: Float = 0.99, epsilon: Float = 1e-8, momentum: Float = 0
  ) -> OptimizationMethod {
    OptimizationMethod(RMSprop(decay: decay, epsilon: epsilon, momentum: momentum))
  }
}
