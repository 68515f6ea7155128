/// y = min(max(x, 0), ceiling).
package struct ClippedReLU: Layer {
  package let name: String
  package let outputCount: Int
  let ceiling: Float

  /// The activation of `featureCount` features, none above `ceiling`.
  package init(name: String, featureCount: Int, ceiling: Float) {
    self.name = name
    outputCount = featureCount
    self.ceiling = ceiling
  }

  package var parameters: [ParameterSpecification] { [] }

  package func forward(
    _ input: consuming Tensor, _ parameters: ArraySlice<Tensor>, _ pass: Pass
  ) -> LayerOutput {
    var output = input
    pass.compute.clippedReLU(&output, ceiling: ceiling)
    return LayerOutput(output: output, saved: [output])
  }

  package func backward(
    _ outputGradient: consuming Tensor, saved: [Tensor], _ parameters: ArraySlice<Tensor>,
    gradients: inout ArraySlice<Tensor>, needsInputGradient: Bool, _ pass: Pass
  ) -> Tensor {
    var gradient = outputGradient
    pass.compute.clippedReLUGradient(&gradient, output: saved[0], ceiling: ceiling)
    return gradient
  }
}
