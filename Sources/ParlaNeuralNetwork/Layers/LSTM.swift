/// A recurrent layer that keeps what it heard in cells behind three gates.
///
/// Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000; no peepholes. Gates are stored in the order
/// input, forget, cell, output (that of PyTorch and cuDNN), with one bias.
package struct LSTM: Layer {
  package let name: String
  package let outputCount: Int
  let inputCount: Int

  /// A layer from `inputCount` features to `unitCount` cells.
  package init(name: String, inputCount: Int, unitCount: Int) {
    self.name = name
    self.inputCount = inputCount
    outputCount = unitCount
  }

  /// The two weights start as parts of TensorFlow's one kernel, which is [inputs + units, 4 units].
  package var parameters: [ParameterSpecification] {
    let initializer = ParameterSpecification.Initializer.glorotUniform(
      fanIn: inputCount + outputCount, fanOut: 4 * outputCount)
    return [
      ParameterSpecification(
        name: "\(name).input_weight", shape: [4 * outputCount, inputCount],
        initializer: initializer),
      ParameterSpecification(
        name: "\(name).recurrent_weight", shape: [4 * outputCount, outputCount],
        initializer: initializer),
      ParameterSpecification(name: "\(name).bias", shape: [4 * outputCount], initializer: .zeros),
    ]
  }

  package func forward(
    _ input: consuming Tensor, _ parameters: ArraySlice<Tensor>, _ pass: Pass
  ) -> LayerOutput {
    let x = input
    let result = activations(x, parameters, pass, state: [])
    return LayerOutput(
      output: result.outputs, saved: [x, result.gates, result.cells, result.outputs])
  }

  package func continued(
    _ input: consuming Tensor, _ parameters: ArraySlice<Tensor>, _ pass: Pass,
    state: inout [Tensor]
  ) -> Tensor {
    let result = activations(input, parameters, pass, state: state)
    state = [result.cells.lastFrame, result.outputs.lastFrame]
    return result.outputs
  }

  /// Everything that the frames of `x` lead to, from `state`: cells and outputs before them, or nothing.
  private func activations(
    _ x: Tensor, _ parameters: ArraySlice<Tensor>, _ pass: Pass, state: [Tensor]
  ) -> LSTMActivations {
    let start = parameters.startIndex
    var gates = Tensor(unwritten: x.shape.dropLast() + [4 * outputCount])
    pass.compute.product(x, parameters[start], bTransposed: true, into: &gates)
    pass.compute.addBias(parameters[start + 2], to: &gates)
    let zeros = Tensor(shape: [x.shape[1], outputCount])
    return pass.compute.lstmForward(
      gates, recurrentWeight: parameters[start + 1], initialCells: state.first ?? zeros,
      initialOutputs: state.last ?? zeros, frameCounts: pass.frameCounts)
  }

  package func backward(
    _ outputGradient: consuming Tensor, saved: [Tensor], _ parameters: ArraySlice<Tensor>,
    gradients: inout ArraySlice<Tensor>, needsInputGradient: Bool, _ pass: Pass
  ) -> Tensor {
    let (weight, start) = (parameters.startIndex, gradients.startIndex)
    let zeros = Tensor(shape: [saved[0].shape[1], outputCount])
    var cellGradient = zeros
    let (gateGradient, _) = pass.compute.lstmBackward(
      outputGradient, cellGradient: &cellGradient,
      activations: LSTMActivations(gates: saved[1], cells: saved[2], outputs: saved[3]),
      recurrentWeight: parameters[weight + 1], initialCells: zeros, frameCounts: pass.frameCounts)
    pass.compute.product(
      gateGradient, aTransposed: true, saved[0], accumulating: true, into: &gradients[start])
    pass.compute.addRecurrentWeightGradient(
      gateGradient: gateGradient, outputs: saved[3], to: &gradients[start + 1])
    pass.compute.addColumnSums(of: gateGradient, to: &gradients[start + 2])
    guard needsInputGradient else { return gateGradient }
    var inputGradient = Tensor(unwritten: saved[0].shape)
    pass.compute.product(gateGradient, parameters[weight], into: &inputGradient)
    return inputGradient
  }
}
