/// Shifts and scales each frame to mean 0 and deviation 1, then to what it learnt: y = gamma (x - mean) / deviation + beta.
///
/// Ba, Kiros and Hinton 2016, eq. 4, over the features of one frame; ε = 1e-12 under the root, as TensorFlow 1.15's
/// `tf.contrib.layers.layer_norm` has it.
package struct LayerNormalization: Layer {
  package let name: String
  package let outputCount: Int

  /// What is added to a frame's variance.
  package static let epsilon: Float = 1e-12

  /// Normalises frames of `featureCount` features.
  package init(name: String, featureCount: Int) {
    self.name = name
    outputCount = featureCount
  }

  package var parameters: [ParameterSpecification] {
    [
      ParameterSpecification(name: "\(name).gamma", shape: [outputCount], initializer: .ones),
      ParameterSpecification(name: "\(name).beta", shape: [outputCount], initializer: .zeros),
    ]
  }

  package func forward(
    _ input: consuming Tensor, _ parameters: ArraySlice<Tensor>, _ pass: Pass
  ) -> LayerOutput {
    var normalized = input
    let factors = pass.compute.normalizeRows(&normalized, epsilon: Self.epsilon)
    var output = normalized
    pass.compute.scaleColumns(
      of: &output, by: parameters[parameters.startIndex],
      adding: parameters[parameters.startIndex + 1])
    return LayerOutput(output: output, saved: [normalized, factors])
  }

  package func backward(
    _ outputGradient: consuming Tensor, saved: [Tensor], _ parameters: ArraySlice<Tensor>,
    gradients: inout ArraySlice<Tensor>, needsInputGradient: Bool, _ pass: Pass
  ) -> Tensor {
    let gamma = gradients.startIndex
    var gradient = outputGradient
    pass.compute.addColumnSums(of: gradient, to: &gradients[gamma + 1])
    pass.compute.addColumnSums(of: gradient, times: saved[0], to: &gradients[gamma])
    guard needsInputGradient else { return gradient }
    pass.compute.normalizationGradient(
      &gradient, normalized: saved[0], factors: saved[1],
      gamma: parameters[parameters.startIndex])
    return gradient
  }
}
