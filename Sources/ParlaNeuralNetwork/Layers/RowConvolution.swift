package import ParlaDescriptions

/// Every channel's weighted sum of the present and of some frames to come: y(t) = Σ w(j) x(t + j), j from 0 to the look-ahead.
///
/// Amodei et al. 2016, section 3.7 (Deep Speech 2), which lets a network of forward recurrent layers see a little of what
/// follows. Weights are [look-ahead + 1, channels]; a frame is a vector. Zeros follow a sequence.
package struct RowConvolution: Layer {
  package static let kind = "row_convolution"
  package static let mainField: String? = "look_ahead"

  package let name: String
  package let output: FrameShape
  package let size: Int
  package let times: TimeWindows
  package let hasBias: Bool

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    output = place.input
    let lookAhead = try fields.integer(
      "look_ahead", "how many frames to come count", in: 0...1 << 12)
    size = lookAhead + 1
    times = TimeWindows(span: size, stride: 1, before: 0, after: lookAhead)
    hasBias = try fields.flag("bias", "whether a bias is added", default: false)
  }

  package var summary: String { "row_convolution \(name), \(size - 1) frames to come" }
  package var timing: LayerTiming { times.timing }

  package var parameters: [ParameterSpecification] {
    let weight = ParameterSpecification(
      name: "\(name).weight", shape: [size, output.count],
      initializer: .glorotUniform(fanIn: size, fanOut: size))
    guard hasBias else { return [weight] }
    return [
      weight,
      ParameterSpecification(name: "\(name).bias", shape: [output.count], initializer: .zeros),
    ]
  }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    let input = inputs.takeFirst()
    return LayerOutput(
      output(input, weights, counts: input.lengths, pass),
      saved: Saved([input.values], lengths: input.lengths))
  }

  package func advance(
    _ inputs: inout [Sequences], _ weights: LayerWeights, states: inout [LayerState],
    isLast: [Bool], _ pass: Pass
  ) -> Sequences {
    let (frames, counts) = times.take(inputs.takeFirst(), &states, isLast: isLast)
    return output(frames, weights, counts: counts, pass)
  }

  /// The first `counts` frames of each sequence that come out.
  private func output(
    _ input: Sequences, _ weights: LayerWeights, counts: [Int], _ pass: Pass
  ) -> Sequences {
    pass.compute.depthwise(
      input, weights[0], bias: hasBias ? weights[1] : nil,
      DepthwiseWindows(size: size, before: 0), counts: counts)
  }

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    let gradient = gradient
    if hasBias { pass.compute.addColumnSums(of: gradient, to: &gradients[1]) }
    return [
      pass.compute.depthwiseGradient(
        gradient, Sequences(saved.tensors[0], lengths: saved.lengths), weights[0],
        DepthwiseWindows(size: size, before: 0), counts: saved.lengths,
        weightGradient: &gradients[0], isInputWanted: wanted[0])
    ]
  }
}
