package import ParlaDescriptions

/// Shifts and scales each channel to mean 0 and deviation 1 over a batch, then to learned values.
///
/// Ioffe and Szegedy 2015, algorithm 1. Channels are a frame's last axis; only real frames count, so that padding changes
/// nothing. In training the mean and variance are those of the batch (of its part, if it goes through in parts), whichever
/// process has its sequences; otherwise running ones, which training moves by `momentum` towards the batch's. The running variance is
/// unbiased by default, as in PyTorch. With `statistics: batch` they are always those of the batch, so the layer needs the whole
/// recording; with `statistics: running` always the running ones, which then do not change.
package struct BatchNormalization: Layer {
  package static let kind = "batch_normalization"

  package let name: String
  package let output: FrameShape
  package let channels: Int
  package let epsilon: Float
  private let momentum: Float
  private let isUnbiased: Bool
  package let statistics: Statistics

  /// Where mean and variance come from.
  package enum Statistics: String, CaseIterable { case usual, batch, running }

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    output = place.input
    channels = place.input.axes.last ?? 1
    epsilon = try fields.number("epsilon", "what is added to the variance", above: 0, default: 1e-5)
    momentum = try fields.number(
      "momentum", "the share of a batch in the running statistics", above: 0, default: 0.1)
    isUnbiased = try fields.flag(
      "unbiased", "whether the running variance is that of what the batch is drawn from",
      default: true)
    statistics = try fields.choice(
      "statistics", "where mean and variance come from", of: Statistics.self, default: .usual)
  }

  package var canStream: Bool { statistics != .batch }

  package var summary: String { "batch normalization \(name)" }

  package var parameters: [ParameterSpecification] {
    [
      ParameterSpecification(name: "\(name).gamma", shape: [channels], initializer: .ones),
      ParameterSpecification(name: "\(name).beta", shape: [channels], initializer: .zeros),
    ]
  }

  package var buffers: [ParameterSpecification] {
    [
      ParameterSpecification(name: "\(name).running_mean", shape: [channels], initializer: .zeros),
      ParameterSpecification(
        name: "\(name).running_variance", shape: [channels], initializer: .ones),
    ]
  }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    let input = inputs.takeFirst()
    let (running, variance) = (weights[2].values, weights[3].values)
    guard takesBatch(pass) else {
      let inverse = variance.map { 1 / ($0 + epsilon).squareRoot() }
      let own = normalization(inverse, shift: zip(running, inverse).map { -$0 * $1 })
      return LayerOutput(
        normalized(input, own, weights, pass), saved: Saved([input.values, own.scale, own.shift]))
    }
    // Sums are of distances from the running mean, which is the same for all parts and close to their own.
    let (count, sums) = pass.compute.channelMoments(input, from: weights[2])
    let whole = pass.whole(count, sums)
    let divisor = Double(max(whole.count, 1))
    let means = whole.sums.first.map { $0 / divisor }
    let inverse = zip(whole.sums.second, means).map { square, mean in
      Float(1 / (max(square / divisor - mean * mean, 0) + Double(epsilon)).squareRoot())
    }
    let own = normalization(
      inverse,
      shift: (0..<channels).map { -(running[$0] + Float(means[$0])) * inverse[$0] })
    return LayerOutput(
      normalized(input, own, weights, pass),
      saved: Saved(
        [input.values, own.scale, own.shift, Tensor(shape: [1])], lengths: input.lengths),
      statistics: [
        Tensor(shape: [channels], values: sums.first.map { Float($0) }),
        Tensor(shape: [channels], values: sums.second.map { Float($0) }),
        Tensor(shape: [1], values: [Float(count)]),
      ])
  }

  private func normalization(_ scale: [Float], shift: [Float]) -> ChannelNormalization {
    ChannelNormalization(
      scale: Tensor(shape: [channels], values: scale),
      shift: Tensor(shape: [channels], values: shift))
  }

  private func normalized(
    _ input: Sequences, _ own: ChannelNormalization, _ weights: LayerWeights, _ pass: Pass
  ) -> Sequences {
    Sequences(
      pass.compute.normalizedChannels(input.values, own, gamma: weights[0], beta: weights[1]),
      lengths: input.lengths)
  }

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    let gradient = gradient
    let input = saved.tensors[0]
    let own = ChannelNormalization(scale: saved.tensors[1], shift: saved.tensors[2])
    // Statistics of the batch depend on what went in.
    let isTraining = saved.tensors.count == 4
    let lengths =
      isTraining ? saved.lengths : [Int](repeating: gradient.shape[0], count: gradient.shape[1])
    let frames = Sequences(gradient, lengths: lengths)
    let (count, sums) = pass.compute.channelProducts(frames, input, own)
    for channel in 0..<channels {
      gradients[0][channel] += Float(sums.second[channel])
      gradients[1][channel] += Float(sums.first[channel])
    }
    guard wanted[0] else { return [gradient] }
    let factor = zip(weights[0].values, own.scale.values).map { $0 * $1 }
    guard isTraining else {
      return [
        pass.compute.channels(
          gradient, scale: factor, shift: [Float](repeating: 0, count: channels))
      ]
    }
    let whole = pass.whole(count, sums)
    let divisor = Double(max(whole.count, 1))
    return [
      pass.compute.normalizationGradient(
        frames, input, own, factor: factor,
        mean: whole.sums.first.map { Float($0 / divisor) },
        slope: whole.sums.second.map { Float($0 / divisor) })
    ]
  }

  /// Whether mean and variance are those of what goes in.
  private func takesBatch(_ pass: Pass) -> Bool {
    statistics == .batch || (statistics == .usual && pass.isTraining)
  }

  package var joinsSequences: Bool { statistics != .running }

  package func accompanyForward(_ pass: Pass) -> [Tensor] {
    guard takesBatch(pass) else { return [] }
    let none = [Double](repeating: 0, count: channels)
    _ = pass.whole(0, (none, none))
    return [Tensor(shape: [channels]), Tensor(shape: [channels]), Tensor(shape: [1])]
  }

  package func accompanyBackward(_ pass: Pass) {
    guard takesBatch(pass) else { return }
    let none = [Double](repeating: 0, count: channels)
    _ = pass.whole(0, (none, none))
  }

  package func moveBuffers(_ buffers: inout [Tensor], statistics: [Tensor]) {
    let count = statistics[2][0]
    guard count > 0 else { return }
    for channel in 0..<channels {
      let mean = statistics[0][channel] / count
      let variance = max(statistics[1][channel] / count - mean * mean, 0)
      let correction = isUnbiased && count > 1 ? count / (count - 1) : 1
      buffers[0][channel] += momentum * mean
      buffers[1][channel] += momentum * (variance * correction - buffers[1][channel])
    }
  }
}

extension Pass {
  /// A count and sums of this process's sequences, with those of its peers added in training.
  fileprivate func whole(
    _ count: Int, _ sums: (first: [Double], second: [Double])
  ) -> (count: Int, sums: (first: [Double], second: [Double])) {
    guard isTraining, peers.count > 1 else { return (count, sums) }
    var numbers = [Double(count)] + sums.first + sums.second
    peers.sum(&numbers)
    let channels = sums.first.count
    return (Int(numbers[0]), (Array(numbers[1...channels]), Array(numbers[(channels + 1)...])))
  }
}
