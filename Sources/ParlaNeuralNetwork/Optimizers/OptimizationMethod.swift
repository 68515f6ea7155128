/// How an optimiser turns gradients into steps.
public enum OptimizationMethod: Sendable, Equatable {
  /// Adaptive moment estimation: the mean gradient in units of its root mean square.
  ///
  /// Kingma and Ba 2015, in the form of the end of their section 2, which TensorFlow 1 uses too:
  /// rate sqrt(1 - β2ᵗ) / (1 - β1ᵗ) m / (sqrt(v) + ε).
  case adam(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8)

  /// Gradient descent, with momentum when `momentum` is above 0 (Sutskever et al. 2013, in PyTorch's form).
  case sgd(momentum: Float = 0, isNesterov: Bool = false)

  /// The gradient in units of its running root mean square (Hinton 2012, lecture 6e, in PyTorch's form).
  case rmsprop(decay: Float = 0.99, epsilon: Float = 1e-8, momentum: Float = 0)

  /// Steps whose length follows from those before them (Zeiler 2012, algorithm 1); the rate multiplies them.
  case adadelta(decay: Float = 0.9, epsilon: Float = 1e-6)

  /// What the method remembers of each weight, by the names that checkpoints use.
  package var slotNames: [String] {
    switch self {
    case .adam: ["moment1", "moment2"]
    case .sgd: ["velocity"]
    case .rmsprop: ["mean_square", "velocity"]
    case .adadelta: ["mean_square", "mean_square_step"]
    }
  }
}
