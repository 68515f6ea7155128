package import ParlaDescriptions

/// The largest or the mean number of a window in time, and in height where frames are [height, channels].
///
/// Windows lie within a sequence and a frame; what does not fill one at the end is left out.
package struct Pooling: Layer {
  package static let kind = "pooling"

  /// What a window becomes.
  package enum Kind: String, Sendable, CaseIterable { case max, average }

  package let name: String
  package let output: FrameShape
  private let type: Kind
  private let geometry: WindowGeometry
  private let times: TimeWindows

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    let axes = place.input.axes
    guard axes.count <= 2 else {
      throw DescriptionProblem(
        field: "inputs", found: "frames \(place.input)", expected: "[height, channels]")
    }
    type = try fields.choice("type", "what a window becomes", of: Kind.self)
    let what = axes.count == 2 ? "in time and height" : "in frames"
    let sizes = try fields.integers(
      "size", "a window's length \(what)", count: axes.count, in: 1...1 << 12)
    let strides = try fields.integers(
      "stride", "steps from window to window \(what)", count: axes.count, in: 1...1 << 12,
      default: sizes)
    var geometry = WindowGeometry(
      size: sizes[0], dilation: 1, stride: strides[0], channels: axes[axes.count - 1])
    if axes.count == 2 {
      guard sizes[1] <= axes[0] else {
        throw DescriptionProblem(
          field: "size", found: "a window of height \(sizes[1])",
          expected: "\(axes[0]) at most, the height of a frame")
      }
      (geometry.heightSize, geometry.heightStride) = (sizes[1], strides[1])
      geometry.inputHeight = axes[0]
      geometry.outputHeight = (axes[0] - sizes[1]) / strides[1] + 1
      output = FrameShape([geometry.outputHeight, axes[1]])
    } else {
      output = place.input
    }
    self.geometry = geometry
    times = TimeWindows(span: sizes[0], stride: strides[0], before: 0, after: 0)
  }

  package var summary: String { "\(type.rawValue) pooling \(name), size \(geometry.size)" }
  package var timing: LayerTiming { times.timing }

  package var memory: MemoryNeed {
    let window = geometry.columnCount * geometry.outputHeight
    return MemoryNeed(kept: 2 * output.count, working: 2 * output.count + 2 * window)
  }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    let input = inputs.takeFirst()
    let output = output(input, counts: input.lengths.map(timing.outputLength), pass)
    return LayerOutput(output, saved: Saved([input.values], lengths: input.lengths))
  }

  package func advance(
    _ inputs: inout [Sequences], _ weights: LayerWeights, states: inout [LayerState],
    isLast: [Bool], _ pass: Pass
  ) -> Sequences {
    let (frames, counts) = times.take(inputs.takeFirst(), &states, isLast: isLast)
    return output(frames, counts: counts, pass)
  }

  private func output(_ input: Sequences, counts: [Int], _ pass: Pass) -> Sequences {
    let (frames, channels) = (counts.max() ?? 0, geometry.channels)
    var result = Tensor(unwritten: [frames, input.count, output.count])
    let target = unsafe result.mutablePointer
    let windows = pass.compute.windows(0..<frames, of: input, geometry, before: 0, group: 0)
    let steps = geometry.columnCount / channels
    for row in 0..<windows.rowCount {
      let source = unsafe windows.pointer + row * geometry.columnCount
      for channel in 0..<channels {
        var value = unsafe source[channel]
        for step in 1..<max(steps, 1) {
          let other = unsafe source[step * channels + channel]
          value = type == .max ? Swift.max(value, other) : value + other
        }
        unsafe target[row * channels + channel] = type == .max ? value : value / Float(steps)
      }
    }
    return Sequences(result, lengths: counts)
  }

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    let input = Sequences(saved.tensors[0], lengths: saved.lengths)
    var inputGradient = Tensor(shape: input.values.shape)
    guard wanted[0] else { return [inputGradient] }
    let (frames, channels) = (gradient.shape[0], geometry.channels)
    var windows = pass.compute.windows(0..<frames, of: input, geometry, before: 0, group: 0)
    let steps = geometry.columnCount / channels
    let (columns, rows) = (geometry.columnCount, windows.rowCount)
    let numbers = unsafe windows.mutablePointer
    for row in 0..<rows {
      for channel in 0..<channels {
        let own = unsafe numbers + row * columns + channel
        let value = gradient[row * channels + channel]
        let first = (0..<steps).max {
          unsafe (own[$0 * channels], -$0) < (own[$1 * channels], -$1)
        }
        for step in 0..<steps {
          unsafe own[step * channels] =
            type == .average ? value / Float(steps) : step == first ? value : 0
        }
      }
    }
    pass.compute.addWindows(
      windows, 0..<frames, to: &inputGradient, lengths: input.lengths, geometry, before: 0,
      group: 0)
    return [inputGradient]
  }
}
