package import ParlaDescriptions
import ParlaPlatform

/// A recurrent layer without gates: h(t) = f(W x(t) + R h(t - 1) + b), with f = tanh or ReLU.
///
/// Elman 1990; the recurrent layers of Deep Speech 2 are such.
package struct SimpleRNN: RecurrentLayer {
  package static let kind = "simple_rnn"
  static let gateCount = 1

  /// The function that makes a step's sum its output.
  private enum Function: String, CaseIterable { case tanh, relu }

  package let name: String
  package let output: FrameShape
  let inputCount: Int
  package let isReLU: Bool

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    inputCount = place.featureCount
    output = FrameShape(try fields.integer("size", "a layer's size"))
    isReLU =
      try fields.choice(
        "activation", "the function of a step", of: Function.self, default: .tanh) == .relu
  }

  package var memory: MemoryNeed { MemoryNeed(kept: unitCount, working: 3 * unitCount) }

  func run(
    _ sums: consuming Tensor, lengths: [Int], _ weights: LayerWeights, states: [Tensor],
    _ pass: Pass
  ) -> RecurrentRun {
    var outputs = sums
    let (frames, batch) = (outputs.shape[0], lengths.count)
    let (step, isReLU) = (batch * unitCount, isReLU)
    var state = states[0]
    for frame in 0..<frames {
      let recurrent = pass.compute.affine(state, weights.matrix(1), nil)
      state = Tensor(unwritten: states[0].shape)
      let (sum, addend) = unsafe (outputs.mutablePointer + frame * step, recurrent.pointer)
      let next = unsafe state.mutablePointer
      for (number, length) in lengths.enumerated() {
        for index in number * unitCount..<(number + 1) * unitCount {
          let value = unsafe sum[index] + addend[index]
          let output = frame >= length ? 0 : isReLU ? max(value, 0) : tanh(value)
          unsafe sum[index] = output
          unsafe next[index] = output
        }
      }
    }
    let result = outputs
    return RecurrentRun(outputs: result) {
      [result.frame(before: lengths, otherwise: states[0])]
    }
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
      deltas, aTransposed: true, before, accumulating: true, into: &gradients[1])
    return [pass.compute.inputGradient(deltas, input, weights[0], wanted[0], &gradients)]
  }
}
