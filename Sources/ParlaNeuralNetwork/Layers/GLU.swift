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
    let half = half
    var result = Tensor(unwritten: [input.frameCount, input.count, output.count])
    nonisolated(unsafe) let (x, y) = unsafe (input.values.pointer, result.mutablePointer)
    pass.compute.divide(result.count / half, grain: 16) { rows in
      for row in rows {
        for index in 0..<half {
          let place = 2 * row * half + index
          unsafe y[row * half + index] = x[place] * Sigmoid.value(x[place + half])
        }
      }
    }
    return LayerOutput(Sequences(result, lengths: input.lengths), saved: Saved([input.values]))
  }

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    let (gradient, input, half) = (gradient, saved.tensors[0], half)
    var result = Tensor(unwritten: input.shape)
    nonisolated(unsafe) let (x, g) = unsafe (input.pointer, gradient.pointer)
    nonisolated(unsafe) let target = unsafe result.mutablePointer
    pass.compute.divide(gradient.count / half, grain: 16) { rows in
      for row in rows {
        for index in 0..<half {
          let place = 2 * row * half + index
          let (own, gate) = unsafe (g[row * half + index], x[place + half])
          unsafe target[place] = own * Sigmoid.value(gate)
          unsafe target[place + half] = own * x[place] * Sigmoid.slope(gate)
        }
      }
    }
    return [result]
  }
}
