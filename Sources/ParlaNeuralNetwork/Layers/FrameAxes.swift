package import ParlaDescriptions

/// The numbers of a frame in other axes: none is moved.
package struct Reshape: Layer {
  package static let kind = "reshape"
  package static let mainField: String? = "shape"

  package let name: String
  package let output: FrameShape

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    let axes = try fields.list("shape", "the lengths of a frame's axes", in: 1...1 << 24)
    output = FrameShape(axes)
    guard output.count == place.input.count else {
      throw DescriptionProblem(
        field: "shape", found: "\(output)",
        expected: "\(place.input.count) numbers, as \(place.input) has")
    }
  }

  package var summary: String { "reshape \(name), \(output)" }
  package var memory: MemoryNeed { MemoryNeed(kept: 0, working: 0) }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput { LayerOutput(inputs.takeFirst()) }

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] { [gradient] }
}

/// The axes of a frame in another order: axis i of what comes out is axis `axes[i]` of what goes in.
package struct Transpose: Layer {
  package static let kind = "transpose"
  package static let mainField: String? = "axes"

  package let name: String
  package let output: FrameShape
  /// Axis `order[i]` of what goes in is axis i of what comes out.
  package let order: [Int]
  /// For each number that comes out, which one it is of those that go in.
  private let places: [Int]

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    let input = place.input.axes
    order = try fields.list("axes", "the axes in their new order", in: 0...63)
    guard order.sorted() == Array(input.indices) else {
      throw DescriptionProblem(
        field: "axes", found: "\(order)",
        expected:
          "each axis of frames \(place.input) once: a permutation of \(Array(input.indices))")
    }
    output = FrameShape(order.map { input[$0] })
    let strides = input.indices.map { input[($0 + 1)...].reduce(1, *) }
    places = order.reduce([0]) { places, axis in
      places.flatMap { place in (0..<input[axis]).map { place + $0 * strides[axis] } }
    }
  }

  package var summary: String { "transpose \(name), \(output)" }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    let input = inputs.takeFirst()
    var result = Tensor(unwritten: input.values.shape)
    nonisolated(unsafe) let (x, y) = unsafe (input.values.pointer, result.mutablePointer)
    pass.compute.divide(result.rowCount, grain: 16) { rows in
      for row in rows {
        let start = row * places.count
        for (index, place) in places.enumerated() { unsafe y[start + index] = x[start + place] }
      }
    }
    return LayerOutput(Sequences(result, lengths: input.lengths))
  }

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    let gradient = gradient
    var result = Tensor(unwritten: gradient.shape)
    let (g, d) = unsafe (gradient.pointer, result.mutablePointer)
    for row in 0..<gradient.rowCount {
      let start = row * places.count
      for (index, place) in places.enumerated() { unsafe d[start + place] = g[start + index] }
    }
    return [result]
  }
}

extension FieldReader {
  /// Whole numbers in `range`, any count of them; a single one needs no brackets.
  mutating func list(
    _ name: String, _ meaning: String, in range: ClosedRange<Int>
  ) throws(DescriptionProblem) -> [Int] {
    try integers(name, meaning, count: nil, in: range)
  }
}
