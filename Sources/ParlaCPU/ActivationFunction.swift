import ParlaPlatform

/// A function of one number that a layer applies to every number of a frame.
///
/// A new one is an `enum` here and an entry in `LayerKinds`; a recurrent layer has it by a case of `CellFunction`.
package protocol ActivationFunction: Sendable {
  /// What descriptions call it.
  static var kind: String { get }

  /// The function at `x`.
  static func value(_ x: Float) -> Float

  /// Its derivative at `x`.
  static func slope(_ x: Float) -> Float

  /// The kernel that computes it for many numbers, where there is one.
  static var kernel: ActivationKernel? { get }
}

extension ActivationFunction {
  package static var kernel: ActivationKernel? { nil }
}

/// max(x, 0).
package enum ReLU: ActivationFunction {
  package static let kind = "relu"
  package static let kernel: ActivationKernel? = .relu
  @inlinable package static func value(_ x: Float) -> Float { max(x, 0) }
  @inlinable package static func slope(_ x: Float) -> Float { x > 0 ? 1 : 0 }
}

/// x Φ(x), with Φ the normal distribution.
///
/// Hendrycks and Gimpel 2016, section 2; not the approximation by tanh.
package enum GELU: ActivationFunction {
  package static let kind = "gelu"
  package static let kernel: ActivationKernel? = .gelu
  @inlinable package static func value(_ x: Float) -> Float { x * share(x) }
  @inlinable package static func slope(_ x: Float) -> Float {
    share(x) + x * exp(-x * x / 2) / (2 * Float.pi).squareRoot()
  }
  /// Φ(x).
  @inlinable package static func share(_ x: Float) -> Float {
    0.5 * (1 + erf(x / Float(2).squareRoot()))
  }
}

/// x σ(x), also called swish.
///
/// Ramachandran et al. 2017.
package enum SiLU: ActivationFunction {
  package static let kind = "silu"
  package static let kernel: ActivationKernel? = .silu
  @inlinable package static func value(_ x: Float) -> Float { x * Sigmoid.value(x) }
  @inlinable package static func slope(_ x: Float) -> Float {
    let share = Sigmoid.value(x)
    return share * (1 + x * (1 - share))
  }
}

/// The hyperbolic tangent.
package enum Tanh: ActivationFunction {
  package static let kind = "tanh"
  package static let kernel: ActivationKernel? = .tanh
  @inlinable package static func value(_ x: Float) -> Float { tanh(x) }
  @inlinable package static func slope(_ x: Float) -> Float {
    let y = tanh(x)
    return 1 - y * y
  }
}

/// σ(x) = 1 / (1 + e⁻ˣ).
package enum Sigmoid: ActivationFunction {
  package static let kind = "sigmoid"
  package static let kernel: ActivationKernel? = .sigmoid
  @inlinable package static func value(_ x: Float) -> Float { 1 / (1 + exp(-x)) }
  @inlinable package static func slope(_ x: Float) -> Float {
    let y = value(x)
    return y * (1 - y)
  }
}

/// x / 6 + 1/2 between 0 and 1, as PyTorch has it.
package enum HardSigmoid: ActivationFunction {
  package static let kind = "hard_sigmoid"
  @inlinable package static func value(_ x: Float) -> Float { min(max(x / 6 + 0.5, 0), 1) }
  @inlinable package static func slope(_ x: Float) -> Float { abs(x) < 3 ? 1 / 6 : 0 }
}

/// x / 5 + 1/2 between 0 and 1, as Keras 1 and 2 have it.
package enum KerasHardSigmoid: ActivationFunction {
  package static let kind = "keras_hard_sigmoid"
  @inlinable package static func value(_ x: Float) -> Float { min(max(0.2 * x + 0.5, 0), 1) }
  @inlinable package static func slope(_ x: Float) -> Float { abs(x) < 2.5 ? 0.2 : 0 }
}

/// x, or eˣ - 1 where x is negative.
///
/// Clevert, Unterthiner and Hochreiter 2015, eq. 15, with α = 1.
package enum ELU: ActivationFunction {
  package static let kind = "elu"
  @inlinable package static func value(_ x: Float) -> Float { x > 0 ? x : expm1(x) }
  @inlinable package static func slope(_ x: Float) -> Float { x > 0 ? 1 : exp(x) }
}

/// ln(1 + eˣ).
package enum Softplus: ActivationFunction {
  package static let kind = "softplus"
  @inlinable package static func value(_ x: Float) -> Float { max(x, 0) + log1p(exp(-abs(x))) }
  @inlinable package static func slope(_ x: Float) -> Float { Sigmoid.value(x) }
}

/// x / (1 + |x|).
package enum Softsign: ActivationFunction {
  package static let kind = "softsign"
  @inlinable package static func value(_ x: Float) -> Float { x / (1 + abs(x)) }
  @inlinable package static func slope(_ x: Float) -> Float { 1 / ((1 + abs(x)) * (1 + abs(x))) }
}
