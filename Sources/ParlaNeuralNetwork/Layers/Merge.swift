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
  private let type: Kind
  private let widths: [Int]

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    type = try fields.choice("type", "what becomes of the frames", of: Kind.self, default: .sum)
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
        type.merged(values, shape: [frames, lengths.count, output.count], widths: widths),
        lengths: lengths),
      saved: Saved(type.needsInputs ? values : [], lengths: counts))
  }

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    let (frames, batch) = (gradient.shape[0], gradient.shape[1])
    let parts = type.gradients(gradient, saved.tensors, widths: widths)
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
  func merged(_ values: [Tensor], shape: [Int]? = nil, widths: [Int]? = nil) -> Tensor {
    guard self == .concat else { return joined(values) }
    let widths = widths ?? values.map(\.columnCount)
    let width = widths.reduce(0, +)
    let rows = values.reduce(0) { $0 + $1.count } / Swift.max(width, 1)
    var result = Tensor(
      unwritten: shape ?? (values[0].shape.dropLast() + [width]))
    let target = unsafe result.mutablePointer
    var offset = 0
    for (value, own) in zip(values, widths) {
      for row in 0..<rows {
        unsafe (target + row * width + offset).update(
          from: value.pointer + row * own, count: own)
      }
      offset += own
    }
    return result
  }

  private func joined(_ values: [Tensor]) -> Tensor {
    var result = values[0]
    let target = unsafe result.mutablePointer
    for value in values.dropFirst() {
      let other = unsafe value.pointer
      switch self {
      case .sum, .average, .concat:
        for index in 0..<result.count { unsafe target[index] += other[index] }
      case .multiply: for index in 0..<result.count { unsafe target[index] *= other[index] }
      case .max:
        for index in 0..<result.count {
          unsafe target[index] = Swift.max(target[index], other[index])
        }
      }
    }
    if self == .average {
      let share = 1 / Float(values.count)
      for index in 0..<result.count { unsafe target[index] *= share }
    }
    return result
  }

  /// The gradient of each of the values, which are `inputs` where they are needed.
  func gradients(_ gradient: Tensor, _ inputs: [Tensor], widths: [Int]) -> [Tensor] {
    switch self {
    case .sum: return widths.map { _ in gradient }
    case .average:
      let share = 1 / Float(widths.count)
      return widths.map { _ in gradient.map { $0 * share } }
    case .concat: return parts(of: gradient, widths)
    case .multiply:
      return inputs.indices.map { own in
        var product = gradient
        for (index, input) in inputs.enumerated() where index != own {
          for place in 0..<product.count { product[place] *= input[place] }
        }
        return product
      }
    case .max:
      return inputs.indices.map { own in
        var part = gradient
        for place in 0..<part.count {
          let first = inputs.indices.max {
            (inputs[$0][place], -$0) < (inputs[$1][place], -$1)
          }
          if first != own { part[place] = 0 }
        }
        return part
      }
    }
  }

  private func parts(of gradient: Tensor, _ widths: [Int]) -> [Tensor] {
    let width = widths.reduce(0, +)
    let rows = gradient.count / Swift.max(width, 1)
    var offset = 0
    return widths.map { own in
      defer { offset += own }
      let frames = gradient.shape.dropLast()
      var part = Tensor(unwritten: frames + [rows * own / Swift.max(frames.reduce(1, *), 1)])
      let target = unsafe part.mutablePointer
      for row in 0..<rows {
        unsafe (target + row * own).update(
          from: gradient.pointer + row * width + offset, count: own)
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

  /// Each number as `body` makes it.
  fileprivate func map(_ body: (Float) -> Float) -> Tensor {
    var result = Tensor(unwritten: shape)
    let target = unsafe result.mutablePointer
    for index in 0..<count { unsafe target[index] = body(pointer[index]) }
    return result
  }
}
