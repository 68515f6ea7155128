package import ParlaNeuralNetwork

/// A model in training: the engine that computes, and how gradients become steps.
package struct KurSession {
  /// The model as it was made or loaded; `weights` has the trained ones.
  private let start: KurModel
  private let losses: [KurLoss]
  private let optimizer: KurOptimizer?
  private let services: KurServices
  private var engine: any TrainingEngine
  private let seed: UInt64
  private var stepCount = 0
  private var lastRate: Float?

  /// The state of training besides the weights.
  package struct Progress: Sendable {
    /// How many steps were made.
    package var stepCount = 0
    /// The rate of the last one.
    package var lastRate: Float?
    /// What the optimiser remembers; nil for one that has not moved yet.
    package var optimizer: OptimizerState?
  }

  /// Prepares `model` for `losses`; without an optimiser it only computes losses and outputs.
  ///
  /// With `progress`, training continues from there.
  package init(
    _ model: KurModel, losses: [KurLoss], optimizer: KurOptimizer?,
    from progress: Progress = Progress(), _ services: KurServices
  ) throws {
    start = model
    seed = services.randomSeed
    stepCount = progress.stepCount
    lastRate = progress.lastRate
    self.losses = losses
    self.optimizer = optimizer
    self.services = services
    var snapshot = model.weights
    snapshot.optimizer = progress.optimizer
    engine = try services.makeEngine(
      model.network.graph, snapshot, optimizer?.method ?? .sgd())
  }

  /// How far steps have come.
  package var progress: Progress {
    get throws {
      Progress(
        stepCount: stepCount, lastRate: lastRate, optimizer: try engine.snapshot.optimizer)
    }
  }

  /// The model with its trained weights.
  package var model: KurModel {
    get throws {
      var model = start
      let snapshot = try engine.snapshot
      model.weights = EngineSnapshot(parameters: snapshot.parameters, buffers: snapshot.buffers)
      return model
    }
  }

  /// The names of what comes out.
  package var outputNames: [String] { start.outputNames }

  // MARK: - Steps

  /// Learns from `batch`, and returns the mean loss of each output.
  ///
  /// - Throws: `KurError.data` for a batch that does not fit the model, what befalls the engine.
  package mutating func step(_ batch: KurBatch) throws -> (losses: [String: Double], size: Int) {
    guard let optimizer else { preconditionFailure("a session with an optimiser") }
    let batch = try usable(batch)
    let prepared = try prepared(batch)
    let rate = optimizer.rate(after: stepCount, batch)
    if optimizer.hasMomentum, let lastRate, rate != lastRate {
      try scaleVelocity(by: lastRate / rate)
    }
    lastRate = rate
    try engine.clearGradients()
    let rates = start.isFrozen.map { $0 ? 0 : rate }
    let found = try engine.addGradients(
      of: prepared, isWanted: rates.map { $0 != 0 },
      dropoutSeed: seed &+ UInt64(stepCount))
    let losses = means(found)
    guard losses.values.allSatisfy(\.isFinite) else { return (losses, prepared.wholeSize) }
    let learning = rates.indices.filter { rates[$0] != 0 }
    switch optimizer.clipping {
    case .norm(let limit)?: try engine.clipGradients(toNorm: limit, of: learning)
    case .absolute(let limit)?: try engine.clipGradients(toAbsolute: limit)
    case nil: break
    }
    try engine.apply(learningRates: rates)
    stepCount += 1
    return (losses, prepared.wholeSize)
  }

  /// In Keras a velocity has the rate of its time; here it has that of the step, and so changes with the rate.
  private mutating func scaleVelocity(by factor: Float) throws {
    var snapshot = try engine.snapshot
    guard var state = snapshot.optimizer, factor.isFinite else { return }
    for slot in state.slots.indices {
      for index in state.slots[slot].parameters.tensors.indices {
        let tensor = state.slots[slot].parameters.tensors[index]
        state.slots[slot].parameters.tensors[index] = Tensor(
          shape: tensor.shape, values: tensor.values.map { $0 * factor })
      }
    }
    snapshot.optimizer = state
    engine = try services.makeEngine(
      start.network.graph, snapshot, optimizer?.method ?? .sgd())
  }

  /// Kur's hidden step before the first batch: weights go back to what they were, the optimiser remembers it.
  package mutating func warmUp(_ batch: KurBatch) throws {
    let before = try engine.snapshot
    _ = try step(batch)
    let after = try engine.snapshot
    engine = try services.makeEngine(
      start.network.graph,
      EngineSnapshot(
        parameters: before.parameters, buffers: before.buffers, optimizer: after.optimizer),
      optimizer?.method ?? .sgd())
  }

  /// The mean loss of each output for `batch`, and what comes out.
  package func test(
    _ batch: KurBatch
  ) throws -> (losses: [String: Double], outputs: [String: KurArray], batch: KurBatch) {
    let batch = try usable(batch)
    let (losses, outputs) = try engine.evaluateOutputs(try prepared(batch))
    return (means(losses), start.arrays(outputs), batch)
  }

  /// What comes out for `batch`.
  package func outputs(_ batch: KurBatch) throws -> [String: KurArray] {
    let inputs = try start.inputs(batch)
    return start.arrays(
      try engine.evaluateOutputs(TrainingBatch(inputs: inputs, targets: .ofOutputs([]))).outputs)
  }

  /// The mean of each output's losses, which are stored output by output.
  private func means(_ found: [Double]) -> [String: Double] {
    let size = found.count / max(losses.count, 1)
    return Dictionary(
      uniqueKeysWithValues: losses.enumerated().map { index, loss in
        let own = found[index * size..<(index + 1) * size]
        return (loss.target, own.reduce(0, +) / Double(max(size, 1)))
      })
  }

  // MARK: - Batches

  /// `batch` without the entries whose labels have no room in the frames that come out.
  private func usable(_ batch: KurBatch) throws -> KurBatch {
    let count = batch.values.first?.count ?? 0
    var kept = Set(0..<count)
    for (index, loss) in losses.enumerated() {
      kept.formIntersection(
        try loss.spellable(batch, start.network.outputs[index]) {
          start.outputLength($0, output: index)
        })
    }
    guard kept.count < count else { return batch }
    services.note(
      "Left out \(count - kept.count) of \(count) samples of a batch: their transcripts are longer than "
        + "what comes out of the model.")
    guard !kept.isEmpty else {
      throw KurError.data(path: "batch", problem: "found no sample that the model can spell")
    }
    return batch.mapValues { $0.picking(kept.sorted()) }
  }

  private func prepared(_ batch: KurBatch) throws -> TrainingBatch {
    let inputs = try start.inputs(batch)
    var targets: [OutputTarget] = []
    for (index, loss) in losses.enumerated() {
      targets.append(
        try loss.target(of: batch, start.network.outputs[index]) {
          start.outputLength($0, output: index)
        })
    }
    return TrainingBatch(inputs: inputs, targets: .ofOutputs(targets))
  }
}
