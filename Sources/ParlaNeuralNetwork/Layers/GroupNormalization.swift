package import ParlaDescriptions

/// Shifts and scales groups of channels of each frame to mean 0 and deviation 1, then each channel to learned values.
///
/// Wu and He 2018, eq. 7, over what a frame [height, channels] or [channels] has of a group, so that it streams; or `over_time` over
/// what all frames of a sequence have of it, which needs the whole.
package struct GroupNormalization: Layer {
  package static let kind = "group_normalization"
  package static let mainField: String? = "groups"

  package let name: String
  package let output: FrameShape
  package let channels: Int
  package let groups: Int
  package let isOverTime: Bool
  package let epsilon: Float
  private let paddingFrames: PaddingFrames

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    output = place.input
    channels = place.input.axes.last ?? 1
    groups = try fields.integer("groups", "a number of groups of channels")
    epsilon = try fields.number("epsilon", "what is added to the variance", above: 0, default: 1e-5)
    isOverTime = try fields.flag(
      "over_time", "whether all frames of a sequence are shifted and scaled together",
      default: false)
    paddingFrames = try fields.choice(
      "padding_frames", "what stands beyond the ends of a batch's shorter sequences",
      of: PaddingFrames.self, default: PaddingFrames.none)
    guard channels % groups == 0 else {
      throw DescriptionProblem(
        field: "groups", found: "\(groups) groups of \(channels) channels",
        expected: "a number that divides the channels")
    }
  }

  package var summary: String { "group normalization \(name), \(groups) groups" }

  package var canStream: Bool { !isOverTime }

  package var parameters: [ParameterSpecification] {
    [
      ParameterSpecification(name: "\(name).gamma", shape: [channels], initializer: .ones),
      ParameterSpecification(name: "\(name).beta", shape: [channels], initializer: .zeros),
    ]
  }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    let input = inputs.takeFirst()
    if isOverTime {
      let seen = paddingFrames.seen(input)
      let (normalized, factors) = pass.compute.normalizedOverTime(
        seen, channels: channels, groups: groups, epsilon: epsilon)
      let output = pass.compute.channels(
        normalized, scale: weights[0].values, shift: weights[1].values)
      return LayerOutput(
        Sequences(output, lengths: input.lengths),
        saved: Saved([normalized, factors], lengths: input.lengths))
    }
    let (grouped, statistics) = pass.compute.normalizedRows(
      regrouped(input.values, pass), epsilon: epsilon)
    let normalized = channelwise(grouped, like: input.values, pass)
    let output = pass.compute.channels(
      normalized, scale: weights[0].values, shift: weights[1].values)
    return LayerOutput(
      Sequences(output, lengths: input.lengths), saved: Saved([normalized, statistics.factors]))
  }

  // MARK: Long sequences

  package var makesSummary: Bool { isOverTime }

  package func add(_ frames: Sequences, to summary: inout [Double], _ pass: Pass) {
    pass.compute.addOverTime(frames, channels: channels, to: &summary)
  }

  package func output(
    _ frames: consuming Sequences, summary: [Double], _ weights: LayerWeights, _ pass: Pass
  ) -> Sequences {
    pass.compute.scaledOverTime(
      frames, sums: summary, groups: groups, epsilon: epsilon, gamma: weights[0], beta: weights[1])
  }

  // MARK: Backwards

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    var rows = gradient
    let shape = rows.shape
    var normalized = saved.tensors[0]
    rows.reshape([rows.count / channels, channels])
    normalized.reshape(rows.shape)
    pass.compute.addColumnSums(of: rows, to: &gradients[1])
    pass.compute.addColumnSums(of: rows, times: normalized, to: &gradients[0])
    rows.reshape(shape)
    normalized.reshape(shape)
    guard wanted[0] else { return [rows] }
    let scaled = pass.compute.channels(
      rows, scale: weights[0].values, shift: [Float](repeating: 0, count: channels))
    if isOverTime {
      return [
        pass.compute.overTimeGradient(
          Sequences(
            scaled, lengths: paddingFrames.seen(saved.lengths, frameCount: scaled.shape[0])),
          normalized: normalized,
          factors: saved.tensors[1], channels: channels, groups: groups)
      ]
    }
    var grouped = regrouped(scaled, pass)
    pass.compute.normalizationGradient(
      &grouped, regrouped(normalized, pass), means: nil, factors: saved.tensors[1],
      gamma: Tensor(shape: [grouped.columnCount], repeating: 1))
    return [channelwise(grouped, like: scaled, pass)]
  }

  private var height: Int { output.count / max(channels, 1) }

  /// A row for each group of each frame: [frames × batch × groups, height × channels of a group].
  private func regrouped(_ x: Tensor, _ pass: Pass) -> Tensor {
    let width = channels / groups
    let rows = x.count / max(height * width, 1)
    return pass.compute.permuted(
      x, axes: [rows / groups, height, groups, width], to: [rows, height * width])
  }

  /// The reverse of `regrouped`.
  private func channelwise(_ x: Tensor, like other: Tensor, _ pass: Pass) -> Tensor {
    pass.compute.permuted(
      x, axes: [x.rowCount / groups, groups, height, channels / groups], to: other.shape)
  }
}

extension Compute {
  /// `x`, seen as [outer, a, b, inner] of `axes`, as [outer, b, a, inner], then seen as `shape`.
  func permuted(_ x: Tensor, axes: [Int], to shape: [Int]) -> Tensor {
    let (a, b, inner) = (axes[1], axes[2], axes[3])
    guard a > 1, b > 1 else {
      var result = x
      result.reshape(shape)
      return result
    }
    var result = Tensor(unwritten: shape)
    nonisolated(unsafe) let (source, target) = unsafe (x.pointer, result.mutablePointer)
    divide(axes[0] * a * b, grain: 64) { places in
      for place in places {
        let (outer, first, second) = (place / (a * b), place / b % a, place % b)
        unsafe (target + ((outer * b + second) * a + first) * inner).update(
          from: source + place * inner, count: inner)
      }
    }
    return result
  }
}
