package import ParlaDescriptions

/// A recurrent layer that keeps what it has seen in cells behind three gates.
///
/// Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000; no peepholes. Gates are stored in the order
/// input, forget, cell, output (that of PyTorch and cuDNN), with one bias.
package struct LSTM: Layer {
  package static let kind = "lstm"
  package static let family: String? = "recurrent"
  package static let mainField: String? = "size"

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

  private var unitCount: Int { output.count }

  package var summary: String { "lstm \(name), \(unitCount)" }

  /// Gates, cells and outputs of each frame.
  package var memory: MemoryNeed { MemoryNeed(kept: 6 * unitCount, working: 6 * unitCount) }

  /// The two weights start as parts of TensorFlow's one kernel, which is [inputs + units, 4 units].
  package var parameters: [ParameterSpecification] {
    let initializer = ParameterSpecification.Initializer.glorotUniform(
      fanIn: inputCount + unitCount, fanOut: 4 * unitCount)
    return [
      ParameterSpecification(
        name: "\(name).input_weight", shape: [4 * unitCount, inputCount],
        initializer: initializer, isProductWeight: true),
      ParameterSpecification(
        name: "\(name).recurrent_weight", shape: [4 * unitCount, unitCount],
        initializer: initializer, isProductWeight: true),
      ParameterSpecification(name: "\(name).bias", shape: [4 * unitCount], initializer: .zeros),
    ]
  }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    let input = inputs.takeFirst()
    let gates = pass.compute.affine(input.values, weights.matrix(0), weights[2])
    let zeros = Tensor(shape: [input.count, unitCount])
    switch weights.matrix(1) {
    case .tensor(let recurrent):
      let result = pass.compute.lstmForward(
        gates, recurrentWeight: recurrent, initialCells: zeros, initialOutputs: zeros,
        frameCounts: input.lengths)
      return LayerOutput(
        Sequences(result.outputs, lengths: input.lengths),
        saved: Saved(
          [input.values, result.gates, result.cells, result.outputs], lengths: input.lengths))
    case .matrix(let recurrent, _):
      var (cells, outputs) = (zeros, zeros)
      let result = pass.compute.lstmInference(
        gates, recurrentWeights: recurrent, cells: &cells, outputs: &outputs)
      return LayerOutput(Sequences(result, lengths: input.lengths))
    }
  }

  package func advance(
    _ inputs: inout [Sequences], _ weights: LayerWeights, states: inout [LayerState],
    isLast: [Bool], _ pass: Pass
  ) -> Sequences {
    let input = inputs.takeFirst()
    guard input.frameCount > 0 else { return .none(input.count, features: unitCount) }
    let gates = pass.compute.affine(input.values, weights.matrix(0), weights[2])
    let zeros = Tensor(shape: [input.count, unitCount])
    let before = states.joined
    var (cells, outputs) = (before.first ?? zeros, before.last ?? zeros)
    switch weights.matrix(1) {
    case .tensor(let recurrent):
      let result = pass.compute.lstmForward(
        gates, recurrentWeight: recurrent, initialCells: cells, initialOutputs: outputs,
        frameCounts: input.lengths)
      states.set([
        result.cells.frame(before: input.lengths, otherwise: cells),
        result.outputs.frame(before: input.lengths, otherwise: outputs),
      ])
      return Sequences(result.outputs, lengths: input.lengths)
    case .matrix(let recurrent, _):
      let result = pass.compute.lstmInference(
        gates, recurrentWeights: recurrent, cells: &cells, outputs: &outputs,
        frameCounts: input.lengths)
      states.set([cells, outputs])
      return Sequences(result, lengths: input.lengths)
    }
  }

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    let lengths = saved.lengths
    let tensors = saved.tensors
    let zeros = Tensor(shape: [tensors[0].shape[1], unitCount])
    var cellGradient = zeros
    let (gateGradient, _) = pass.compute.lstmBackward(
      gradient, cellGradient: &cellGradient,
      activations: LSTMActivations(gates: tensors[1], cells: tensors[2], outputs: tensors[3]),
      recurrentWeight: weights[1], initialCells: zeros, frameCounts: lengths)
    pass.compute.product(
      gateGradient, aTransposed: true, tensors[0], accumulating: true, into: &gradients[0])
    pass.compute.addRecurrentWeightGradient(
      gateGradient: gateGradient, outputs: tensors[3], to: &gradients[1])
    pass.compute.addColumnSums(of: gateGradient, to: &gradients[2])
    guard wanted[0] else { return [gateGradient] }
    var inputGradient = Tensor(unwritten: tensors[0].shape)
    pass.compute.product(gateGradient, weights[0], into: &inputGradient)
    return [inputGradient]
  }
}
