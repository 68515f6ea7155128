package import ParlaDescriptions

/// A dense layer that each of its numbers may be led past: y = t h + (1 - t) x, with h = max(W x + b, 0), t = σ(V x + c).
///
/// Srivastava, Greff and Schmidhuber 2015, eq. 3. Weights are W above V: [2 × features, features]; biases b, then c.
package struct Highway: Layer {
  package static let kind = "highway"

  package let name: String
  package let output: FrameShape

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    output = place.input
  }

  private var width: Int { output.count }

  package var memory: MemoryNeed { MemoryNeed(kept: 3 * width, working: 4 * width) }

  package var parameters: [ParameterSpecification] {
    [
      ParameterSpecification(
        name: "\(name).weight", shape: [2 * width, width],
        initializer: .glorotUniform(fanIn: width, fanOut: width), isProductWeight: true),
      ParameterSpecification(name: "\(name).bias", shape: [2 * width], initializer: .zeros),
    ]
  }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    let input = inputs.takeFirst()
    let sums = pass.compute.affine(input.values, weights.matrix(0), weights[1])
    let width = width
    var result = Tensor(unwritten: input.values.shape)
    nonisolated(unsafe) let (x, sum) = unsafe (input.values.pointer, sums.pointer)
    nonisolated(unsafe) let y = unsafe result.mutablePointer
    pass.compute.divide(result.rowCount, grain: 16) { rows in
      for row in rows {
        for column in 0..<width {
          let (place, own) = (2 * row * width + column, row * width + column)
          let gate = unsafe Sigmoid.value(sum[place + width])
          unsafe y[own] = gate * max(sum[place], 0) + (1 - gate) * x[own]
        }
      }
    }
    return LayerOutput(
      Sequences(result, lengths: input.lengths), saved: Saved([input.values, sums]))
  }

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    var past = gradient
    let (input, sums, width) = (saved.tensors[0], saved.tensors[1], width)
    var sumGradient = Tensor(unwritten: sums.shape)
    nonisolated(unsafe) let (x, sum) = unsafe (input.pointer, sums.pointer)
    nonisolated(unsafe) let (g, s) = unsafe (past.mutablePointer, sumGradient.mutablePointer)
    pass.compute.divide(past.rowCount, grain: 16) { rows in
      for row in rows {
        for column in 0..<width {
          let (place, own) = (2 * row * width + column, row * width + column)
          let (value, gateSum) = unsafe (sum[place], sum[place + width])
          let gate = Sigmoid.value(gateSum)
          unsafe s[place] = value > 0 ? g[own] * gate : 0
          unsafe s[place + width] = g[own] * (max(value, 0) - x[own]) * gate * (1 - gate)
          unsafe g[own] *= 1 - gate
        }
      }
    }
    pass.compute.addColumnSums(of: sumGradient, to: &gradients[1])
    pass.compute.product(
      sumGradient, aTransposed: true, input, accumulating: true, into: &gradients[0])
    if wanted[0] {
      pass.compute.product(sumGradient, weights[0], accumulating: true, into: &past)
    }
    return [past]
  }
}

/// Leads numbers past what another layer made of them: y = t h + (1 - t) x, with h = max(s, 0) and t = σ(g), of the inputs x, s and g.
///
/// Srivastava, Greff and Schmidhuber 2015, eq. 3, for sums that are not of a dense layer.
package struct HighwayMerge: Layer {
  package static let kind = "highway_merge"
  package static var inputCounts: ClosedRange<Int> { 3...3 }

  package let name: String
  package let output: FrameShape

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    output = place.input
    guard place.inputs.allSatisfy({ $0 == place.input }) else {
      throw DescriptionProblem(
        field: "inputs",
        found: "frames " + place.inputs.map(\.description).joined(separator: " and "),
        expected: "frames of one shape")
    }
  }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    let (past, sums, gates) = (inputs[0].values, inputs[1].values, inputs[2].values)
    let lengths = inputs[0].lengths
    inputs = []
    let gated = pass.compute.numbers(sums, with: gates) { max($0, 0) * Sigmoid.value($1) }
    var result = pass.compute.numbers(past, with: gates) { $0 * (1 - Sigmoid.value($1)) }
    result.add(gated)
    return LayerOutput(Sequences(result, lengths: lengths), saved: Saved([past, sums, gates]))
  }

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    let (gradient, compute) = (gradient, pass.compute)
    let (past, sums, gates) = (saved.tensors[0], saved.tensors[1], saved.tensors[2])
    let shares = compute.numbers(like: gates) { Sigmoid.value($0) }
    let passed = compute.numbers(gradient, with: shares) { $0 * $1 }
    let difference = compute.numbers(sums, with: past) { max($0, 0) - $1 }
    let slope = compute.numbers(passed, with: shares) { $0 * (1 - $1) }
    return [
      compute.numbers(gradient, with: shares) { $0 * (1 - $1) },
      compute.numbers(passed, with: sums) { $1 > 0 ? $0 : 0 },
      compute.numbers(slope, with: difference) { $0 * $1 },
    ]
  }
}
