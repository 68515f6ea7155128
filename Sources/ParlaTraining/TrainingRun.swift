import Foundation
import ParlaAcousticModel
import ParlaNeuralNetwork
import ParlaTranscripts

/// The loop of a training: steps, epochs, checkpoints.
struct TrainingRun {
  let configuration: TrainingConfiguration
  let checkpoints: CheckpointFolder
  let train: Dataset
  let dev: Dataset?
  var engine: CPUTrainingEngine
  let schedule: LearningSchedule
  var state: TrainingState
  let report: @Sendable (TrainingEvent) -> Void

  private var speed = Speed()
  private var lastSave = ContinuousClock.now
  private var unsavedBest: Checkpoint<TrainingState>?

  init(
    configuration: TrainingConfiguration, checkpoints: CheckpointFolder, train: Dataset,
    dev: Dataset?, engine: CPUTrainingEngine, schedule: LearningSchedule, state: TrainingState,
    report: @escaping @Sendable (TrainingEvent) -> Void
  ) {
    self.configuration = configuration
    self.checkpoints = checkpoints
    self.train = train
    self.dev = dev
    self.engine = engine
    self.schedule = schedule
    self.state = state
    self.report = report
  }

  /// Trains to the last epoch, to the end of patience, or until asked to stop.
  mutating func complete(shouldStop: () -> Bool) throws -> TrainingOutcome {
    let plan = BatchPlan(
      sampleCount: train.samples.count, batchSize: configuration.batchSize,
      seed: configuration.seed)
    while state.epoch < configuration.epochs {
      let batches = plan.batches(epoch: state.epoch)
      reportFrozenLayers()
      while state.batchInEpoch < batches.count {
        if shouldStop() {
          try save()
          return .interrupted(epoch: state.epoch + 1)
        }
        try step(train.samples[batches[state.batchInEpoch]], batchCount: batches.count)
        if seconds(since: lastSave) > configuration.checkpointSeconds { try save() }
      }
      let isPatient = endEpoch()
      let isLast = state.epoch == configuration.epochs || !isPatient
      if isLast || seconds(since: lastSave) > Self.leastSecondsBetweenSaves { try save() }
      if !isPatient { return .stoppedEarly(epoch: state.epoch) }
    }
    return .finished
  }

  /// Says which layers stand still, when they are not those of the epoch before.
  private func reportFrozenLayers() {
    let frozen = schedule.frozenLayers(epoch: state.epoch)
    let before = state.epoch == 0 ? [] : schedule.frozenLayers(epoch: state.epoch - 1)
    if frozen != before { report(.frozen(layers: frozen, epoch: state.epoch + 1)) }
  }

  /// Epochs may be so short that saving each would take longer than the training.
  private static let leastSecondsBetweenSaves = 10.0

  private mutating func step(_ batch: ArraySlice<TrainingSample>, batchCount: Int) throws {
    let start = ContinuousClock.now
    var generator = SeededGenerator(mixing: configuration.seed, UInt64(state.stepCount))
    let rates = schedule.rates(
      epoch: state.epoch, step: state.stepCount, rate: state.learningRate)
    let losses = engine.train(
      on: batch, learningRates: rates, dropoutSeed: generator.next())
    if losses.contains(where: \.isNaN) {
      let samples = zip(batch, losses).filter { $1.isNaN }.map(\.0.audioPath)
      throw TrainingError.diverged(
        epoch: state.epoch + 1, step: state.stepCount + 1, samples: samples)
    }
    state.lossSum += losses.reduce(0, +)
    state.lossCount += losses.count
    state.batchInEpoch += 1
    state.stepCount += 1
    let sound = batch.reduce(0) { $0 + $1.seconds }
    speed.add(sound: sound, seconds: seconds(since: start))
    report(.step(progress(batchCount: batchCount)))
  }

  private func progress(batchCount: Int) -> TrainingProgress {
    let done = Double(state.batchInEpoch) / Double(batchCount)
    let epochsLeft = Double(configuration.epochs - state.epoch) - done
    return TrainingProgress(
      epoch: state.epoch + 1, epochCount: configuration.epochs, batch: state.batchInEpoch,
      batchCount: batchCount, loss: state.lossSum / Double(state.lossCount),
      audioSecondsPerSecond: speed.audioSecondsPerSecond,
      secondsLeft: epochsLeft * train.seconds / speed.audioSecondsPerSecond)
  }

  /// Evaluates the development set, keeps the best, and says whether patience lasts.
  private mutating func endEpoch() -> Bool {
    let evaluation = dev.map {
      Evaluation.greedy(engine, on: $0.samples, batchSize: configuration.batchSize)
    }
    let trainLoss = state.lossSum / Double(max(state.lossCount, 1))
    let value = evaluation.map {
      configuration.bestBy == .loss ? $0.meanLoss : $0.errors.characterErrorRate
    }
    let isBest = value.map { $0 < state.bestValue ?? .infinity } ?? true
    let epochReport = EpochReport(
      epoch: state.epoch + 1, trainLoss: trainLoss, devLoss: evaluation?.meanLoss,
      devWordErrorRate: evaluation?.errors.wordErrorRate,
      devCharacterErrorRate: evaluation?.errors.characterErrorRate,
      learningRate: state.learningRate, audioSecondsPerSecond: speed.audioSecondsPerSecond,
      isBest: isBest, examples: evaluation?.examples(3) ?? [])
    state.epoch += 1
    state.batchInEpoch = 0
    state.lossSum = 0
    state.lossCount = 0
    state.history.append(epochReport)
    if isBest {
      state.bestValue = value
      state.bestEpoch = state.epoch
      unsavedBest = checkpoint
    }
    report(.epoch(epochReport))
    speed = Speed()
    return noteLoss(evaluation?.meanLoss)
  }

  /// Lowers the learning rate on a plateau, and says whether patience lasts.
  private mutating func noteLoss(_ loss: Double?) -> Bool {
    guard let loss else { return true }
    if let plateau = configuration.plateau,
      state.plateau.ends(after: loss, patience: plateau.patience)
    {
      state.learningRate *= plateau.factor
      report(.learningRateLowered(to: state.learningRate))
    }
    guard let patience = configuration.earlyStopping else { return true }
    return !state.earlyStopping.ends(after: loss, patience: patience)
  }

  private var checkpoint: Checkpoint<TrainingState> {
    let optimizer = engine.optimizerState
    var state = state
    state.optimizerStepCounts = optimizer.stepCounts
    return Checkpoint(model: engine.model, optimizer: optimizer.slots, state: state)
  }

  /// Writes the best model so far, if it is new, and where the training stands.
  private mutating func save() throws {
    if let best = unsavedBest {
      try checkpoints.save(best, as: .best, step: best.state.stepCount, keeping: 1)
      unsavedBest = nil
    }
    try checkpoints.save(checkpoint, as: .last, step: state.stepCount, keeping: 2)
    lastSave = .now
    report(.saved(step: state.stepCount))
  }

  private func seconds(since start: ContinuousClock.Instant) -> Double {
    (ContinuousClock.now - start) / .seconds(1)
  }
}

/// How much sound a training goes through, since the epoch began.
private struct Speed {
  private var sound = 0.0
  private var seconds = 0.0

  mutating func add(sound: Double, seconds: Double) {
    self.sound += sound
    self.seconds += seconds
  }

  var audioSecondsPerSecond: Double { sound / max(seconds, 1e-9) }
}
