package import ParlaDescriptions

/// In training, puts a learned vector in the place of spans of frames, and zeros in that of spans of features.
///
/// SpecAugment (Park et al. 2019) within a network, as wav2vec 2.0 is fine-tuned (Baevski et al. 2020, section 4.3). The number of spans
/// and their places are drawn as transformers 5.17 does, `_compute_mask_indices`, but for each sequence by itself: they follow from the
/// pass's seed, the layer's `index` and the sequence's place in its batch.
package struct Masking: Layer {
  package static let kind = "mask"

  package let name: String
  package let output: FrameShape
  let index: Int
  let times: Spans
  let features: Spans

  /// How much is hidden along an axis.
  struct Spans: Sendable, Equatable {
    /// The share of the axis that would be hidden if no spans overlapped.
    var share: Float
    var length: Int
    /// How many spans there are at least.
    var least: Int
  }

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    index = place.index
    output = place.input
    times = try Spans(&fields, "time", "frames")
    features = try Spans(&fields, "feature", "features")
  }

  package var summary: String {
    "mask of \(times.share) of the frames and \(features.share) of the features"
  }

  package var parameters: [ParameterSpecification] {
    [
      ParameterSpecification(
        name: "\(name).embedding", shape: [output.count], initializer: .zeros)
    ]
  }

  package var memory: MemoryNeed { MemoryNeed(kept: 0, working: 0) }

  // MARK: Forwards and backwards

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    var output = inputs.takeFirst()
    let lengths = output.lengths
    let (batch, width) = (output.count, self.output.count)
    forEachSpan(lengths, pass) { number, frames, isHidden in
      let target = unsafe output.values.mutablePointer
      for frame in frames {
        let row = unsafe target + (frame * batch + number) * width
        unsafe row.update(from: weights[0].pointer, count: width)
      }
      for frame in 0..<lengths[number] {
        let row = unsafe target + (frame * batch + number) * width
        for feature in isHidden { unsafe row[feature] = 0 }
      }
    }
    return LayerOutput(output, saved: Saved(lengths: lengths))
  }

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    var gradient = gradient
    let lengths = saved.lengths
    let (batch, width) = (lengths.count, output.count)
    var sums = gradients[0]
    forEachSpan(lengths, pass) { number, frames, isHidden in
      let target = unsafe gradient.mutablePointer
      for frame in 0..<lengths[number] {
        let row = unsafe target + (frame * batch + number) * width
        for feature in isHidden { unsafe row[feature] = 0 }
      }
      for frame in frames {
        let row = unsafe target + (frame * batch + number) * width
        for feature in 0..<width {
          unsafe sums[feature] += row[feature]
          unsafe row[feature] = 0
        }
      }
    }
    gradients[0] = sums
    return [gradient]
  }

  /// Calls `body` for each sequence with the frames and the features that are hidden; not at all where nothing is.
  private func forEachSpan(
    _ lengths: [Int], _ pass: Pass, _ body: (Int, [Int], [Int]) -> Void
  ) {
    guard let seed = pass.dropoutSeed, times.isActive || features.isActive else { return }
    let first = pass.batchPart?.lowerBound ?? 0
    for (number, length) in lengths.enumerated() {
      var generator = SeededGenerator(mixing: seed, UInt64(index), UInt64(first + number))
      let frames = times.places(along: length, &generator)
      body(number, frames, features.places(along: output.count, &generator))
    }
  }
}

extension Masking.Spans {
  /// Reads `AXIS_share`, `AXIS_length` and `AXIS_least`.
  init(
    _ fields: inout FieldReader, _ axis: String, _ things: String
  ) throws(DescriptionProblem) {
    share = try fields.number(
      "\(axis)_share", "the share of \(things) that is hidden", from: 0, below: 1, default: 0)
    length = try fields.integer(
      "\(axis)_length", "how many \(things) a span has", in: 1...1 << 20, default: 10)
    least = try fields.integer(
      "\(axis)_least", "how many spans there are at least", in: 0...1 << 20, default: 0)
  }

  /// Without a share, no least number of spans counts either.
  var isActive: Bool { share > 0 }

  /// The places that are hidden of `count` in a row, in ascending order.
  func places(along count: Int, _ generator: inout SeededGenerator) -> [Int] {
    guard isActive, count >= length else { return [] }
    // A fraction of a span is one as often as the fraction says.
    let wanted = Double(share) * Double(count) / Double(length)
    let drawn = Int(wanted + Double.random(in: 0..<1, using: &generator))
    let starts = count - length + 1
    let spans = min(max(drawn, least), count / length, starts)
    var isHidden = [Bool](repeating: false, count: count)
    for start in (0..<starts).shuffled(using: &generator).prefix(spans) {
      for place in start..<start + length { isHidden[place] = true }
    }
    return isHidden.indices.filter { isHidden[$0] }
  }
}
