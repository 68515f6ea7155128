package import ParlaDescriptions

/// The maximum or the mean of a window in time, and in height and width if frames are [height, width, channels].
///
/// Windows are inside a sequence and a frame; an incomplete one at the end is dropped. With padding they may reach beyond, and
/// positions beyond do not count.
package struct Pooling: Layer {
  package static let kind = "pooling"

  /// How a window becomes one value.
  package enum Kind: String, Sendable, CaseIterable { case max, average }

  package let name: String
  package let output: FrameShape
  package let type: Kind
  package let geometry: WindowGeometry
  package let times: TimeWindows

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    let axes = place.input.axes
    guard axes.count <= 3 else {
      throw DescriptionProblem(
        field: "inputs", found: "frames \(place.input)", expected: "[height, width, channels]")
    }
    type = try fields.choice("type", "what a window becomes", of: Kind.self)
    var geometry = try fields.windows(axes, strides: nil, isDilated: false)
    times = try fields.timeWindows(geometry, default: .valid)
    try fields.readFrameWindows(&geometry, padding: .valid)
    output = FrameShape(
      [geometry.outputHeight, geometry.outputWidth].prefix(axes.count - 1)
        + [axes[axes.count - 1]])
    self.geometry = geometry
  }

  package var summary: String { "\(type.rawValue) pooling \(name), size \(geometry.size)" }
  package var timing: LayerTiming { times.timing }
  package var canStream: Bool { !times.fitsLength && times.before == 0 && times.after == 0 }

  package var memory: MemoryNeed { MemoryNeed(kept: 2 * output.count, working: 2 * output.count) }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    let input = inputs.takeFirst()
    let output = output(
      input, counts: input.lengths.map(timing.outputLength),
      before: times.before(input.frameCount), pass)
    return LayerOutput(output, saved: Saved([input.values], lengths: input.lengths))
  }

  package func advance(
    _ inputs: inout [Sequences], _ weights: LayerWeights, states: inout [LayerState],
    isLast: [Bool], _ pass: Pass
  ) -> Sequences {
    guard canStream else {
      return collected(&inputs, weights, states: &states, isLast: isLast, pass)
    }
    let (frames, counts) = times.take(inputs.takeFirst(), &states, isLast: isLast)
    return output(frames, counts: counts, before: 0, pass)
  }

  private func output(
    _ input: Sequences, counts: [Int], before: Int, _ pass: Pass
  ) -> Sequences {
    let (frames, batch) = (counts.max() ?? 0, input.count)
    let (channels, places) = (geometry.channels, geometry.placeCount)
    var result = Tensor(unwritten: [frames, batch, output.count])
    nonisolated(unsafe) let target = unsafe result.mutablePointer
    nonisolated(unsafe) let source = unsafe input.values.pointer
    let isMax = type == .max
    pass.compute.divide(frames * batch, grain: 16) { range in
      for index in range {
        for place in 0..<places {
          let y = unsafe target + (index * places + place) * channels
          unsafe y.update(repeating: isMax ? -.infinity : 0, count: channels)
          let count = unsafe forEachPart(input, source, index, place, before) { x in
            for channel in 0..<channels {
              unsafe y[channel] =
                isMax ? Swift.max(y[channel], x[channel]) : y[channel] + x[channel]
            }
          }
          for channel in 0..<channels {
            if count == 0 {
              unsafe y[channel] = 0
            } else if !isMax {
              unsafe y[channel] /= Float(count)
            }
          }
        }
      }
    }
    return Sequences(result, lengths: counts)
  }

  /// Calls `body` with the channels at each of a window's steps that are inside sequence and frame; returns their number.
  @unsafe @inline(__always)
  private func forEachPart(
    _ input: Sequences, _ values: UnsafePointer<Float>, _ index: Int, _ place: Int, _ before: Int,
    _ body: (UnsafePointer<Float>) -> Void
  ) -> Int {
    let (batch, features) = (input.count, input.featureCount)
    let number = index % batch
    var count = 0
    geometry.forEachStretch(window: index / batch, place: place, before: before) {
      _, frame, part in
      guard let part, frame >= 0, frame < input.lengths[number] else { return }
      count += 1
      unsafe body(values + (frame * batch + number) * features + part * geometry.channels)
    }
    return count
  }

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    let input = Sequences(saved.tensors[0], lengths: saved.lengths)
    var inputGradient = Tensor(shape: input.values.shape)
    guard wanted[0] else { return [inputGradient] }
    let (frames, batch) = (gradient.shape[0], gradient.shape[1])
    let (channels, places) = (geometry.channels, geometry.placeCount)
    let before = times.before(input.frameCount)
    nonisolated(unsafe) let (source, g) = unsafe (input.values.pointer, gradient.pointer)
    nonisolated(unsafe) let target = unsafe inputGradient.mutablePointer
    // Windows may overlap in time but never across sequences.
    pass.compute.forEach(batch) { number in
      for index in stride(from: number, to: frames * batch, by: batch) {
        for place in 0..<places {
          unsafe addGradient(
            g + (index * places + place) * channels, input, source, index, place, before,
            to: target)
        }
      }
    }
    return [inputGradient]
  }

  /// Adds the gradient of one window to those of what it saw.
  @unsafe private func addGradient(
    _ g: UnsafePointer<Float>, _ input: Sequences, _ source: UnsafePointer<Float>, _ index: Int,
    _ place: Int, _ before: Int, to target: UnsafeMutablePointer<Float>
  ) {
    let channels = geometry.channels
    // Of several largest numbers the first gets the gradient.
    var largest = [Int?](repeating: nil, count: type == .max ? channels : 0)
    let count = unsafe forEachPart(input, source, index, place, before) { x in
      for channel in largest.indices {
        let here = unsafe x - source + channel
        if let best = largest[channel], unsafe source[best] >= source[here] { continue }
        largest[channel] = here
      }
    }
    guard type != .max else {
      for (channel, best) in largest.enumerated() {
        if let best { unsafe target[best] += g[channel] }
      }
      return
    }
    _ = unsafe forEachPart(input, source, index, place, before) { x in
      let own = unsafe target + (x - source)
      for channel in 0..<channels { unsafe own[channel] += g[channel] / Float(count) }
    }
  }
}
