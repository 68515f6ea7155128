import Foundation
import ParlaAcousticModel
import ParlaAudio
import ParlaCorpus
import ParlaNeuralNetwork
import ParlaTranscripts

/// Teaches a model to write what is said in recordings.
///
/// ```swift
/// var configuration = TrainingConfiguration(
///   trainFiles: ["train.csv"], devFiles: ["dev.csv"], checkpointFolder: "checkpoints")
/// configuration.epochs = 30
/// let outcome = try Trainer(configuration).run { event in print(event) }
/// ```
public struct Trainer: Sendable {
  private let configuration: TrainingConfiguration
  private let checkpoints: CheckpointFolder

  /// Prepares a training; nothing is read yet.
  public init(_ configuration: TrainingConfiguration) {
    self.configuration = configuration
    checkpoints = CheckpointFolder(path: configuration.checkpointFolder)
  }

  /// Trains from the newest checkpoint, or from the beginning, to the last epoch.
  ///
  /// - Parameters:
  ///   - report: Is told what happens.
  ///   - shouldStop: Is asked before each step; when it says so, all is saved and the training can be resumed.
  /// - Returns: How the training ended.
  /// - Throws: `TrainingError`, `ModelError`, `CorpusError`, `TranscriptError`, `FileError`: what is wrong with options
  ///   and files is found before the first step.
  @discardableResult
  public func run(
    report: @escaping @Sendable (TrainingEvent) -> Void = { _ in },
    shouldStop: () -> Bool = { false }
  ) throws -> TrainingOutcome {
    try configuration.validate()
    try checkpoints.prepare()
    let train = try configuration.trainFiles.map { try Manifest(path: $0) }
    let dev = try configuration.devFiles.map { try Manifest(path: $0) }
    if !configuration.skipsBadSamples { try Dataset.requireTranscripts(train + dev) }
    let start = try self.start(manifests: train + dev)
    if let resumed = start.resumed { report(resumed) }
    let watch = TrainingWatch(configuration, from: start.state) { report(.warning($0)) }
    let tellBoth: @Sendable (TrainingEvent) -> Void = { event in
      watch.note(event)
      report(event)
    }
    do {
      let data = try TrainingData(
        configuration, train: train, dev: dev, model: start.engine.model, state: start.state,
        report: tellBoth)
      let outcome = try self.run(start, data, report: tellBoth, shouldStop: shouldStop)
      watch.end(outcome)
      return outcome
    } catch {
      watch.end("Ended: \(error)")
      throw error
    }
  }

  /// Trains on `data` from `start`.
  private func run(
    _ start: Start, _ data: TrainingData, report: @escaping @Sendable (TrainingEvent) -> Void,
    shouldStop: () -> Bool
  ) throws -> TrainingOutcome {
    report(
      .started(
        sampleCount: data.train.samples.count, seconds: data.train.seconds,
        labelCount: start.engine.model.alphabet.labels.count,
        parameterCount: start.engine.model.parameterCount))
    if start.state.epoch < configuration.epochs, let batch = data.largestBatch() {
      // Too little memory shows now, not after hours.
      report(.planned(data.memory))
      start.engine.tryOut(batch.samples[...], partCount: data.memory.partCount)
    }
    var state = start.state
    state.frameLimit = data.memory.limitToKeep
    var run = TrainingRun(
      configuration: configuration, checkpoints: checkpoints, data: data, engine: start.engine,
      state: state, report: report)
    return try run.complete(shouldStop: shouldStop)
  }

  /// Where a training begins.
  private struct Start {
    let engine: CPUTrainingEngine
    let state: TrainingState
    let resumed: TrainingEvent?
  }

  /// The newest checkpoint, held against what is asked for, or fresh weights.
  private func start(manifests: [Manifest]) throws -> Start {
    let found = try checkpoints.newest(.last, .best, stateType: TrainingState.self)
    let initial = try found == nil ? InitialModel(configuration) : nil
    let alphabet = try self.alphabet(
      manifests, checkpoint: found?.checkpoint.model ?? initial?.model)
    let description = try self.description(labelCount: alphabet.labelCount)
    guard let found else {
      try alphabet.write(to: configuration.checkpointFolder + "/alphabet.txt")
      if let initial { return try start(from: initial, as: description) }
      let network = Network(description.layers, inputCount: description.features.inputCount)
      let parameters = Parameters(initializing: network.parameters, seed: configuration.seed)
      let model = AcousticModel(
        description: description, alphabet: alphabet, parameters: parameters)
      return Start(
        engine: CPUTrainingEngine(model, configuration: configuration),
        state: TrainingState(learningRate: configuration.learningRate), resumed: nil)
    }
    let model = try found.checkpoint.model.described(
      as: description, path: configuration.checkpointFolder)
    var engine = CPUTrainingEngine(model, configuration: configuration)
    let state = found.checkpoint.state
    engine.restore(
      OptimizerState(stepCount: state.stepCount, slots: found.checkpoint.optimizer))
    return Start(
      engine: engine, state: state,
      resumed: .resumed(epoch: state.epoch + 1, step: found.step, passedOver: found.passedOver))
  }

  /// A training of another model's weights, with its optimiser where it left one.
  private func start(from initial: InitialModel, as description: ModelDescription) throws -> Start {
    var engine = CPUTrainingEngine(
      try initial.model.described(as: description, path: initial.path),
      configuration: configuration)
    var state = TrainingState(learningRate: configuration.learningRate)
    if let optimizer = initial.optimizer {
      engine.restore(optimizer)
      state.stepCount = optimizer.stepCount
    }
    return Start(engine: engine, state: state, resumed: nil)
  }

  /// The alphabet asked for; else the checkpoint's; else the characters of all transcripts.
  private func alphabet(
    _ manifests: [Manifest], checkpoint: AcousticModel?
  ) throws -> Alphabet {
    if let path = configuration.alphabetPath {
      let alphabet = try Alphabet(path: path)
      if let checkpoint, checkpoint.alphabet != alphabet {
        throw ModelError.otherAlphabet(
          path: configuration.initialModelPath ?? configuration.checkpointFolder,
          found: checkpoint.alphabet.labels.joined(),
          expected: alphabet.labels.joined())
      }
      return alphabet
    }
    if let checkpoint { return checkpoint.alphabet }
    let further = try configuration.furtherAlphabetFiles.map { try Manifest(path: $0) }
    return try Alphabet.covering(
      (manifests + further).flatMap { $0.samples.map(\.transcript) })
  }

  private func description(labelCount: Int) throws -> ModelDescription {
    guard let path = configuration.modelPath else {
      return try .deepSpeech(labelCount: labelCount, settings: configuration.modelSettings)
    }
    return try ModelFile(path: path).description(
      labelCount: labelCount, settings: configuration.modelSettings)
  }
}
