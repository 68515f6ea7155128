import Foundation
package import ParlaDescriptions

/// A recurrent layer without gates: h(t) = f(W x(t) + R h(t - 1) + b), with f = tanh or ReLU.
///
/// Elman 1990; the recurrent layers of Deep Speech 2 are such.
package struct SimpleRNN: Layer {
  package static let kind = "simple_rnn"
  package static let family: String? = "recurrent"
  package static let mainField: String? = "size"

  /// The function that makes a step's sum its output.
  private enum Function: String, CaseIterable { case tanh, relu }

  package let name: String
  package let output: FrameShape
  private let inputCount: Int
  private let isReLU: Bool

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    inputCount = place.featureCount
    output = FrameShape(try fields.integer("size", "a layer's size"))
    isReLU =
      try fields.choice(
        "activation", "the function of a step", of: Function.self, default: .tanh) == .relu
  }

  private var unitCount: Int { output.count }

  package var summary: String { "simple_rnn \(name), \(unitCount)" }

  package var memory: MemoryNeed { MemoryNeed(kept: unitCount, working: 3 * unitCount) }

  package var parameters: [ParameterSpecification] {
    let initializer = ParameterSpecification.Initializer.glorotUniform(
      fanIn: inputCount + unitCount, fanOut: unitCount)
    return [
      ParameterSpecification(
        name: "\(name).input_weight", shape: [unitCount, inputCount], initializer: initializer,
        isProductWeight: true),
      ParameterSpecification(
        name: "\(name).recurrent_weight", shape: [unitCount, unitCount],
        initializer: initializer, isProductWeight: true),
      ParameterSpecification(name: "\(name).bias", shape: [unitCount], initializer: .zeros),
    ]
  }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    let input = inputs.takeFirst()
    let outputs = run(
      input, weights, pass, initial: Tensor(shape: [input.count, unitCount]))
    return LayerOutput(
      Sequences(outputs, lengths: input.lengths), saved: Saved([input.values, outputs]))
  }

  package func advance(
    _ inputs: inout [Sequences], _ weights: LayerWeights, states: inout [LayerState],
    isLast: [Bool], _ pass: Pass
  ) -> Sequences {
    let input = inputs.takeFirst()
    guard input.frameCount > 0 else { return .none(input.count, features: unitCount) }
    let initial = states.joined.first ?? Tensor(shape: [input.count, unitCount])
    let outputs = run(input, weights, pass, initial: initial)
    states.set([outputs.frame(before: input.lengths, otherwise: initial)])
    return Sequences(outputs, lengths: input.lengths)
  }

  /// Outputs of all frames, zeros beyond a sequence's end.
  private func run(
    _ input: Sequences, _ weights: LayerWeights, _ pass: Pass, initial: Tensor
  ) -> Tensor {
    var sums = pass.compute.affine(input.values, weights.matrix(0), weights[2])
    let (step, isReLU) = (input.count * unitCount, isReLU)
    var state = initial
    for frame in 0..<input.frameCount {
      let recurrent = pass.compute.affine(state, weights.matrix(1), nil)
      state = Tensor(unwritten: initial.shape)
      let (sum, addend) = unsafe (sums.mutablePointer + frame * step, recurrent.pointer)
      let next = unsafe state.mutablePointer
      for (number, length) in input.lengths.enumerated() {
        for index in number * unitCount..<(number + 1) * unitCount {
          let value = unsafe sum[index] + addend[index]
          let output = frame >= length ? 0 : isReLU ? max(value, 0) : tanh(value)
          unsafe sum[index] = output
          unsafe next[index] = output
        }
      }
    }
    return sums
  }

  /// Through time: δ(t) = (∂h(t) + δ(t + 1) R) f'.
  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    var deltas = gradient
    let (input, outputs) = (saved.tensors[0], saved.tensors[1])
    let (frames, batch) = (deltas.shape[0], deltas.shape[1])
    let step = batch * unitCount
    var (delta, back) = (
      Tensor(shape: [batch, unitCount]), Tensor(shape: [batch, unitCount])
    )
    for frame in (0..<frames).reversed() {
      let (g, y) = unsafe (
        deltas.mutablePointer + frame * step, outputs.pointer + frame * step
      )
      let (own, later) = unsafe (delta.mutablePointer, back.pointer)
      for index in 0..<step {
        let output = unsafe y[index]
        let slope: Float = isReLU ? (output > 0 ? 1 : 0) : 1 - output * output
        unsafe g[index] = (g[index] + later[index]) * slope
        unsafe own[index] = g[index]
      }
      pass.compute.product(delta, weights[1], into: &back)
    }
    // What each frame's recurrent product was of: zeros, then the outputs but for the last.
    var before = Tensor(shape: outputs.shape)
    if frames > 1 {
      unsafe (before.mutablePointer + step).update(
        from: outputs.pointer, count: outputs.count - step)
    }
    pass.compute.product(
      deltas, aTransposed: true, input, accumulating: true, into: &gradients[0])
    pass.compute.product(
      deltas, aTransposed: true, before, accumulating: true, into: &gradients[1])
    pass.compute.addColumnSums(of: deltas, to: &gradients[2])
    guard wanted[0] else { return [deltas] }
    var inputGradient = Tensor(unwritten: input.shape)
    pass.compute.product(deltas, weights[0], into: &inputGradient)
    return [inputGradient]
  }
}
