package import ParlaDescriptions

/// `adadelta`: steps whose length follows from those before them (Zeiler 2012, algorithm 1); the rate multiplies them.
package struct Adadelta: OptimizerRule {
  package static let kind = "adadelta"

  var decay: Float
  var epsilon: Float

  init(decay: Float, epsilon: Float) { (self.decay, self.epsilon) = (decay, epsilon) }

  /// Reads `decay` and `epsilon`.
  package init(_ fields: inout FieldReader) throws(DescriptionProblem) {
    decay = try fields.share("decay", "the decay of the mean squares", default: 0.9)
    epsilon = try fields.epsilon(default: 1e-6)
  }

  package var fields: [String: FieldValue] {
    ["decay": .float(decay), "epsilon": .float(epsilon)]
  }

  package var slotNames: [String] { ["mean_square", "mean_square_step"] }

  package func step(
    _ weights: inout Tensor, _ gradient: Tensor, _ slots: inout OptimizerSlots,
    _ step: OptimizerStep, _ compute: Compute
  ) {
    compute.adadelta(
      &weights, gradient: gradient, meanSquare: &slots.first, meanSquareStep: &slots.second,
      rate: step.rate, decay: decay, epsilon: epsilon)
  }
}

extension OptimizationMethod {
  /// Steps whose length follows from those before them (Zeiler 2012, algorithm 1); the rate multiplies them.
  public static func adadelta(decay: Float = 0.9, epsilon: Float = 1e-6) -> OptimizationMethod {
    OptimizationMethod(Adadelta(decay: decay, epsilon: epsilon))
  }
}
