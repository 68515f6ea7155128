import Foundation
package import ParlaDescriptions

/// A function of one number that a layer applies to every number of a frame.
///
/// A new one is an `enum` here and an entry in `LayerKinds`.
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

/// y = f(x), number by number.
package struct Activation<Function: ActivationFunction>: Layer {
  package static var kind: String { Function.kind }
  package static var family: String? { "activation" }

  package let name: String
  package let output: FrameShape

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    output = place.input
  }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    let input = inputs.takeFirst()
    let values =
      Function.kernel.map { pass.compute.activated(input.values, by: $0) }
      ?? pass.compute.numbers(like: input.values) { Function.value($0) }
    return LayerOutput(Sequences(values, lengths: input.lengths), saved: Saved([input.values]))
  }

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    guard let kernel = Function.kernel else {
      return [pass.compute.numbers(gradient, beside: saved.tensors[0]) { $0 * Function.slope($1) }]
    }
    var gradient = gradient
    pass.compute.activationGradient(&gradient, at: saved.tensors[0], by: kernel)
    return [gradient]
  }
}

/// max(x, 0).
package enum ReLU: ActivationFunction {
  package static let kind = "relu"
  package static func value(_ x: Float) -> Float { max(x, 0) }
  package static func slope(_ x: Float) -> Float { x > 0 ? 1 : 0 }
}

/// x Φ(x), with Φ the normal distribution.
///
/// Hendrycks and Gimpel 2016, section 2; not the approximation by tanh.
package enum GELU: ActivationFunction {
  package static let kind = "gelu"
  package static let kernel: ActivationKernel? = .gelu
  package static func value(_ x: Float) -> Float { x * share(x) }
  package static func slope(_ x: Float) -> Float {
    share(x) + x * exp(-x * x / 2) / (2 * Float.pi).squareRoot()
  }
  private static func share(_ x: Float) -> Float { 0.5 * (1 + erf(x / Float(2).squareRoot())) }
}

/// x σ(x), also called swish.
///
/// Ramachandran et al. 2017.
package enum SiLU: ActivationFunction {
  package static let kind = "silu"
  package static let kernel: ActivationKernel? = .silu
  package static func value(_ x: Float) -> Float { x * Sigmoid.value(x) }
  package static func slope(_ x: Float) -> Float {
    let share = Sigmoid.value(x)
    return share * (1 + x * (1 - share))
  }
}

/// The hyperbolic tangent.
package enum Tanh: ActivationFunction {
  package static let kind = "tanh"
  package static let kernel: ActivationKernel? = .tanh
  package static func value(_ x: Float) -> Float { tanh(x) }
  package static func slope(_ x: Float) -> Float {
    let y = tanh(x)
    return 1 - y * y
  }
}

/// σ(x) = 1 / (1 + e⁻ˣ).
package enum Sigmoid: ActivationFunction {
  package static let kind = "sigmoid"
  package static let kernel: ActivationKernel? = .sigmoid
  package static func value(_ x: Float) -> Float { 1 / (1 + exp(-x)) }
  package static func slope(_ x: Float) -> Float {
    let y = value(x)
    return y * (1 - y)
  }
}

/// x / 6 + 1/2 between 0 and 1, as PyTorch has it.
package enum HardSigmoid: ActivationFunction {
  package static let kind = "hard_sigmoid"
  package static func value(_ x: Float) -> Float { min(max(x / 6 + 0.5, 0), 1) }
  package static func slope(_ x: Float) -> Float { abs(x) < 3 ? 1 / 6 : 0 }
}

/// x / 5 + 1/2 between 0 and 1, as Keras 1 and 2 have it.
package enum KerasHardSigmoid: ActivationFunction {
  package static let kind = "keras_hard_sigmoid"
  package static func value(_ x: Float) -> Float { min(max(0.2 * x + 0.5, 0), 1) }
  package static func slope(_ x: Float) -> Float { abs(x) < 2.5 ? 0.2 : 0 }
}

/// x, or eˣ - 1 where x is negative.
///
/// Clevert, Unterthiner and Hochreiter 2015, eq. 15, with α = 1.
package enum ELU: ActivationFunction {
  package static let kind = "elu"
  package static func value(_ x: Float) -> Float { x > 0 ? x : expm1(x) }
  package static func slope(_ x: Float) -> Float { x > 0 ? 1 : exp(x) }
}

/// ln(1 + eˣ).
package enum Softplus: ActivationFunction {
  package static let kind = "softplus"
  package static func value(_ x: Float) -> Float { max(x, 0) + log1p(exp(-abs(x))) }
  package static func slope(_ x: Float) -> Float { Sigmoid.value(x) }
}

/// x / (1 + |x|).
package enum Softsign: ActivationFunction {
  package static let kind = "softsign"
  package static func value(_ x: Float) -> Float { x / (1 + abs(x)) }
  package static func slope(_ x: Float) -> Float { 1 / ((1 + abs(x)) * (1 + abs(x))) }
}

extension Compute {
  /// Each number of `x` as `body` makes it.
  func numbers(like x: Tensor, _ body: @Sendable (Float) -> Float) -> Tensor {
    var result = Tensor(unwritten: x.shape)
    nonisolated(unsafe) let (source, target) = unsafe (x.pointer, result.mutablePointer)
    divide(x.count, grain: 4096) { range in
      for index in range { unsafe target[index] = body(source[index]) }
    }
    return result
  }

  /// What `body` makes of each number of `x` and that of `other`, which has as many.
  func numbers(
    _ x: Tensor, beside other: Tensor, _ body: @Sendable (Float, Float) -> Float
  ) -> Tensor {
    precondition(x.count == other.count, "as many numbers beside")
    var result = Tensor(unwritten: x.shape)
    nonisolated(unsafe) let (first, second) = unsafe (x.pointer, other.pointer)
    nonisolated(unsafe) let target = unsafe result.mutablePointer
    divide(x.count, grain: 4096) { range in
      for index in range { unsafe target[index] = body(first[index], second[index]) }
    }
    return result
  }
}
