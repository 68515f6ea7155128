import Foundation
import ParlaAcousticModel
import ParlaAudio
import ParlaCorpus
import ParlaFiles
import ParlaModelDescription
import ParlaModelExchange
package import ParlaNeuralNetwork
import ParlaSpelling
import ParlaTranscripts

/// Teaches a model to write what is said in recordings.
///
/// ```swift
/// var configuration = TrainingConfiguration(
///   trainFiles: ["train.csv"], devFiles: ["dev.csv"], checkpointFolder: "checkpoints")
/// configuration.epochs.count = 30
/// let outcome = try Trainer(configuration).run { event in print(event) }
/// ```
public struct Trainer: Sendable {
  let configuration: TrainingConfiguration
  private let checkpoints: CheckpointFolder
  let peers: any Peers

  /// Prepares a training; nothing is read yet.
  public init(_ configuration: TrainingConfiguration) { self.init(configuration, peers: Alone()) }

  /// Prepares a training that `peers` make together.
  ///
  /// All read the recordings, and so their CSVs. The first of them alone reads and writes in the folder of the checkpoints, and
  /// reports.
  package init(_ configuration: TrainingConfiguration, peers: any Peers) {
    self.configuration = configuration
    self.peers = peers
    checkpoints = CheckpointFolder(path: configuration.checkpoint.folder)
  }

  /// Trains from the newest checkpoint, or from the beginning, to the last epoch.
  ///
  /// - Parameters:
  ///   - report: Receives the training's events.
  ///   - shouldStop: Is called before each step; if it returns true, everything is saved and the training can be resumed.
  /// - Returns: How the training ended.
  /// - Throws: `TrainingError`, `ModelError`, `CorpusError`, `TranscriptError`, `FileError`: problems with options
  ///   and files are found before the first step.
  @discardableResult
  public func run(
    report: @escaping @Sendable (TrainingEvent) -> Void = { _ in },
    shouldStop: () -> Bool = { false }
  ) throws -> TrainingOutcome {
    try configuration.validate()
    let augmentation = try configuration.augmentation()
    let train = try configuration.manifests(configuration.corpus.trainFiles)
    let dev = try configuration.manifests(configuration.corpus.devFiles)
    let metrics = try configuration.manifests(configuration.corpus.metricsFiles)
    let isReporting = peers.isFirst
    let report: @Sendable (TrainingEvent) -> Void = { [report] in if isReporting { report($0) } }
    let lock = peers.isFirst ? try lockedFolder(report) : nil
    defer { withExtendedLifetime(lock) {} }
    let start = try peers.working { try sharedStart(train + dev + metrics, report) }
    let isTimeUp = configuration.epochs.timeLimit.map { (start.state.seconds ?? 0) >= $0 } ?? false
    guard start.state.epoch < configuration.epochs.count, !isTimeUp else {
      return .doneBefore(epochs: start.state.epoch)
    }
    let schedule = try LearningSchedule(configuration, graph: start.learner.graph)
    if let event = start.event { report(event) }
    if start.state.learningRate != configuration.optimization.learningRate {
      report(
        .warning(
          """
          The learning rate is \(start.state.learningRate), as the checkpoint says; \
          --force-initialize-learning-rate takes \(configuration.optimization.learningRate) instead.
          """))
    }
    let watch =
      peers.isFirst
      ? TrainingWatch(configuration, from: start.state) { report(.warning($0)) } : nil
    let tellBoth: @Sendable (TrainingEvent) -> Void = { event in
      watch?.note(event)
      report(event)
    }
    do {
      let data = try peers.working {
        try TrainingData(
          configuration, train: train, dev: dev, metrics: metrics, model: try start.learner.model,
          learns: schedule.learns, state: start.state, augmentation: augmentation, peers: peers,
          report: tellBoth)
      }
      let outcome = try self.run(
        start, data, schedule, report: tellBoth, shouldStop: shouldStop)
      watch?.end(outcome)
      return outcome
    } catch {
      watch?.end("Ended: \(error)")
      throw error
    }
  }

  /// Makes the folder of the checkpoints ready, and keeps other trainings away; nil where the file system has no locks.
  private func lockedFolder(_ report: (TrainingEvent) -> Void) throws -> FolderLock? {
    try checkpoints.prepare()
    let lock = try FolderLock(folder: configuration.checkpoint.folder)
    if lock == nil {
      report(
        .warning(
          "\(configuration.checkpoint.folder): its file system has no locks. Make sure that no other "
            + "training saves there."))
    }
    checkpoints.removeRemains()
    return lock
  }

  /// The start of the training, which the first of the peers determines and sends to the others.
  private func sharedStart(
    _ manifests: [Manifest], _ report: (TrainingEvent) -> Void
  ) throws -> Start {
    guard peers.isFirst else { return try receivedStart() }
    if !configuration.corpus.skipsBadSamples {
      try Dataset.requireSamples(
        manifests, alphabet: try configuration.alphabet(),
        writer: .alphabet(path: configuration.corpus.alphabetPath), canSkip: true
      ) { report(.reading(done: $0, total: $1)) }
    }
    let start = try self.start(manifests: manifests)
    if start.state.epoch < configuration.epochs.count { try warn(of: start, manifests, report) }
    try send(start)
    return start
  }

  /// Warns of characters that would be odd labels, and of recordings that falsify error rates, before training starts.
  private func warn(
    of start: Start, _ manifests: [Manifest], _ report: (TrainingEvent) -> Void
  ) throws {
    if case .resumed = start.event { return }
    let further = try configuration.manifests(configuration.corpus.furtherAlphabetFiles)
    let warnings = CorpusSpelling.warnings(
      manifests + further, alphabet: start.makesLabels ? nil : start.learner.alphabet,
      learntCount: configuration.corpus.trainFiles.count)
    for warning in warnings { report(.warning(warning)) }
    let trainCount = configuration.corpus.trainFiles.count
    let shared = DuplicateRecordings.warning(
      train: Array(manifests.prefix(trainCount)), others: manifests.dropFirst(trainCount) + further)
    if let shared { report(.warning(shared)) }
  }

  /// Trains on `data` from `start`.
  private func run(
    _ start: Start, _ data: TrainingData, _ schedule: LearningSchedule,
    report: @escaping @Sendable (TrainingEvent) -> Void,
    shouldStop: () -> Bool
  ) throws -> TrainingOutcome {
    report(
      .started(
        sampleCount: data.train.samples.count, seconds: data.train.seconds,
        labelCount: start.learner.alphabet.labels.count,
        parameterCount: start.learner.graph.parameters.reduce(0) { $0 + $1.shape.reduce(1, *) }))
    var learner = start.learner
    if let warning = try learner.joinPeers() { report(.warning(warning)) }
    if start.state.epoch < configuration.epochs.count, let batch = data.largestBatch(peers) {
      // Too little memory shows now, not after hours.
      report(.planned(data.memory))
      var trial = learner
      try trial.probeMemory(
        batch.samples[...], partCount: max(data.memory.partCount, configuration.batch.partCount),
        isWanted: schedule.learns)
    }
    var state = start.state
    state.frameLimit = data.memory.limitToKeep
    var run = try TrainingRun(
      configuration: configuration, checkpoints: checkpoints, data: data, learner: learner,
      average: start.average, schedule: schedule, state: state, peers: peers, report: report)
    return try run.complete(shouldStop: shouldStop)
  }

  /// Where a training begins.
  struct Start {
    let learner: Learner
    let state: TrainingState
    var event: TrainingEvent?
    /// Whether the characters of the transcripts became its labels.
    var makesLabels = false
    var average: Parameters?
  }

  /// The newest checkpoint, held against what is asked for, or another model's weights, or fresh ones.
  private func start(manifests: [Manifest]) throws -> Start {
    if let found = try checkpoints.newest(
      .last, .best, stateType: TrainingState.self, where: \.isPossible)
    {
      try requireStart(at: found.step)
      return try start(from: found, manifests)
    }
    let initial = try InitialModel(configuration)
    if initial == nil, [.best, .last].contains(configuration.start.checkpoint) {
      throw ModelError.noCheckpoint(
        folder: configuration.start.modelPath ?? configuration.checkpoint.folder)
    }
    if initial == nil { try configuration.start.transfer.requireNothing() }
    let alphabet = try self.alphabet(manifests, source: initial?.model.alphabet)
    if configuration.startsInItsOwnFolder {
      try initial?.require(alphabet: alphabet, in: configuration.checkpoint.folder)
    }
    let description = try configuration.description(
      labelCount: alphabet.labelCount, like: initial?.model
    ).measured(
      on: try configuration.manifests(configuration.corpus.trainFiles),
      threadCount: configuration.hardware.threadCount)
    try MemoryPlan.require(description.graph, limit: configuration.memoryToUse)
    let state = TrainingState(learningRate: configuration.optimization.learningRate)
    var start: Start
    if let initial {
      let transfer = try Transfer(
        from: initial, to: description, alphabet: alphabet, settings: configuration.start.transfer,
        seed: configuration.optimization.seed)
      let optimizer = transfer.optimizer.flatMap {
        $0.isOf(configuration.optimization.optimizer) ? $0 : nil
      }
      start = Start(
        learner: try Learner(
          transfer.model, optimizer: optimizer, configuration: configuration, peers: peers),
        state: state,
        event: .transferred(
          transfer.report.keepingOptimizer(
            optimizer != nil, sharesFolder: configuration.startsInItsOwnFolder)))
    } else {
      let parameters = Parameters(
        initializing: description.graph.parameters, seed: configuration.optimization.seed)
      let model = AcousticModel(
        description: description, alphabet: alphabet, parameters: parameters)
      start = Start(
        learner: try Learner(model, configuration: configuration, peers: peers), state: state)
    }
    start.makesLabels =
      try configuration.alphabet() == nil && alphabet != initial?.model.alphabet
    let path = configuration.checkpoint.folder + "/alphabet.txt"
    // One that says the same may have comments.
    if !alphabet.isBytes, (try? Alphabet(path: path)) != alphabet { try alphabet.write(to: path) }
    return start
  }

  /// Makes sure that the newest of the training's own checkpoints, that of `step`, is the one to start from.
  ///
  /// - Throws: `TrainingError.badSetting`, `ModelError`.
  private func requireStart(at step: Int) throws {
    let folder = configuration.checkpoint.folder
    var found: String
    switch configuration.start.checkpoint {
    case .auto, .last: return
    case .scratch: found = "init, though \(folder) holds checkpoints"
    case .best:
      guard
        let best = try checkpoints.newest(
          .best, stateType: TrainingState.self, where: \.isPossible)
      else {
        throw ModelError.noCheckpoint(folder: folder)
      }
      if best.step == step { return }
      found =
        "best, the checkpoint of step \(best.step), though \(folder) holds a newer one of step \(step)"
    }
    throw TrainingError.badSetting(
      name: "--load-train", found: found,
      expected: "auto, or --load-checkpoint-dir with another --save-checkpoint-dir")
  }

  /// A training that resumes from a checkpoint.
  private func start(
    from found: (checkpoint: Checkpoint<TrainingState>, step: Int, passedOver: [String]),
    _ manifests: [Manifest]
  ) throws -> Start {
    // These belong to the beginning of a training from a named model, which is over.
    if configuration.sourcePath == nil { try configuration.start.transfer.requireNothing() }
    let saved = found.checkpoint.model
    var state = found.checkpoint.state
    var passedOver = found.passedOver
    if let epoch = state.bestEpoch, !checkpoints.hasWhole(.best) {
      state.lostBest()
      passedOver.append("The best model, of epoch \(epoch), is lost; from here on others are.")
    }
    if configuration.optimization.restartsLearningRate {
      state.learningRate = configuration.optimization.learningRate
    }
    let alphabet = try self.alphabet(manifests, checkpoint: saved.alphabet)
    let description = try configuration.description(labelCount: alphabet.labelCount, like: saved)
    let model = try saved.described(as: description, path: configuration.checkpoint.folder)
    guard description.features == saved.description.features else {
      throw TrainingError.sourceWithOtherFeatures(
        path: configuration.checkpoint.folder, found: saved.description.features.summary,
        expected: description.features.summary)
    }
    let optimizer = OptimizerState(
      stepCounts: state.stepCounts(parameterCount: model.parameters.tensors.count),
      slots: found.checkpoint.optimizerSlots)
    let weights = found.checkpoint.weights.map { model.with($0) } ?? model
    return Start(
      learner: try Learner(
        weights, optimizer: optimizer, configuration: configuration, peers: peers),
      state: state,
      event: .resumed(epoch: state.epoch + 1, step: found.step, passedOver: passedOver),
      average: model.parameters)
  }

  /// The alphabet asked for; else that of the model to start from if it can write the transcripts; else the characters of
  /// all transcripts.
  private func alphabet(_ manifests: [Manifest], source: Alphabet?) throws -> Alphabet {
    if let asked = try configuration.alphabet() { return asked }
    let further = try configuration.manifests(configuration.corpus.furtherAlphabetFiles)
    let covering = try Alphabet.covering(manifests + further)
    guard let source, covering.labels.allSatisfy(source.writes) else { return covering }
    return source
  }

  /// The checkpoint's alphabet, when it is the one asked for or can write the transcripts.
  private func alphabet(_ manifests: [Manifest], checkpoint: Alphabet) throws -> Alphabet {
    let asked = try configuration.alphabet()
    let wanted = try asked ?? Alphabet.covering(manifests)
    let isWritten = asked.map { $0 == checkpoint } ?? wanted.labels.allSatisfy(checkpoint.writes)
    guard isWritten else {
      throw ModelError.otherAlphabet(
        path: configuration.checkpoint.folder, found: checkpoint.shownLabels,
        expected: wanted.shownLabels)
    }
    return checkpoint
  }
}

extension Alphabet {
  fileprivate func writes(_ text: String) -> Bool { unknownCharacters(in: text).isEmpty }
}

extension TrainingConfiguration {
  /// The CSVs at `paths`, with transcripts spelled as asked for.
  func manifests(_ paths: [String]) throws(CorpusError) -> [Manifest] {
    var manifests: [Manifest] = []
    for path in paths {
      manifests.append(
        try Manifest(path: path, normalizer: corpus.normalizesTranscripts ? .lookAlikes : nil))
    }
    return manifests
  }

  /// The network asked for; where no description is named, that of `model`, or else the standard one.
  func description(labelCount: Int, like model: AcousticModel?) throws -> ModelDescription {
    do { return try plainDescription(labelCount: labelCount, like: model) } catch let error
      as ModelError
    {
      throw network.naming(error)
    }
  }

  private func plainDescription(
    labelCount: Int, like model: AcousticModel?
  ) throws -> ModelDescription {
    if let path = network.descriptionPath {
      if network.normalizesLayers {
        throw TrainingError.badSetting(
          name: "--layer-norm", found: "a description of the network, \(path)",
          expected: "layers of the kind layer_normalization in it instead")
      }
      let description = try ModelFile(network: path).description(
        labelCount: labelCount, settings: network.settings)
      let known = model?.description.features ?? description.features
      return try exportable(description.taking(description.features.completed(by: known)))
    }
    let description =
      try model?.description.changed(labelCount: labelCount, settings: network.settings)
      ?? NetworkPreset.standard.file.description(
        labelCount: labelCount, settings: network.settings)
    return try exportable(
      network.normalizesLayers ? description.withLayerNormalization : description)
  }

  /// The same, if the formats that it is to be exported in can carry it.
  private func exportable(
    _ description: ModelDescription
  ) throws(ModelError) -> ModelDescription {
    for format in output.exportFormats {
      try description.check(for: format, onnxForm: output.onnxForm)
    }
    return description
  }
}
