import Foundation

/// Adaptive moment estimation: each weight has a step length of its own.
///
/// Kingma and Ba 2015, in the form of the end of their section 2, which TensorFlow 1 uses too:
/// rate sqrt(1 - β2ᵗ) / (1 - β1ᵗ) m / (sqrt(v) + ε).
package struct Adam: Sendable, Equatable {
  /// Decay of the mean of the gradients.
  package var beta1: Float
  /// Decay of the mean of their squares.
  package var beta2: Float
  /// Keeps the step finite.
  package var epsilon: Float

  /// How many steps were taken.
  package var stepCount: Int
  /// Running mean of the gradients.
  package var moment1: Parameters
  /// Running mean of their squares.
  package var moment2: Parameters

  /// An optimiser of the parameters that `specifications` describe, before its first step.
  package init(
    for specifications: [ParameterSpecification], beta1: Float = 0.9, beta2: Float = 0.999,
    epsilon: Float = 1e-8
  ) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    stepCount = 0
    moment1 = Parameters(zerosFor: specifications)
    moment2 = Parameters(zerosFor: specifications)
  }

  /// Moves `parameters` against `gradients`.
  package mutating func update(
    _ parameters: inout Parameters, along gradients: Parameters, learningRate: Float,
    compute: Compute
  ) {
    stepCount += 1
    let t = Double(stepCount)
    let correction =
      (1 - pow(Double(beta2), t)).squareRoot() / (1 - pow(Double(beta1), t))
    for index in parameters.tensors.indices {
      compute.adam(
        &parameters.tensors[index], gradient: gradients.tensors[index],
        moment1: &moment1.tensors[index], moment2: &moment2.tensors[index],
        rate: learningRate * Float(correction), beta1: beta1, beta2: beta2, epsilon: epsilon)
    }
  }
}
