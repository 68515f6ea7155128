package import ParlaDescriptions

/// The sequences of a batch as frames, and the frames as sequences: a transposition that includes the batch's axis.
///
/// For models of other programs that are written this way; the batch has another meaning after it than before.
package struct SwapBatch: Layer {
  package static let kind = "swap_batch"

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
  ) -> LayerOutput { LayerOutput(Sequences(full: swapped(inputs.takeFirst().values))) }

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] { [swapped(gradient)] }

  private func swapped(_ x: Tensor) -> Tensor {
    let (frames, batch, width) = (x.shape[0], x.shape[1], x.shape[2])
    var result = Tensor(unwritten: [batch, frames, width])
    let target = unsafe result.mutablePointer
    for frame in 0..<frames {
      for number in 0..<batch {
        unsafe (target + (number * frames + frame) * width).update(
          from: x.pointer + (frame * batch + number) * width, count: width)
      }
    }
    return result
  }
}

/// The sequences of several inputs as those of one larger batch.
///
/// For models of other programs that are written so, as `swap_batch`.
package struct JoinBatches: Layer {
  package static let kind = "join_batches"
  package static var inputCounts: ClosedRange<Int> { 2...64 }

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

  package var canStream: Bool { false }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    let frames = inputs.map(\.frameCount).max() ?? 0
    let batch = inputs.reduce(0) { $0 + $1.count }
    var result = Tensor(shape: [frames, batch, output.count])
    let target = unsafe result.mutablePointer
    var first = 0
    for input in inputs {
      let size = input.count * input.featureCount
      for frame in 0..<input.frameCount {
        unsafe (target + (frame * batch + first) * output.count).update(
          from: input.values.pointer + frame * size, count: size)
      }
      first += input.count
    }
    return LayerOutput(
      Sequences(result, lengths: inputs.flatMap(\.lengths)),
      saved: Saved(lengths: inputs.flatMap { [$0.count, $0.frameCount] }))
  }

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    let (batch, width) = (gradient.shape[1], gradient.shape[2])
    var first = 0
    return stride(from: 0, to: saved.lengths.count, by: 2).map { index in
      let (count, frames) = (saved.lengths[index], saved.lengths[index + 1])
      var part = Tensor(unwritten: [frames, count, width])
      let target = unsafe part.mutablePointer
      for frame in 0..<frames {
        unsafe (target + frame * count * width).update(
          from: gradient.pointer + (frame * batch + first) * width, count: count * width)
      }
      first += count
      return part
    }
  }
}
