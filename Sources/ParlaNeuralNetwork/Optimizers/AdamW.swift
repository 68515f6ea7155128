package import ParlaDescriptions
import ParlaPlatform

/// `adamw`: Adam whose weights also shrink by themselves, by the rate times `weight_decay` in each step.
///
/// Loshchilov and Hutter 2019, algorithm 2, in PyTorch's form: ε is added to the corrected root.
package struct AdamW: OptimizerRule {
  package static let kind = "adamw"

  var beta1: Float
  var beta2: Float
  var epsilon: Float
  var weightDecay: Float

  init(beta1: Float, beta2: Float, epsilon: Float, weightDecay: Float) {
    (self.beta1, self.beta2) = (beta1, beta2)
    (self.epsilon, self.weightDecay) = (epsilon, weightDecay)
  }

  /// Reads `beta1`, `beta2`, `epsilon` and `weight_decay`.
  package init(_ fields: inout FieldReader) throws(DescriptionProblem) {
    beta1 = try fields.share("beta1", "the decay of the mean", default: 0.9)
    beta2 = try fields.share("beta2", "the decay of the mean square", default: 0.999)
    epsilon = try fields.epsilon(default: 1e-8)
    weightDecay = try fields.share("weight_decay", "how fast weights shrink", default: 0.01)
  }

  package var fields: [String: FieldValue] {
    [
      "beta1": .float(beta1), "beta2": .float(beta2), "epsilon": .float(epsilon),
      "weight_decay": .float(weightDecay),
    ]
  }

  package var slotNames: [String] { ["moment1", "moment2"] }

  package func step(
    _ weights: inout Tensor, _ gradient: Tensor, _ slots: inout OptimizerSlots,
    _ step: OptimizerStep, _ compute: Compute
  ) {
    let t = Double(step.count)
    let root = (1 - pow(Double(beta2), t)).squareRoot()
    if weightDecay != 0 { compute.scale(&weights, by: 1 - step.rate * weightDecay) }
    compute.adam(
      &weights, gradient: gradient, moment1: &slots.first, moment2: &slots.second,
      rate: step.rate * Float(root / (1 - pow(Double(beta1), t))), beta1: beta1, beta2: beta2,
      epsilon: epsilon * Float(root))
  }
}

extension OptimizationMethod {
  /// Adam with decoupled weight decay (Loshchilov and Hutter 2019), as PyTorch computes it.
  public static func adamW(
    beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0.01
  ) -> OptimizationMethod {
    OptimizationMethod(
      AdamW(beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay))
  }
}
