/// One stage of a network: a function of its input and its parameters, with its derivative.
///
/// Inputs and outputs are [frames, batch, features]: time is outermost, so that a recurrent layer's step is one block.
/// A layer keeps nothing between calls; what the derivative needs is returned as `saved` and handed back.
package protocol Layer: Sendable {
  /// Unique in its network.
  var name: String { get }

  /// How many features come out for each frame.
  var outputCount: Int { get }

  /// What the layer learns, in the order in which it expects it.
  var parameters: [ParameterSpecification] { get }

  /// The output for `input`, and what `backward` will need.
  func forward(
    _ input: consuming Tensor, _ parameters: ArraySlice<Tensor>, _ pass: Pass
  ) -> LayerOutput

  /// The output for the next frames of sequences that come in pieces.
  ///
  /// `state` is empty before the first piece, which is the same as zeros; afterwards it is what the layer remembers of the frames
  /// before.
  func continued(
    _ input: consuming Tensor, _ parameters: ArraySlice<Tensor>, _ pass: Pass,
    state: inout [Tensor]
  ) -> Tensor

  /// The gradient with respect to the input, given that with respect to the output.
  ///
  /// Adds the parameters' gradients to `gradients`. When nobody wants the input's gradient, `needsInputGradient` is false
  /// and the result may be anything.
  func backward(
    _ outputGradient: consuming Tensor, saved: [Tensor], _ parameters: ArraySlice<Tensor>,
    gradients: inout ArraySlice<Tensor>, needsInputGradient: Bool, _ pass: Pass
  ) -> Tensor
}

extension Layer {
  /// A layer that looks at each frame alone remembers nothing.
  package func continued(
    _ input: consuming Tensor, _ parameters: ArraySlice<Tensor>, _ pass: Pass,
    state: inout [Tensor]
  ) -> Tensor {
    forward(input, parameters, pass).output
  }
}

/// What a layer gives forwards.
package struct LayerOutput: Sendable {
  /// [frames, batch, features].
  package var output: Tensor

  /// Whatever the layer's `backward` needs.
  package var saved: [Tensor]

  /// Joins an output with what the layer's `backward` will need.
  package init(output: Tensor, saved: [Tensor]) {
    self.output = output
    self.saved = saved
  }
}

/// What holds for one passage of a batch through a network.
package struct Pass: Sendable {
  /// Where the numbers are crunched.
  package let compute: Compute

  /// How many frames of each sequence are real; the rest is padding.
  package let frameCounts: [Int]

  /// What decides which units drop out; nil when nothing shall, as in evaluation.
  package let dropoutSeed: UInt64?

  /// Which sequences of a larger batch these are, when it goes through the network in parts.
  package var batchPart: Range<Int>

  /// How many sequences that batch has.
  package var wholeBatchSize: Int

  /// Describes a passage of sequences that have `frameCounts` frames.
  package init(compute: Compute, frameCounts: [Int], dropoutSeed: UInt64? = nil) {
    self.compute = compute
    self.frameCounts = frameCounts
    self.dropoutSeed = dropoutSeed
    batchPart = 0..<frameCounts.count
    wholeBatchSize = frameCounts.count
  }
}
