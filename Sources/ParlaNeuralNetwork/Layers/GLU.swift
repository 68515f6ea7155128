package import ParlaDescriptions

/// The first half of a frame's last axis, each number let through as far as one of the second half says: y = a σ(b).
///
/// Dauphin et al. 2017, eq. 1.
package struct GLU: Layer {
  package static let kind = "glu"
  package static let family: String? = "activation"

  package let name: String
  package let output: FrameShape

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    let width = place.input.axes.last ?? 1
    guard width % 2 == 0 else {
      throw DescriptionProblem(
        field: "inputs", found: "frames \(place.input)",
        expected: "a last axis of even length, of which half is gates")
    }
    output = FrameShape(place.input.axes.dropLast() + [width / 2])
  }

  private var half: Int { output.axes.last ?? 1 }

  package var memory: MemoryNeed {
    MemoryNeed(kept: 2 * output.count, working: 4 * output.count)
  }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    let input = inputs.takeFirst()
    let result = pass.compute.glu(
      input.values, half: half, shape: [input.frameCount, input.count, output.count])
    return LayerOutput(Sequences(result, lengths: input.lengths), saved: Saved([input.values]))
  }

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    [pass.compute.gluGradient(gradient, saved.tensors[0], half: half)]
  }
}
