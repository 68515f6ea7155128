/// Every output is a weighted sum of all inputs: y = x Wᵀ + b.
package struct Dense: Layer {
  package let name: String
  package let outputCount: Int
  let inputCount: Int

  /// A layer from `inputCount` to `outputCount` features.
  package init(name: String, inputCount: Int, outputCount: Int) {
    self.name = name
    self.inputCount = inputCount
    self.outputCount = outputCount
  }

  package var parameters: [ParameterSpecification] {
    [
      ParameterSpecification(
        name: "\(name).weight", shape: [outputCount, inputCount],
        initializer: .glorotUniform(fanIn: inputCount, fanOut: outputCount)),
      ParameterSpecification(name: "\(name).bias", shape: [outputCount], initializer: .zeros),
    ]
  }

  package func forward(
    _ input: consuming Tensor, _ parameters: ArraySlice<Tensor>, _ pass: Pass
  ) -> LayerOutput {
    let (weight, bias) = (parameters[parameters.startIndex], parameters[parameters.startIndex + 1])
    let x = input
    var output = Tensor(unwritten: x.shape.dropLast() + [outputCount])
    pass.compute.product(x, weight, bTransposed: true, into: &output)
    pass.compute.addBias(bias, to: &output)
    return LayerOutput(output: output, saved: [x])
  }

  package func backward(
    _ outputGradient: consuming Tensor, saved: [Tensor], _ parameters: ArraySlice<Tensor>,
    gradients: inout ArraySlice<Tensor>, needsInputGradient: Bool, _ pass: Pass
  ) -> Tensor {
    let (weight, bias) = (gradients.startIndex, gradients.startIndex + 1)
    let gradient = outputGradient
    pass.compute.addColumnSums(of: gradient, to: &gradients[bias])
    pass.compute.product(
      gradient, aTransposed: true, saved[0], accumulating: true, into: &gradients[weight])
    guard needsInputGradient else { return gradient }
    var inputGradient = Tensor(unwritten: saved[0].shape)
    pass.compute.product(gradient, parameters[parameters.startIndex], into: &inputGradient)
    return inputGradient
  }
}
