package import ParlaDescriptions

/// Shifts and scales each frame to mean 0 and deviation 1, then to learned values: y = gamma (x - mean) / deviation + beta.
///
/// Ba, Kiros and Hinton 2016, eq. 4, over the features of one frame; ε = 1e-12 under the root by default, as in
/// TensorFlow 1.15's `tf.contrib.layers.layer_norm` (PyTorch's is 1e-5).
package struct LayerNormalization: Layer {
  package static let kind = "layer_normalization"

  package let name: String
  package let output: FrameShape

  /// The constant added to a frame's variance.
  package let epsilon: Float

  /// Whether frames are then scaled and shifted by trained parameters.
  package let isAffine: Bool

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    self.init(
      place,
      epsilon: try fields.number(
        "epsilon", "what is added to the variance", above: 0,
        default: Self.usualEpsilon),
      isAffine: try fields.flag(
        "affine", "whether frames are scaled and shifted to what is learnt", default: true))
  }

  /// Normalises the frames of its input.
  package init(
    _ place: LayerPlace, epsilon: Float = Float(Self.usualEpsilon), isAffine: Bool = true
  ) {
    self.isAffine = isAffine
    name = place.name
    output = place.input
    self.epsilon = epsilon
  }

  /// TensorFlow's.
  package static let usualEpsilon = 1e-12

  package var summary: String { "layer normalization \(name)" }

  package var parameters: [ParameterSpecification] {
    guard isAffine else { return [] }
    return [
      ParameterSpecification(name: "\(name).gamma", shape: [output.count], initializer: .ones),
      ParameterSpecification(name: "\(name).beta", shape: [output.count], initializer: .zeros),
    ]
  }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    let input = inputs.takeFirst()
    let (output, statistics) = pass.compute.normalizedRows(
      input.values, epsilon: epsilon, affine: isAffine ? (weights[0], weights[1]) : nil)
    return LayerOutput(
      Sequences(output, lengths: input.lengths),
      saved: Saved([input.values, statistics.means, statistics.factors]))
  }

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    var gradient = gradient
    let (input, means, factors) = (saved.tensors[0], saved.tensors[1], saved.tensors[2])
    if isAffine {
      var offset = gradients.removeLast()
      pass.compute.addNormalizationSums(
        of: gradient, input, RowStatistics(means: means, factors: factors),
        scale: &gradients[0], offset: &offset)
      gradients.append(offset)
    }
    guard wanted[0] else { return [gradient] }
    pass.compute.normalizationGradient(
      &gradient, input, means: means, factors: factors,
      gamma: isAffine ? weights[0] : Tensor(shape: [output.count], repeating: 1))
    return [gradient]
  }
}
