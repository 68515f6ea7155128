package import ParlaDescriptions

/// An LSTM as Keras 1 and 2 compute it, with gates and outputs by functions of choice.
///
/// Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000. Gates are stored in the order input, forget, cell,
/// output, with one bias. `lstm` is faster and the better choice for a new model.
package struct KerasLSTM: Layer {
  package static let kind = "keras_lstm"
  package static let family: String? = "recurrent"
  package static let mainField: String? = "size"

  package let name: String
  package let output: FrameShape
  private let inputCount: Int
  private let functions: CellFunctions

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    inputCount = place.featureCount
    output = FrameShape(try fields.integer("size", "a layer's size"))
    functions = try CellFunctions(&fields)
  }

  private var unitCount: Int { output.count }

  package var summary: String { "keras_lstm \(name), \(unitCount)" }

  package var memory: MemoryNeed { MemoryNeed(kept: 6 * unitCount, working: 6 * unitCount) }

  package var parameters: [ParameterSpecification] {
    CellFunctions.parameters(name, gates: 4, units: unitCount, inputs: inputCount)
  }

  private func run(
    _ input: Sequences, _ weights: LayerWeights, _ pass: Pass, cells: Tensor, outputs: Tensor
  ) -> LSTMActivations {
    pass.compute.kerasLSTMForward(
      pass.compute.affine(input.values, weights.matrix(0), weights[2]),
      recurrent: weights.matrix(1), functions: functions, initialCells: cells,
      initialOutputs: outputs, lengths: input.lengths)
  }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    let input = inputs.takeFirst()
    let zeros = Tensor(shape: [input.count, unitCount])
    let result = run(input, weights, pass, cells: zeros, outputs: zeros)
    return LayerOutput(
      Sequences(result.outputs, lengths: input.lengths),
      saved: Saved(
        [input.values, result.gates, result.cells, result.outputs], lengths: input.lengths))
  }

  package func advance(
    _ inputs: inout [Sequences], _ weights: LayerWeights, states: inout [LayerState],
    isLast: [Bool], _ pass: Pass
  ) -> Sequences {
    let input = inputs.takeFirst()
    guard input.frameCount > 0 else { return .none(input.count, features: unitCount) }
    let zeros = Tensor(shape: [input.count, unitCount])
    let before = states.joined
    let (cells, outputs) = (before.first ?? zeros, before.last ?? zeros)
    let result = run(input, weights, pass, cells: cells, outputs: outputs)
    states.set([
      result.cells.frame(before: input.lengths, otherwise: cells),
      result.outputs.frame(before: input.lengths, otherwise: outputs),
    ])
    return Sequences(result.outputs, lengths: input.lengths)
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
