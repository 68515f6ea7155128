package import ParlaDescriptions

/// Puts the frames of several nodes together, one by one: a residual sum, a product, or one behind the other.
package struct Merge: Layer {
  package static let kind = "merge"
  package static let mainField: String? = "type"
  package static var inputCounts: ClosedRange<Int> { 2...64 }

  /// What becomes of the frames.
  package enum Kind: String, Sendable, CaseIterable {
    /// Number by number.
    case sum, average, multiply, max
    /// One behind the other along the last axis.
    case concat
  }

  package let name: String
  package let output: FrameShape
  package let type: Kind
  package let factors: [Float]
  private let widths: [Int]

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    type = try fields.choice("type", "what becomes of the frames", of: Kind.self, default: .sum)
    factors = try fields.numbers(
      "factors", "what each input of a sum is multiplied by", count: place.inputs.count,
      default: place.inputs.map { _ in 1 })
    guard type == .sum || factors.allSatisfy({ $0 == 1 }) else {
      throw DescriptionProblem(
        field: "factors", found: "factors of type \(type.rawValue)",
        expected: "`type: sum`, the one whose inputs have factors")
    }
    let shapes = place.inputs.map(\.axes)
    let isConcat = type == .concat
    let compared = shapes.map { isConcat ? Array($0.dropLast()) : $0 }
    guard compared.allSatisfy({ $0 == compared[0] }) else {
      throw DescriptionProblem(
        field: "inputs",
        found: "frames " + place.inputs.map(\.description).joined(separator: " and "),
        expected: isConcat ? "frames that differ in their last axis only" : "frames of one shape")
    }
    widths = shapes.map { $0.last ?? 1 }
    output = isConcat ? FrameShape(compared[0] + [widths.reduce(0, +)]) : place.input
  }

  package var summary: String { "\(type.rawValue) \(name)" }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    // Where one ends before the others, so does what is made of them.
    let frames = inputs.map(\.frameCount).min() ?? 0
    let lengths = inputs[0].lengths.indices.map { number in
      inputs.map { $0.lengths[number] }.min() ?? 0
    }
    let counts = inputs.map(\.frameCount)
    let values = inputs.map { $0.values.first(frames) }
    return LayerOutput(
      Sequences(
        type.merged(
          values, factors: factors, shape: [frames, lengths.count, output.count], widths: widths,
          pass.compute),
        lengths: lengths),
      saved: Saved(type.needsInputs ? values : [], lengths: counts))
  }

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    let (frames, batch) = (gradient.shape[0], gradient.shape[1])
    let parts = type.gradients(
      gradient, saved.tensors, factors: factors, widths: widths, pass.compute)
    return zip(parts, saved.lengths).map { part, count in
      var part = part
      part.reshape([frames, batch, part.count / Swift.max(frames * batch, 1)])
      return part.filled(to: count)
    }
  }
}

extension Merge.Kind {
  /// Whether the way back needs what went in.
  var needsInputs: Bool { self == .multiply || self == .max }

  /// What becomes of `values`, of one shape but for their last axis: its lengths are `widths`.
  ///
  /// A sum is of the values times `factors`.
  func merged(
    _ values: [Tensor], factors: [Float]? = nil, shape: [Int]? = nil, widths: [Int]? = nil,
    _ compute: Compute
  ) -> Tensor {
    let widths = widths ?? values.map(\.columnCount)
    let width = self == .concat ? widths.reduce(0, +) : widths[0]
    var result = Tensor(unwritten: shape ?? (values[0].shape.dropLast() + [width]))
    nonisolated(unsafe) let target = unsafe result.mutablePointer
    guard self == .concat else {
      let factors = factors ?? values.map { _ in self == .average ? 1 / Float(values.count) : 1 }
      compute.divide(result.count, grain: 4096) { range in
        unsafe join(values, factors, range, target)
      }
      return result
    }
    let starts = widths.indices.map { widths[..<$0].reduce(0, +) }
    compute.divide(result.count / Swift.max(width, 1), grain: 16) { rows in
      for row in rows {
        for (index, value) in values.enumerated() {
          unsafe (target + row * width + starts[index]).update(
            from: value.pointer + row * widths[index], count: widths[index])
        }
      }
    }
    return result
  }

  private func join(
    _ values: [Tensor], _ factors: [Float], _ range: Range<Int>,
    _ target: UnsafeMutablePointer<Float>
  ) {
    let first = unsafe values[0].pointer
    let share = self == .average ? 1 / Float(values.count) : factors[0]
    let isWeighted = self == .sum || self == .average
    for index in range {
      unsafe target[index] = isWeighted ? first[index] * share : first[index]
    }
    for (value, factor) in zip(values, factors).dropFirst() {
      let other = unsafe value.pointer
      switch self {
      case .sum: for index in range { unsafe target[index] += factor * other[index] }
      case .average: for index in range { unsafe target[index] += share * other[index] }
      case .multiply: for index in range { unsafe target[index] *= other[index] }
      case .max, .concat:
        for index in range { unsafe target[index] = Swift.max(target[index], other[index]) }
      }
    }
  }

  /// The gradient of each of the values, which are `inputs` where they are needed.
  func gradients(
    _ gradient: Tensor, _ inputs: [Tensor], factors: [Float]? = nil, widths: [Int],
    _ compute: Compute
  ) -> [Tensor] {
    switch self {
    case .sum, .average:
      let usual = self == .average ? 1 / Float(widths.count) : 1
      return widths.indices.map { index in
        let factor = self == .sum ? factors?[index] ?? 1 : usual
        return factor == 1 ? gradient : compute.numbers(like: gradient) { $0 * factor }
      }
    case .concat: return parts(of: gradient, widths, compute)
    case .multiply, .max:
      let isProduct = self == .multiply
      return inputs.indices.map { own in
        var part = Tensor(unwritten: gradient.shape)
        nonisolated(unsafe) let (g, target) = unsafe (gradient.pointer, part.mutablePointer)
        compute.divide(part.count, grain: 1024) { range in
          for place in range {
            let share =
              isProduct
              ? inputs.indices.reduce(Float(1)) { $1 == own ? $0 : $0 * inputs[$1][place] }
              : firstLargest(inputs, place) == own ? 1 : 0
            unsafe target[place] = g[place] * share
          }
        }
        return part
      }
    }
  }

  private func firstLargest(_ inputs: [Tensor], _ place: Int) -> Int? {
    inputs.indices.max { (inputs[$0][place], -$0) < (inputs[$1][place], -$1) }
  }

  private func parts(of gradient: Tensor, _ widths: [Int], _ compute: Compute) -> [Tensor] {
    let width = widths.reduce(0, +)
    let rows = gradient.count / Swift.max(width, 1)
    let frames = gradient.shape.dropLast()
    return widths.indices.map { index in
      let (own, offset) = (widths[index], widths[..<index].reduce(0, +))
      var part = Tensor(unwritten: frames + [rows * own / Swift.max(frames.reduce(1, *), 1)])
      nonisolated(unsafe) let (source, target) = unsafe (gradient.pointer, part.mutablePointer)
      compute.divide(rows, grain: 16) { rows in
        for row in rows {
          unsafe (target + row * own).update(from: source + row * width + offset, count: own)
        }
      }
      return part
    }
  }
}

extension Tensor {
  /// The first `frames` of [frames, batch, features].
  fileprivate func first(_ frames: Int) -> Tensor {
    guard frames < shape[0] else { return self }
    var result = Tensor(unwritten: [frames] + shape.dropFirst())
    unsafe result.mutablePointer.update(from: pointer, count: result.count)
    return result
  }

  /// The frames of [frames, batch, features], followed by zeros up to `frames` of them.
  fileprivate func filled(to frames: Int) -> Tensor {
    guard frames > shape[0] else { return self }
    var result = Tensor(shape: [frames] + shape.dropFirst())
    unsafe result.mutablePointer.update(from: pointer, count: count)
    return result
  }
}
