package import ParlaDescriptions

/// y = min(max(x, 0), ceiling).
package struct ClippedReLU: Layer {
  package static let kind = "clipped_relu"
  package static let family: String? = "activation"

  package let name: String
  package let output: FrameShape
  package let ceiling: Float

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    let ceiling = try fields.number("ceiling", "a ceiling", above: 0)
    self.init(place, ceiling: ceiling)
  }

  /// The activation of a frame's features, none above `ceiling`.
  package init(_ place: LayerPlace, ceiling: Float) {
    name = place.name
    output = place.input
    self.ceiling = ceiling
  }

  package var summary: String { "clipped_relu, at most \(ceiling)" }

  /// It works in the memory of the layer before.
  package var memory: MemoryNeed { MemoryNeed(kept: 0, working: 2 * output.count) }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    var output = inputs.takeFirst()
    pass.compute.clippedReLU(&output.values, ceiling: ceiling)
    return LayerOutput(output, saved: Saved([output.values]))
  }

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    var gradient = gradient
    pass.compute.clippedReLUGradient(&gradient, output: saved.tensors[0], ceiling: ceiling)
    return [gradient]
  }
}
