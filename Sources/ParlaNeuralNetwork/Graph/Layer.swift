package import ParlaDescriptions

/// A kind of layer, and one layer of that kind: a function of sequences and weights, with its derivative.
///
/// Everything about a kind is in the file that declares it: its name in descriptions, its fields, its output for an
/// input, its parameters, and its forward, backward and streaming computation. `LayerKinds` lists it.
///
/// A layer keeps no state between calls: the values for the backward pass are returned as `Saved`, the state for live sound is a
/// `LayerState` of each stream.
package protocol Layer: Sendable {
  // MARK: The kind

  /// The name of the kind in descriptions, such as `dense`.
  static var kind: String { get }

  /// An alternative key for the kind, distinguished by `type`: `recurrent: {type: lstm}`.
  static var family: String? { get }

  /// The field for a value without a name, as in `dropout: 0.1`.
  static var mainField: String? { get }

  /// How many inputs a layer of the kind may have.
  static var inputCounts: ClosedRange<Int> { get }

  /// A layer at `place`, whose fields are read, and so declared, from `fields`.
  ///
  /// - Throws: `DescriptionProblem` for a field that is missing or impossible, or for inputs that do not fit.
  init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem)

  // MARK: The layer

  /// Unique in its graph.
  var name: String { get }

  /// The shape of an output frame.
  var output: FrameShape { get }

  /// One line for people: `dense layer_1, 512`.
  var summary: String { get }

  /// How frames that come out correspond to those that go in.
  var timing: LayerTiming { get }

  /// Whether it can be computed while sound is still arriving.
  var canStream: Bool { get }

  /// Whether its work and memory grow with the square of a sequence's length.
  var growsWithSquare: Bool { get }

  /// Its trained parameters, in the order in which it expects them.
  var parameters: [ParameterSpecification] { get }

  /// Its buffers, such as running statistics: part of the model, moved by `moveBuffers`, never by an optimiser.
  var buffers: [ParameterSpecification] { get }

  /// How many numbers training keeps of each frame.
  var memory: MemoryNeed { get }

  /// The only one of its inputs that counts in `pass`, by its position; nil where all do.
  ///
  /// Then `forward` is given that input alone, `backward` returns its gradient alone, and what nothing else needs is not computed.
  func chosenInput(_ pass: Pass) -> Int?

  /// The output for the inputs, and what `backward` will need.
  ///
  /// The layer takes its inputs out of the list (`takeFirst`), so that it may work in their memory.
  func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput

  /// The gradients with respect to the inputs, given that with respect to the output.
  ///
  /// Adds the parameters' gradients to `gradients`; several nodes may share them. An input's gradient that `wanted` does not
  /// name may be anything.
  func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor]

  /// The output for the next frames of sequences that come in pieces, as far as it is certain already.
  ///
  /// `states` are empty before the first piece; afterwards they are what the layer remembers of each sequence. Where `isLast`
  /// says so, no more frames will come and all that is outstanding is given.
  func advance(
    _ inputs: inout [Sequences], _ weights: LayerWeights, states: inout [LayerState],
    isLast: [Bool], _ pass: Pass
  ) -> Sequences

  /// Whether it makes each frame of that frame and a summary of all of its sequence's.
  ///
  /// Then a long sequence can go through it in pieces though it cannot stream: twice, first for the summary.
  var makesSummary: Bool { get }

  /// Adds the next frames of a sequence to its summary, which is empty before the first.
  func add(_ frames: Sequences, to summary: inout [Double], _ pass: Pass)

  /// The output for some frames of the sequence of which this is the summary.
  func output(
    _ frames: consuming Sequences, summary: [Double], _ weights: LayerWeights, _ pass: Pass
  ) -> Sequences

  /// Moves `buffers` by the sums that `forward` found in training, added up over all parts of a batch and all peers.
  func moveBuffers(_ buffers: inout [Tensor], statistics: [Tensor])

  // MARK: Among peers

  /// Whether what comes out for a sequence in training depends on the others of its batch, those of peers included.
  var joinsSequences: Bool { get }

  /// Does what `forward` does together with peers, for one that has no sequences, and returns the statistics of none.
  func accompanyForward(_ pass: Pass) -> [Tensor]

  /// Does what `backward` does together with peers, for one that has no sequences.
  func accompanyBackward(_ pass: Pass)
}

extension Layer {
  package static var family: String? { nil }
  package static var mainField: String? { nil }
  package static var inputCounts: ClosedRange<Int> { 1...1 }

  package var summary: String { "\(Self.kind) \(name)" }
  package var timing: LayerTiming { .frameByFrame }
  package var canStream: Bool { true }
  package var growsWithSquare: Bool { false }
  package var parameters: [ParameterSpecification] { [] }
  package var buffers: [ParameterSpecification] { [] }
  package var memory: MemoryNeed { MemoryNeed(kept: output.count, working: 2 * output.count) }

  /// A layer that looks at each frame alone remembers nothing; one that cannot stream waits for the end.
  package func advance(
    _ inputs: inout [Sequences], _ weights: LayerWeights, states: inout [LayerState],
    isLast: [Bool], _ pass: Pass
  ) -> Sequences {
    guard canStream else {
      return collected(&inputs, weights, states: &states, isLast: isLast, pass)
    }
    guard inputs[0].frameCount > 0 else { return .none(inputs[0].count, features: output.count) }
    return forward(&inputs, weights, pass).output
  }

  package func chosenInput(_ pass: Pass) -> Int? { nil }

  package var makesSummary: Bool { false }
  package func add(_ frames: Sequences, to summary: inout [Double], _ pass: Pass) {}
  package func output(
    _ frames: consuming Sequences, summary: [Double], _ weights: LayerWeights, _ pass: Pass
  ) -> Sequences { frames }

  package func moveBuffers(_ buffers: inout [Tensor], statistics: [Tensor]) {}

  package var joinsSequences: Bool { false }
  package func accompanyForward(_ pass: Pass) -> [Tensor] { [] }
  package func accompanyBackward(_ pass: Pass) {}
}

/// The context of a layer: everything that it needs to know of its surroundings.
package struct LayerPlace: Sendable {
  /// The layer's name.
  package let name: String

  /// The layer's number in the description, counted from 0; it makes seeds unique.
  package let index: Int

  /// The shapes of its input frames.
  package let inputs: [FrameShape]

  /// A place of that name, with these inputs.
  package init(name: String, index: Int = 0, inputs: [FrameShape]) {
    self.name = name
    self.index = index
    self.inputs = inputs
  }

  /// The same for an input that is a vector of `featureCount` features.
  package init(_ name: String, index: Int = 0, featureCount: Int) {
    self.init(name: name, index: index, inputs: [FrameShape(featureCount)])
  }

  /// The first, and mostly only, input.
  package var input: FrameShape { inputs.first ?? FrameShape(0) }

  /// How many numbers a frame of it has.
  package var featureCount: Int { input.count }
}

/// How the frames that come out of a layer correspond to those that go in.
package struct LayerTiming: Sendable, Equatable {
  /// How many frames go in for each that comes out.
  package var stride: Int

  /// How many frames after the one that it belongs to an output needs to have seen.
  package var lookAhead: Int

  /// How many frames come out of a sequence of `n`: (n + padding - span) / stride + 1, rounded down, and none below 0.
  package var span: Int
  package var padding: Int

  /// How many frames come out in the place of one.
  package var factor = 1

  /// Whether one frame comes out of a sequence, however long it is.
  package var isWhole = false

  /// A frame out for each `stride` frames in, or `factor` of them.
  package init(
    stride: Int = 1, lookAhead: Int = 0, span: Int = 1, padding: Int = 0, factor: Int = 1
  ) {
    self.stride = stride
    self.lookAhead = lookAhead
    self.span = span
    self.padding = padding
    self.factor = factor
  }

  /// One frame out of a sequence.
  package static var whole: LayerTiming {
    var timing = LayerTiming()
    timing.isWhole = true
    return timing
  }

  /// A frame out for each frame in, at once.
  package static let frameByFrame = LayerTiming()

  /// How many frames come out of a sequence of `length` frames.
  package func outputLength(_ length: Int) -> Int {
    let room = length + padding - span
    guard length > 0, room >= 0 else { return 0 }
    return isWhole ? 1 : factor * (room / stride + 1)
  }
}

/// How many numbers training keeps for each frame that comes out of a layer.
package struct MemoryNeed: Sendable, Equatable {
  /// The values kept for the backward pass.
  package var kept: Int

  /// Additional memory during the backward pass.
  package var working: Int

  /// A number of values.
  package init(kept: Int, working: Int) {
    self.kept = kept
    self.working = working
  }
}

/// The result of a layer's forward pass.
package struct LayerOutput: Sendable {
  /// The frames that come out.
  package var output: Sequences

  /// Whatever the layer's `backward` needs.
  package var saved: Saved

  /// Sums over this passage that `moveBuffers` will be given; such as add up over parts of a batch.
  package var statistics: [Tensor]

  /// Joins an output with what the layer's `backward` will need.
  package init(_ output: Sequences, saved: Saved = Saved(), statistics: [Tensor] = []) {
    self.output = output
    self.saved = saved
    self.statistics = statistics
  }
}

/// The values of a layer's forward pass that its backward pass needs.
package struct Saved: Sendable {
  /// Whatever it needs.
  package var tensors: [Tensor]

  /// The lengths of the sequences that went in.
  package var lengths: [Int]

  /// Keeps `tensors` and `lengths`.
  package init(_ tensors: [Tensor] = [], lengths: [Int] = []) {
    self.tensors = tensors
    self.lengths = lengths
  }
}

/// The conditions of one pass of a batch through a graph.
package struct Pass: Sendable {
  /// The computation that runs the pass.
  package let compute: Compute

  /// Decides which units are dropped; nil for none, as in evaluation.
  package let dropoutSeed: UInt64?

  /// Which sequences of a larger batch these are, when it goes through in parts; nil for all.
  package var batchPart: Range<Int>?

  /// How many sequences that batch has.
  package var wholeBatchSize: Int?

  /// Who has the other sequences of the batch.
  package var peers: any Peers = Alone()

  /// Whether batch statistics are taken and units drop out.
  package var isTraining: Bool { dropoutSeed != nil }

  /// Describes a passage.
  package init(compute: Compute, dropoutSeed: UInt64? = nil) {
    self.compute = compute
    self.dropoutSeed = dropoutSeed
  }
}
