/// The device that trains a graph: a processor, a graphics card, one of several processes.
///
/// An engine holds weights, buffers, the optimiser and the gradients of the current step, in its device's memory.
/// It decides nothing: the caller looks at exchanged losses and gradients, so that peers stay in step.
/// A step is `clearGradients`, `addGradients` for each part of the batch, `exchangeGradients`, `gradientsAreFinite`,
/// `clipGradients`, `apply`.
///
/// An engine has no random state: dropout follows from the seed of each step, and is seeded by sample.
package protocol TrainingEngine: Sendable {
  /// What the factory calls it, such as `cpu`.
  static var name: String { get }

  /// Whether it sees each frame with its context by itself, so that the first input of a batch comes without it.
  static var addsContext: Bool { get }

  /// Trains `graph` on from `snapshot`; without an optimiser's state, one that has not moved yet.
  ///
  /// - Throws: what keeps the engine from working here.
  init(_ graph: Graph, from snapshot: EngineSnapshot, _ settings: EngineSettings) throws

  /// What is trained.
  var graph: Graph { get }

  /// What computes, for people; nil where that goes without saying.
  var deviceName: String? { get }

  /// All that changes in training, as it is now.
  ///
  /// - Throws: as all that follows, what befell a device that is not this processor.
  var snapshot: EngineSnapshot { get throws }

  /// Gets ready to exchange gradients with its peers, all of which call it at the same place.
  ///
  /// Returns, in a sentence for people, what makes that slower than it might be; nil where nothing does.
  mutating func joinPeers() throws -> String?

  /// Forgets the gradients of the step before.
  mutating func clearGradients() throws

  /// Adds the gradients of `batch`'s losses, each divided by the size of the whole batch, and returns the losses.
  ///
  /// With losses of several outputs, those of the first come first. Where one of the losses is not finite, nothing is added. `isWanted` says for each parameter whether its gradient is
  /// needed. Peers call it equally often, for no sequences where they have none; in the part that `endsStep`, the gradients are added
  /// where no peer has found a loss that is not finite.
  mutating func addGradients(
    of batch: TrainingBatch, isWanted: [Bool], dropoutSeed: UInt64
  ) throws -> [Double]

  /// Adds up gradients, and what buffers move by, over all peers, as far as that has not begun yet; then gradients of parameters that are
  /// tied.
  mutating func exchangeGradients() throws

  /// Whether all gradients are finite.
  var gradientsAreFinite: Bool { get throws }

  /// Shortens the gradients of the parameters at `indices` together, so that their common norm is `limit` at most.
  mutating func clipGradients(toNorm limit: Double, of indices: [Int]) throws

  /// Cuts each number of the gradients to at most `limit`, whatever its sign.
  mutating func clipGradients(toAbsolute limit: Double) throws

  /// Moves each parameter against its gradient at a rate of its own, and the buffers; a rate of 0 moves nothing.
  mutating func apply(learningRates: [Float]) throws

  /// The loss of each sequence of `batch`, and what comes out for it as probabilities of the labels.
  func evaluate(_ batch: TrainingBatch) throws -> (losses: [Double], probabilities: Sequences)

  /// The losses of `batch`'s targets, and what comes out as it is, for each of the graph's outputs.
  func evaluateOutputs(_ batch: TrainingBatch) throws -> (losses: [Double], outputs: [Sequences])
}

extension TrainingEngine {
  package static var addsContext: Bool { false }
  package var deviceName: String? { nil }

  package mutating func joinPeers() throws -> String? { nil }

  package mutating func clipGradients(toAbsolute limit: Double) throws {
    throw EngineProblem.unsupported(engine: Self.name, what: "limits for each number of gradients")
  }

  package func evaluateOutputs(
    _ batch: TrainingBatch
  ) throws -> (losses: [Double], outputs: [Sequences]) {
    throw EngineProblem.unsupported(engine: Self.name, what: "outputs as they are")
  }
}

/// All that changes in training.
package struct EngineSnapshot: Sendable {
  /// The layers' weights.
  package var parameters: Parameters

  /// The layers' buffers, such as running statistics.
  package var buffers: Parameters

  /// What the optimiser remembers; nil for one that has not moved yet.
  package var optimizer: OptimizerState?

  /// Joins what changes in training.
  package init(parameters: Parameters, buffers: Parameters, optimizer: OptimizerState? = nil) {
    self.parameters = parameters
    self.buffers = buffers
    self.optimizer = optimizer
  }
}

/// The optimiser's memory.
package struct OptimizerState: Sendable {
  /// How many steps each parameter took.
  package var stepCounts: [Int]

  /// Its tensors by name, one for each parameter.
  package var slots: [(name: String, parameters: Parameters)]

  /// Whether it is what `method` remembers.
  package func isOf(_ method: OptimizationMethod) -> Bool {
    slots.map(\.name) == method.slotNames
  }

  /// Joins counts and tensors.
  package init(stepCounts: [Int], slots: [(name: String, parameters: Parameters)]) {
    self.stepCounts = stepCounts
    self.slots = slots
  }
}

/// How an engine works.
package struct EngineSettings: Sendable {
  /// How gradients become steps.
  package var optimizer: OptimizationMethod

  /// How many threads compute on the processor.
  package var threadCount: Int

  /// What the operands of products are rounded to; nil for what is fastest there.
  package var precision: Precision?

  /// Where, for engines that have a choice, such as `cuda:1`.
  package var device: String

  /// The processes that have the other parts of each batch.
  package var peers: any Peers

  /// Whether most of what the way back needs is computed again instead of kept.
  package var recomputes = false

  /// Whether what is computed in bfloat16 may be computed in float16 where that is faster, its gradients kept in range.
  package var mayUseHalf = true

  /// Where a library may be that the engine needs; the first that is there is loaded.
  package var libraryPaths: [String]

  /// Settings of an engine.
  package init(
    optimizer: OptimizationMethod = .adam(), threadCount: Int = 1, precision: Precision? = nil,
    device: String = "", libraryPaths: [String] = [], peers: any Peers = Alone()
  ) {
    self.optimizer = optimizer
    self.threadCount = threadCount
    self.precision = precision
    self.device = device
    self.libraryPaths = libraryPaths
    self.peers = peers
  }
}

/// Sequences with their targets: a batch, or a part of one.
package struct TrainingBatch: Sendable {
  /// What goes in, for each of the graph's inputs.
  package var inputs: [Sequences]

  /// The targets.
  package var targets: Targets

  /// Which sequences of the whole batch these are.
  package var part: Range<Int>

  /// How many sequences the whole batch has.
  package var wholeSize: Int

  /// Whether no other part of the whole batch follows, so that gradients that are complete may be exchanged at once.
  package var endsStep: Bool

  /// How many frames of context on each side the first input's features need in addition to their own.
  package var contextFrameCount: Int

  /// A batch, or the `part` of one that has `wholeSize` sequences.
  package init(
    inputs: [Sequences], targets: Targets, part: Range<Int>? = nil, wholeSize: Int? = nil,
    endsStep: Bool = false, contextFrameCount: Int = 0
  ) {
    self.inputs = inputs
    self.targets = targets
    let count = inputs.first?.count ?? 0
    self.part = part ?? 0..<count
    self.wholeSize = wholeSize ?? count
    self.endsStep = endsStep
    self.contextFrameCount = contextFrameCount
  }
}

/// The kind of a graph's output, which determines the loss.
package enum Targets: Sendable {
  /// Labels of each sequence, without their places: connectionist temporal classification.
  case labels([[Int32]])
  /// The target of each of the graph's outputs; none for outputs that are not trained.
  case ofOutputs([OutputTarget])
}

/// What an engine cannot do.
package enum EngineProblem: Error, CustomStringConvertible {
  /// It lacks `what`.
  case unsupported(engine: String, what: String)

  /// Place, what was found, what was expected, what to do.
  package var description: String {
    switch self {
    case .unsupported(let engine, let what):
      "the engine \(engine): has no \(what), which the training needs. Train with --engine cpu."
    }
  }
}
