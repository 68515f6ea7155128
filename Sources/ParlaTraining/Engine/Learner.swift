import ParlaAcousticModel
import ParlaAudio
import ParlaNeuralNetwork
import ParlaTranscripts

/// A model that learns: an engine that computes, and the decisions of each step, made on what all peers have found.
struct Learner: Sendable {
  private let description: ModelDescription
  let alphabet: Alphabet
  private let gradientNormLimit: Double?
  private let peers: any Peers
  private var engine: any TrainingEngine

  /// Trains `model` on; without `optimizer`, with one that has not moved yet.
  ///
  /// - Throws: what keeps the engine that `configuration` names from working here.
  init(
    _ model: AcousticModel, optimizer: OptimizerState? = nil,
    configuration: TrainingConfiguration, peers: any Peers = Alone()
  ) throws {
    description = model.description
    alphabet = model.alphabet
    gradientNormLimit = configuration.optimization.gradientNormLimit
    self.peers = peers
    var settings = configuration.engineSettings
    settings.peers = peers
    engine = try EngineList.make(
      configuration.hardware.engine, model.graph,
      from: EngineSnapshot(
        parameters: model.parameters, buffers: model.buffers, optimizer: optimizer), settings)
  }

  /// The model as it is now.
  var model: AcousticModel { get throws { model(try engine.snapshot) } }

  /// The model and the optimiser as they are now.
  var checkpoint: (model: AcousticModel, optimizer: OptimizerState?) {
    get throws {
      let snapshot = try engine.snapshot
      return (model(snapshot), snapshot.optimizer)
    }
  }

  /// The model being trained.
  var graph: Graph { engine.graph }

  /// A description of the computing device; nil for this processor.
  var deviceName: String? { engine.deviceName }

  /// Gets ready to exchange gradients; what makes that slower than it might be, nil where nothing does.
  mutating func joinPeers() throws -> String? { try engine.joinPeers() }

  private func model(_ snapshot: EngineSnapshot) -> AcousticModel {
    AcousticModel(
      description: description, alphabet: alphabet, parameters: snapshot.parameters,
      buffers: snapshot.buffers)
  }

  /// Learns from `batch`, each parameter at a rate of its own, and returns the loss of each of its samples.
  ///
  /// A rate of 0 leaves a parameter as it is.
  /// A sample whose loss is not finite is skipped; if nothing remains, or the gradient is not finite, the step is skipped.
  /// `partCount` parts go through the network one after another and make one step together, as if they had gone at once.
  /// With peers, `batch` is what this one takes of the whole, from sample `start` of `wholeSize` on; the losses are those of the
  /// whole.
  mutating func train(
    on batch: ArraySlice<TrainingSample>, from start: Int = 0, of wholeSize: Int? = nil,
    partCount: Int, learningRates: [Float], dropoutSeed: UInt64
  ) throws -> StepResult {
    let wholeSize = wholeSize ?? batch.count
    try engine.clearGradients()
    defer { try? engine.clearGradients() }
    let own = try addGradients(
      batch, from: start, of: wholeSize, partCount: partCount,
      isWanted: learningRates.map { $0 != 0 }, dropoutSeed: dropoutSeed, exchanges: true)
    let losses = peers.gather(own)
    let isFinite = losses.map(\.isFinite)
    guard isFinite.allSatisfy({ $0 }) else {
      // What is no number spreads over all weights, however small its share: the others go again without it.
      guard isFinite.contains(true) else { return StepResult(losses: losses, wasApplied: false) }
      let others = zip(batch, own).filter { $1.isFinite }.map(\.0)
      var result = try train(
        on: others[...], from: isFinite[..<start].count { $0 }, of: isFinite.count { $0 },
        partCount: partCount, learningRates: learningRates, dropoutSeed: dropoutSeed)
      var rest = result.losses[...]
      result.losses = losses.map { $0.isFinite ? rest.removeFirst() : $0 }
      return result
    }
    try engine.exchangeGradients()
    guard try engine.gradientsAreFinite else {
      return StepResult(losses: losses, wasApplied: false)
    }
    if let gradientNormLimit {
      try engine.clipGradients(
        toNorm: gradientNormLimit, of: learningRates.indices.filter { learningRates[$0] != 0 })
    }
    try engine.apply(learningRates: learningRates)
    return StepResult(losses: losses, wasApplied: true)
  }

  /// Takes the memory that a step with `batch` takes, and forgets what came of it.
  mutating func probeMemory(
    _ batch: ArraySlice<TrainingSample>, partCount: Int, isWanted: [Bool]
  ) throws {
    try engine.clearGradients()
    _ = try addGradients(
      batch, from: 0, of: batch.count, partCount: partCount, isWanted: isWanted, dropoutSeed: 0,
      exchanges: false)
    try engine.clearGradients()
  }

  /// The loss of each sample; gradients are added up until one is not finite, and exchanged with those of peers where wished.
  private mutating func addGradients(
    _ batch: ArraySlice<TrainingSample>, from start: Int, of wholeSize: Int, partCount: Int,
    isWanted: [Bool], dropoutSeed: UInt64, exchanges: Bool
  ) throws -> [Double] {
    var losses: [Double] = []
    let parts = parts(of: batch.indices, count: partCount)
    for (number, range) in parts.enumerated() where !range.isEmpty || peers.count > 1 {
      let first = start + range.lowerBound - batch.startIndex
      var part = self.batch(batch[range], part: first..<first + range.count, of: wholeSize)
      part.endsStep = exchanges && number == parts.count - 1
      losses += try engine.addGradients(of: part, isWanted: isWanted, dropoutSeed: dropoutSeed)
    }
    return losses
  }

  /// The loss of each sample of `batch`, and its label probabilities.
  func evaluate(
    _ batch: ArraySlice<TrainingSample>
  ) throws -> (losses: [Double], probabilities: [LabelProbabilities]) {
    let (losses, probabilities) = try engine.evaluate(
      self.batch(batch, part: 0..<batch.count, of: batch.count))
    return (losses, probabilities.labelProbabilities)
  }

  private func batch(
    _ samples: ArraySlice<TrainingSample>, part: Range<Int>, of wholeSize: Int
  ) -> TrainingBatch {
    let context = description.features.contextFrameCount
    let isAdded = type(of: engine).addsContext
    let inputs: [Sequences]
    if samples.isEmpty {
      inputs = []
    } else {
      let input = Tensor(
        batching: samples.map(\.features), contextFrameCount: isAdded ? 0 : context)
      inputs = [Sequences(input, lengths: samples.map(\.features.frameCount))]
    }
    return TrainingBatch(
      inputs: inputs,
      targets: .labels(samples.map(\.labels)), part: part, wholeSize: wholeSize,
      contextFrameCount: isAdded ? context : 0)
  }
}

/// The result of a step.
struct StepResult: Sendable {
  /// The loss of each sample of the whole batch; samples whose loss is not finite were skipped.
  var losses: [Double]

  /// Whether the weights were moved.
  var wasApplied: Bool
}
