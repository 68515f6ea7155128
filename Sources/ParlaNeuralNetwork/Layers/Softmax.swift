package import ParlaDescriptions

/// Shares along a frame's last axis: y = eˣ / Σ eˣ.
package struct Softmax: Layer {
  package static let kind = "softmax"
  package static let family: String? = "activation"

  package let name: String
  package let output: FrameShape

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    output = place.input
  }

  private var width: Int { output.axes.last ?? 1 }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    var output = inputs.takeFirst()
    let shape = output.values.shape
    output.values.reshape([output.values.count / width, width])
    pass.compute.softmax(&output.values)
    output.values.reshape(shape)
    return LayerOutput(output, saved: Saved([output.values]))
  }

  /// With shares y: ∂x = y (∂y - Σ y ∂y).
  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    var gradient = gradient
    let (width, count, shares) = (width, gradient.count, saved.tensors[0])
    nonisolated(unsafe) let (g, y) = unsafe (gradient.mutablePointer, shares.pointer)
    pass.compute.divide(count / width, grain: 64) { rows in
      for row in rows {
        let range = row * width..<(row + 1) * width
        let sum = range.reduce(Float(0)) { unsafe $0 + g[$1] * y[$1] }
        for index in range { unsafe g[index] = y[index] * (g[index] - sum) }
      }
    }
    return [gradient]
  }
}
