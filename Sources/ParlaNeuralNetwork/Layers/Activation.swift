package import ParlaDescriptions
import ParlaPlatform

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

  /// Nothing is needed for a way back, so that the frames' own memory does.
  package func advance(
    _ inputs: inout [Sequences], _ weights: LayerWeights, states: inout [LayerState],
    isLast: [Bool], _ pass: Pass
  ) -> Sequences {
    guard let kernel = Function.kernel else { return forward(&inputs, weights, pass).output }
    var input = inputs.takeFirst()
    pass.compute.activate(&input.values, by: kernel)
    return input
  }

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    guard let kernel = Function.kernel else {
      return [pass.compute.numbers(gradient, with: saved.tensors[0]) { $0 * Function.slope($1) }]
    }
    var gradient = gradient
    pass.compute.activationGradient(&gradient, at: saved.tensors[0], by: kernel)
    return [gradient]
  }
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
    _ x: Tensor, with other: Tensor, _ body: @Sendable (Float, Float) -> Float
  ) -> Tensor {
    precondition(x.count == other.count, "two tensors of one size")
    var result = Tensor(unwritten: x.shape)
    nonisolated(unsafe) let (first, second) = unsafe (x.pointer, other.pointer)
    nonisolated(unsafe) let target = unsafe result.mutablePointer
    divide(x.count, grain: 4096) { range in
      for index in range { unsafe target[index] = body(first[index], second[index]) }
    }
    return result
  }
}
