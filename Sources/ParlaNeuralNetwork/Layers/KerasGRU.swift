package import ParlaDescriptions

/// A GRU as Keras 1 and 2 compute it: the reset gate before the recurrent product, gates and candidates by functions of choice.
///
/// Cho et al. 2014. Gates are stored in the order update, reset, candidate, with one bias. `gru` is faster and the better choice for a
/// new model.
package struct KerasGRU: RecurrentLayer {
  package static let kind = "keras_gru"
  static let gateCount = 3

  package let name: String
  package let output: FrameShape
  let inputCount: Int
  package let functions: CellFunctions

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    inputCount = place.featureCount
    output = FrameShape(try fields.integer("size", "a layer's size"))
    functions = try CellFunctions(&fields)
  }

  package var memory: MemoryNeed { MemoryNeed(kept: 5 * unitCount, working: 7 * unitCount) }

  func run(
    _ sums: consuming Tensor, lengths: [Int], _ weights: LayerWeights, states: [Tensor],
    _ pass: Pass
  ) -> RecurrentRun {
    let result = pass.compute.kerasGRUForward(
      sums, recurrent: weights.matrix(1), functions: functions, initial: states[0],
      lengths: lengths)
    let outputs = result.outputs
    return RecurrentRun(outputs: outputs, kept: [result.gates, result.resets]) {
      [outputs.frame(before: lengths, otherwise: states[0])]
    }
  }

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    let (lengths, tensors) = (saved.lengths, saved.tensors)
    let sums = pass.compute.kerasGRUBackward(
      gradient,
      KerasGRUActivations(gates: tensors[1], resets: tensors[2], outputs: tensors[3]),
      recurrent: weights[1], functions: functions, lengths: lengths,
      recurrentGradient: &gradients[1])
    return [
      pass.compute.inputGradient(sums, tensors[0], weights[0], wanted[0], &gradients)
    ]
  }
}

extension CellFunctions {
  /// The fields `gate` and `activation`.
  init(_ fields: inout FieldReader) throws(DescriptionProblem) {
    let gate = try fields.choice(
      "gate", "the function of the gates", of: CellFunction.self, default: .hardSigmoid)
    let output = try fields.choice(
      "activation", "the function of what the gates let through", of: CellFunction.self,
      default: .tanh)
    self.init(gate: gate, output: output)
  }
}
