package import ParlaDescriptions

/// An LSTM as Keras 1 and 2 compute it, with gates and outputs by functions of choice.
///
/// Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000. Gates are stored in the order input, forget, cell,
/// output, with one bias. `lstm` is faster and the better choice for a new model.
package struct KerasLSTM: RecurrentLayer {
  package static let kind = "keras_lstm"
  static let gateCount = 4
  static let stateCount = 2

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

  package var memory: MemoryNeed { MemoryNeed(kept: 6 * unitCount, working: 6 * unitCount) }

  func run(
    _ sums: consuming Tensor, lengths: [Int], _ weights: LayerWeights, states: [Tensor],
    _ pass: Pass
  ) -> RecurrentRun {
    let result = pass.compute.kerasLSTMForward(
      sums, recurrent: weights.matrix(1), functions: functions, initialCells: states[0],
      initialOutputs: states[1], lengths: lengths)
    let (cells, outputs) = (result.cells, result.outputs)
    return RecurrentRun(outputs: outputs, kept: [result.gates, cells]) {
      [
        cells.frame(before: lengths, otherwise: states[0]),
        outputs.frame(before: lengths, otherwise: states[1]),
      ]
    }
  }

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    let (lengths, tensors) = (saved.lengths, saved.tensors)
    let sums = pass.compute.kerasLSTMBackward(
      gradient, LSTMActivations(gates: tensors[1], cells: tensors[2], outputs: tensors[3]),
      recurrent: weights[1], functions: functions, lengths: lengths)
    pass.compute.addRecurrentWeightGradient(
      gateGradient: sums, outputs: tensors[3], to: &gradients[1])
    return [
      pass.compute.inputGradient(sums, tensors[0], weights[0], wanted[0], &gradients)
    ]
  }
}
