package import ParlaDescriptions

/// The first `frames` frames of a sequence as one frame: [axes] becomes [frames, axes].
///
/// What is missing is zero.
package struct Collect: Layer {
  package static let kind = "collect"
  package static let mainField: String? = "frames"

  package let name: String
  package let output: FrameShape
  package let frames: Int

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    frames = try fields.integer("frames", "how many frames become one")
    output = FrameShape([frames] + place.input.axes)
  }

  package var summary: String { "collect \(name), \(frames) frames" }
  package var canStream: Bool { false }
  package var timing: LayerTiming { .whole }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    let input = inputs.takeFirst()
    let (batch, width) = (input.count, input.featureCount)
    var result = Tensor(shape: [1, batch, frames * width])
    let (source, target) = unsafe (input.values.pointer, result.mutablePointer)
    for number in 0..<batch {
      for frame in 0..<min(frames, input.lengths[number]) {
        unsafe (target + (number * frames + frame) * width).update(
          from: source + (frame * batch + number) * width, count: width)
      }
    }
    return LayerOutput(
      Sequences(result, lengths: input.lengths.map { min($0, 1) }),
      saved: Saved(lengths: input.lengths + [input.frameCount]))
  }

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    let (batch, width) = (gradient.shape[1], output.count / frames)
    var result = Tensor(shape: [saved.lengths[batch], batch, width])
    let (source, target) = unsafe (gradient.pointer, result.mutablePointer)
    for number in 0..<batch {
      for frame in 0..<min(frames, saved.lengths[number]) {
        unsafe (target + (frame * batch + number) * width).update(
          from: source + (number * frames + frame) * width, count: width)
      }
    }
    return [result]
  }
}

/// The outermost axis of a frame as frames: [frames, axes] becomes that many frames [axes].
package struct Spread: Layer {
  package static let kind = "spread"

  package let name: String
  package let output: FrameShape
  package let frames: Int

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    frames = place.input.axes.first ?? 1
    let rest = place.input.axes.dropFirst()
    output = FrameShape(rest.isEmpty ? [1] : Array(rest))
  }

  package var summary: String { "spread \(name), \(frames) frames" }
  package var timing: LayerTiming { LayerTiming(factor: frames) }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    let input = inputs.takeFirst()
    return LayerOutput(
      Sequences(
        moved(input.values, batch: input.count, isForward: true),
        lengths: input.lengths.map { $0 * frames }))
  }

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] { [moved(gradient, batch: gradient.shape[1], isForward: false)] }

  /// [frames, batch, parts, width] ↔ [frames, parts, batch, width].
  private func moved(_ x: Tensor, batch: Int, isForward: Bool) -> Tensor {
    let width = output.count
    let outer = x.count / max(batch * frames * width, 1)
    var result = Tensor(
      unwritten: isForward ? [outer * frames, batch, width] : [outer, batch, frames * width])
    let (source, target) = unsafe (x.pointer, result.mutablePointer)
    for place in 0..<outer {
      for number in 0..<batch {
        for part in 0..<frames {
          let packed = ((place * batch + number) * frames + part) * width
          let apart = ((place * frames + part) * batch + number) * width
          unsafe (target + (isForward ? apart : packed)).update(
            from: source + (isForward ? packed : apart), count: width)
        }
      }
    }
    return result
  }
}

/// Each frame `count` times, one after another.
package struct Repeat: Layer {
  package static let kind = "repeat"
  package static let mainField: String? = "count"

  package let name: String
  package let output: FrameShape
  package let count: Int

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    count = try fields.integer("count", "how often each frame comes")
    output = place.input
  }

  package var summary: String { "repeat \(name), \(count) times" }
  package var timing: LayerTiming { LayerTiming(factor: count) }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    let input = inputs.takeFirst()
    let size = input.count * input.featureCount
    var result = Tensor(unwritten: [input.frameCount * count, input.count, input.featureCount])
    let target = unsafe result.mutablePointer
    for frame in 0..<input.frameCount * count {
      unsafe (target + frame * size).update(
        from: input.values.pointer + frame / count * size, count: size)
    }
    return LayerOutput(Sequences(result, lengths: input.lengths.map { $0 * count }))
  }

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    let size = gradient.shape[1] * gradient.shape[2]
    var result = Tensor(shape: [gradient.shape[0] / count] + gradient.shape.dropFirst())
    let target = unsafe result.mutablePointer
    for index in 0..<gradient.count {
      unsafe target[index / size / count * size + index % size] += gradient.pointer[index]
    }
    return [result]
  }
}

/// The last frame of a sequence.
package struct LastFrame: Layer {
  package static let kind = "last_frame"

  package let name: String
  package let output: FrameShape

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    output = place.input
  }

  package var canStream: Bool { false }
  package var timing: LayerTiming { .whole }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    let input = inputs.takeFirst()
    var last = input.values.frame(
      before: input.lengths, otherwise: Tensor(shape: [input.count, input.featureCount]))
    last.reshape([1, input.count, input.featureCount])
    return LayerOutput(
      Sequences(last, lengths: input.lengths.map { min($0, 1) }),
      saved: Saved(lengths: input.lengths + [input.frameCount]))
  }

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    let (batch, width) = (gradient.shape[1], gradient.shape[2])
    var result = Tensor(shape: [saved.lengths[batch], batch, width])
    let target = unsafe result.mutablePointer
    for number in 0..<batch where saved.lengths[number] > 0 {
      unsafe (target + ((saved.lengths[number] - 1) * batch + number) * width).update(
        from: gradient.pointer + number * width, count: width)
    }
    return [result]
  }
}
