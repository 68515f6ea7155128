package import ParlaDescriptions
import ParlaPlatform

/// `adam`: adaptive moment estimation, the mean gradient in units of its root mean square.
///
/// Kingma and Ba 2015, in the form of the end of their section 2, which TensorFlow 1 uses too:
/// rate sqrt(1 - β2ᵗ) / (1 - β1ᵗ) m / (sqrt(v) + ε).
package struct Adam: OptimizerRule {
  package static let kind = "adam"

  var beta1: Float
  var beta2: Float
  var epsilon: Float

  init(beta1: Float, beta2: Float, epsilon: Float) {
    (self.beta1, self.beta2, self.epsilon) = (beta1, beta2, epsilon)
  }

  /// Reads `beta1`, `beta2` and `epsilon`.
  package init(_ fields: inout FieldReader) throws(DescriptionProblem) {
    beta1 = try fields.share("beta1", "the decay of the mean", default: 0.9)
    beta2 = try fields.share("beta2", "the decay of the mean square", default: 0.999)
    epsilon = try fields.epsilon(default: 1e-8)
  }

  package var fields: [String: FieldValue] {
    ["beta1": .float(beta1), "beta2": .float(beta2), "epsilon": .float(epsilon)]
  }

  package var slotNames: [String] { ["moment1", "moment2"] }

  package func step(
    _ weights: inout Tensor, _ gradient: Tensor, _ slots: inout OptimizerSlots,
    _ step: OptimizerStep, _ compute: Compute
  ) {
    let t = Double(step.count)
    let correction = (1 - pow(Double(beta2), t)).squareRoot() / (1 - pow(Double(beta1), t))
    compute.adam(
      &weights, gradient: gradient, moment1: &slots.first, moment2: &slots.second,
      rate: step.rate * Float(correction), beta1: beta1, beta2: beta2, epsilon: epsilon)
  }
}

extension OptimizationMethod {
  /// Adaptive moment estimation (Kingma and Ba 2015), as TensorFlow 1 computes it.
  public static func adam(
    beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8
  ) -> OptimizationMethod {
    OptimizationMethod(Adam(beta1: beta1, beta2: beta2, epsilon: epsilon))
  }
}
