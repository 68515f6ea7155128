package import ParlaDescriptions

/// A recurrent layer that keeps what it has seen in cells behind three gates.
///
/// Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000; no peepholes. Gates are stored in the order
/// input, forget, cell, output (that of PyTorch and cuDNN), with one bias.
package struct LSTM: RecurrentLayer {
  package static let kind = "lstm"
  static let gateCount = 4
  static let stateCount = 2

  package let name: String
  package let output: FrameShape
  let inputCount: Int

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    self.init(place, size: try fields.integer("size", "a layer's size"))
  }

  /// A layer from the frame's features to `size` cells.
  package init(_ place: LayerPlace, size: Int) {
    name = place.name
    inputCount = place.featureCount
    output = FrameShape(size)
  }

  /// Gates, cells and outputs of each frame.
  package var memory: MemoryNeed { MemoryNeed(kept: 6 * unitCount, working: 6 * unitCount) }

  /// Cells and outputs are carried from frame to frame.
  func run(
    _ sums: consuming Tensor, lengths: [Int], _ weights: LayerWeights, states: [Tensor],
    _ pass: Pass
  ) -> RecurrentRun {
    switch weights.matrix(1) {
    case .tensor(let recurrent):
      let result = pass.compute.lstmForward(
        sums, recurrentWeight: recurrent, initialCells: states[0], initialOutputs: states[1],
        frameCounts: lengths)
      let (cells, outputs) = (result.cells, result.outputs)
      return RecurrentRun(outputs: outputs, kept: [result.gates, cells]) {
        [
          cells.frame(before: lengths, otherwise: states[0]),
          outputs.frame(before: lengths, otherwise: states[1]),
        ]
      }
    case .matrix(let recurrent, _):
      var (cells, last) = (states[0], states[1])
      let outputs = pass.compute.lstmInference(
        sums, recurrentWeights: recurrent, cells: &cells, outputs: &last, frameCounts: lengths)
      let after = [cells, last]
      return RecurrentRun(outputs: outputs) { after }
    }
  }

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    let (lengths, tensors) = (saved.lengths, saved.tensors)
    let zeros = Tensor(shape: [tensors[0].shape[1], unitCount])
    var cellGradient = zeros
    let (sums, _) = pass.compute.lstmBackward(
      gradient, cellGradient: &cellGradient,
      activations: LSTMActivations(gates: tensors[1], cells: tensors[2], outputs: tensors[3]),
      recurrentWeight: weights[1], initialCells: zeros, frameCounts: lengths)
    pass.compute.addRecurrentWeightGradient(
      gateGradient: sums, outputs: tensors[3], to: &gradients[1])
    return [pass.compute.inputGradient(sums, tensors[0], weights[0], wanted[0], &gradients)]
  }
}
