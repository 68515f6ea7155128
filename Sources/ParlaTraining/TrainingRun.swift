import Foundation
import ParlaAcousticModel
import ParlaAudio
import ParlaNeuralNetwork
import ParlaTranscripts

/// The loop of a training: steps, epochs, checkpoints.
struct TrainingRun {
  let configuration: TrainingConfiguration
  let checkpoints: CheckpointFolder
  let data: TrainingData
  var learner: Learner
  let schedule: LearningSchedule
  var state: TrainingState
  let peers: any Peers
  let report: @Sendable (TrainingEvent) -> Void

  /// How weights are averaged, and their average so far.
  let averaging: (any WeightAveraging)?
  var average: Parameters?

  var speed = Speed()
  var saving = Saving()

  /// Up to when the training's seconds are counted.
  private var clock = ContinuousClock.now

  init(
    configuration: TrainingConfiguration, checkpoints: CheckpointFolder, data: TrainingData,
    learner: Learner, average: Parameters?, schedule: LearningSchedule, state: TrainingState,
    peers: any Peers, report: @escaping @Sendable (TrainingEvent) -> Void
  ) throws {
    self.configuration = configuration
    self.checkpoints = checkpoints
    self.data = data
    self.learner = learner
    self.schedule = schedule
    self.state = state
    self.peers = peers
    self.report = report
    averaging = try configuration.weightAveraging()
    self.average = try averaging.map { _ in try average ?? learner.model.parameters }
  }

  /// Trains to the last epoch, to the end of patience, or until asked to stop.
  mutating func complete(shouldStop: () -> Bool) throws -> TrainingOutcome {
    clock = .now
    while state.epoch < configuration.epochs.count && !isTimeUp {
      let batches = data.plan.batches(epoch: state.epoch)
      // Those that are done may have been smaller and so more.
      let loader = BatchLoader(
        data.train, batches: batches[min(state.batchInEpoch, batches.count)...],
        epoch: state.epoch, augmentation: data.augmentation, peers: peers)
      reportFrozenLayers()
      while state.batchInEpoch < batches.count {
        if peers.gather([shouldStop() ? 1 : 0]).contains(1) {
          try save(isLast: true)
          return .interrupted(epoch: state.epoch + 1)
        }
        let asked = ContinuousClock.now
        guard let own = loader.next() else { break }
        speed.waited += (ContinuousClock.now - asked) / .seconds(1)
        let batch = try PeerBatch(
          own, of: batches[state.batchInEpoch], in: data.train, partCount: partCount(of: own),
          peers)
        try step(own, batch, batchCount: batches.count)
        if isTimeUp { break }
        if isSaveDue { try save() }
      }
      let isPatient = try endEpoch()
      countTime()
      let isLast = state.epoch == configuration.epochs.count || !isPatient || isTimeUp
      if isLast || saving.secondsSince > Self.leastSecondsBetweenSaves { try save(isLast: isLast) }
      if !isPatient { return .stoppedEarly(epoch: state.epoch) }
    }
    return state.epoch < configuration.epochs.count ? .outOfTime(epoch: state.epoch) : .finished
  }

  // MARK: Time

  /// Whether the training has taken the time that it may take.
  private var isTimeUp: Bool {
    guard let limit = configuration.epochs.timeLimit else { return false }
    return (state.seconds ?? 0) >= limit
  }

  /// Adds the time since the last count, if anybody wants to know.
  private mutating func countTime() {
    let now = ContinuousClock.now
    if configuration.epochs.timeLimit != nil {
      // The first one's clock counts for all.
      state.seconds = peers.gather([(state.seconds ?? 0) + (now - clock) / .seconds(1)])[0]
    }
    clock = now
  }

  /// How far the training is, `batchCount` batches being an epoch.
  private func moment(batchCount: Int) -> TrainingMoment {
    let epochs = Double(state.epoch) + Double(state.batchInEpoch) / Double(max(batchCount, 1))
    let time = configuration.epochs.timeLimit.map { (state.seconds ?? 0) / $0 } ?? 0
    return TrainingMoment(
      epoch: state.epoch, step: state.stepCount,
      done: max(epochs / Double(configuration.epochs.count), time))
  }

  /// Reports which layers are frozen, if they are not those of the previous epoch.
  private func reportFrozenLayers() {
    let frozen = schedule.frozenLayers(epoch: state.epoch)
    let before = state.epoch == 0 ? [] : schedule.frozenLayers(epoch: state.epoch - 1)
    if frozen != before { report(.frozen(layers: frozen, epoch: state.epoch + 1)) }
  }

  /// Epochs may be so short that saving each would take longer than the training.
  private static let leastSecondsBetweenSaves = 10.0

  private func progress(batchCount: Int, stepLoss: Double?) -> TrainingProgress {
    let done = Double(state.batchInEpoch) / Double(batchCount)
    let epochsLeft = Double(configuration.epochs.count - state.epoch) - done
    return TrainingProgress(
      epoch: state.epoch + 1, epochCount: configuration.epochs.count, batch: state.batchInEpoch,
      batchCount: batchCount, step: state.stepCount, loss: state.meanLoss, stepLoss: stepLoss,
      learningRate: state.learningRate * schedule.factor(at: moment(batchCount: batchCount)),
      audioSecondsPerSecond: speed.audioSecondsPerSecond, waitingShare: speed.waitingShare,
      secondsLeft: epochsLeft * data.train.seconds / speed.audioSecondsPerSecond)
  }

  // MARK: A step

  /// A step with `batch`, of which `own` was loaded here.
  private mutating func step(_ own: LoadedBatch, _ batch: PeerBatch, batchCount: Int) throws {
    let start = ContinuousClock.now
    quarantine(batch.problems)
    var generator = SeededGenerator(
      mixing: configuration.optimization.seed, UInt64(state.stepCount))
    let dropoutSeed = generator.next()
    var stepLoss: Double?
    if !batch.listed.isEmpty {
      let result = try learner.train(
        on: own.samples[...], from: batch.start, of: batch.listed.count,
        partCount: batch.partCount,
        learningRates: schedule.rates(
          at: moment(batchCount: batchCount), rate: state.learningRate),
        dropoutSeed: dropoutSeed)
      stepLoss = try noteLosses(result, of: batch)
      try moveAverage(by: averaging?.share(afterStep: state.stepCount + 1))
    }
    state.batchInEpoch += 1
    state.stepCount += 1
    speed.add(
      sound: batch.listed.reduce(0) { $0 + $1.seconds },
      seconds: (ContinuousClock.now - start) / .seconds(1))
    countTime()
    report(.step(progress(batchCount: batchCount, stepLoss: stepLoss)))
  }

  private mutating func moveAverage(by share: Float?) throws {
    guard let share, share > 0 else { return }
    average?.move(towards: try learner.model.parameters, by: share)
  }

  private func partCount(of batch: LoadedBatch) -> Int {
    let needed = ParlaTraining.partCount(
      sampleCount: batch.samples.count,
      longest: batch.samples.map(\.features.frameCount).max() ?? 0,
      frameLimit: data.memory.frameLimit)
    return max(needed, min(configuration.batch.partCount, batch.samples.count))
  }

  /// Adds the finite losses up, names the others, and returns the mean of the step.
  private mutating func noteLosses(_ result: StepResult, of batch: PeerBatch) throws -> Double? {
    let finite = result.losses.filter(\.isFinite)
    state.lossSum += finite.reduce(0, +)
    state.lossCount += finite.count
    quarantine(
      zip(batch.listed, result.losses).filter { !$1.isFinite }.map { sample, loss in
        (sample, "its loss is not finite (\(loss)); the step was made without it")
      })
    guard !result.wasApplied else {
      state.failedSteps = nil
      return finite.reduce(0, +) / Double(finite.count)
    }
    let failed = (state.failedSteps ?? 0) + 1
    state.failedSteps = failed
    report(
      .warning(
        """
        Step \(state.stepCount + 1) was left out: \
        \(finite.isEmpty ? "no loss is a finite number" : "the gradient is not finite") \
        (\(batch.listed.first?.audioPath ?? "") and others)
        """))
    guard failed < Self.failuresThatEnd else { throw diverged(batch) }
    return nil
  }

  /// This many failed steps in a row mean that the weights are broken.
  private static let failuresThatEnd = 10

  private func diverged(_ batch: PeerBatch?) -> TrainingError {
    .diverged(
      epoch: state.epoch + 1, step: state.stepCount + 1,
      samples: batch?.listed.map(\.audioPath) ?? [])
  }

  /// Lists samples that the step did without, unless they are listed already.
  private mutating func quarantine(_ samples: [(sample: ListedSample, reason: String)]) {
    guard !samples.isEmpty else { return }
    var known = state.quarantine ?? []
    let countBefore = known.count
    for (sample, reason) in samples
    where !known.contains(where: {
      $0.line == sample.line && $0.manifestPath == sample.manifestPath
    }) {
      known.append(QuarantinedSample(sample, reason: reason, step: state.stepCount + 1))
    }
    guard known.count > countBefore else { return }
    state.quarantine = known
    let added = known[countBefore...]
    report(
      .warning(
        "Left out, and listed in quarantine.csv: \(added[countBefore].audioPath): "
          + added[countBefore].reason + (added.count > 1 ? ", and \(added.count - 1) more" : "")))
    report(.quarantined(data.quarantine + known))
  }

  // MARK: An epoch

  /// Evaluates the development set, keeps the best, and says whether patience lasts.
  private mutating func endEpoch() throws -> Bool {
    guard state.lossCount > 0 else {
      throw state.failedSteps == nil
        ? TrainingError.noSamples(files: configuration.corpus.trainFiles) : diverged(nil)
    }
    try averageEpoch()
    try requireEqualWeights()
    let evaluation = try data.dev.map { dev in
      let evaluation = try greedy(on: dev, batches: data.devBatches)
      try checkIsWhole(evaluation, of: dev)
      return evaluation
    }
    var epochReport = EpochReport(
      epoch: state.epoch + 1, trainLoss: state.meanLoss, devLoss: evaluation?.meanLoss,
      devWordErrorRate: evaluation?.errors.wordErrorRate,
      devCharacterErrorRate: evaluation?.errors.characterErrorRate,
      learningRate: state.learningRate, audioSecondsPerSecond: speed.audioSecondsPerSecond,
      isBest: false, examples: evaluation?.examples(configuration.output.exampleCount) ?? [],
      sets: try setReports(evaluation))
    epochReport.isBest = state.history.dropFirst(state.lostEpochs ?? 0).allSatisfy {
      configuration.epochs.bestBy.isBetter(epochReport, than: $0)
    }
    state.epoch += 1
    state.batchInEpoch = 0
    state.lossSum = 0
    state.lossCount = 0
    state.history.append(epochReport)
    if epochReport.isBest {
      state.bestEpoch = state.epoch
      if peers.isFirst { saving.unsavedBest = try checkpoint }
    }
    report(.epoch(epochReport))
    speed = Speed()
    return noteLoss(evaluation?.meanLoss)
  }

  private mutating func averageEpoch() throws {
    guard let averaging else { return }
    let share = averaging.share(
      afterEpoch: state.epoch + 1, of: configuration.epochs.count,
      averaged: state.averagedCount ?? 0)
    guard share > 0 else { return }
    try moveAverage(by: share)
    state.averagedCount = share < 1 ? (state.averagedCount ?? 0) + 1 : 1
  }

  /// Evaluates the current weights, or their average.
  private func greedy(on dataset: Dataset, batches: [Range<Int>]) throws -> Evaluation {
    let evaluated = try average.map { average in
      try Learner(learner.model.with(average), configuration: configuration)
    }
    return try .greedy(evaluated ?? learner, on: dataset, batches: batches, peers)
  }

  /// Makes sure that all peers have come to the same weights.
  ///
  /// - Throws: `TrainingError.otherWeights`.
  private func requireEqualWeights() throws {
    guard peers.count > 1 else { return }
    if let other = try peers.firstOther(Array(SafeTensors(learner.model).checksum.utf8)) {
      throw TrainingError.otherWeights(process: peers.name(of: other), step: state.stepCount)
    }
  }

  /// Reports the recordings that became unreadable: they make the errors of epochs incomparable.
  ///
  /// - Throws: `TrainingError.noSamples` if none could be read, since then no model can be selected as the best.
  private func checkIsWhole(_ evaluation: Evaluation, of dev: Dataset) throws(TrainingError) {
    guard evaluation.samples.count < dev.samples.count else { return }
    guard !evaluation.samples.isEmpty else {
      throw .noSamples(files: configuration.corpus.devFiles)
    }
    report(
      .warning(
        "\(dev.samples.count - evaluation.samples.count) of \(dev.samples.count) recordings for "
          + "development could not be read, such as \(evaluation.leftOut.first ?? "")"))
  }

  /// Each CSV separately, if there is more than one.
  private func setReports(_ dev: Evaluation?) throws -> [EpochReport.SetReport]? {
    let devFiles = configuration.corpus.devFiles.count > 1 ? configuration.corpus.devFiles : []
    let measured = try data.metrics.map {
      try greedy(on: $0, batches: data.metricsBatches)
    }
    func reports(_ evaluation: Evaluation?, _ files: [String], decides: Bool)
      -> [EpochReport.SetReport]
    {
      (evaluation?.bySource(files) ?? []).map { path, evaluation in
        EpochReport.SetReport(
          path: path, decides: decides, loss: evaluation.meanLoss,
          wordErrorRate: evaluation.errors.wordErrorRate,
          characterErrorRate: evaluation.errors.characterErrorRate)
      }
    }
    let all =
      reports(dev, devFiles, decides: true)
      + reports(measured, configuration.corpus.metricsFiles, decides: false)
    return all.isEmpty ? nil : all
  }

  /// Lowers the learning rate on a plateau, and says whether patience lasts.
  private mutating func noteLoss(_ loss: Double?) -> Bool {
    guard let loss else { return true }
    let factor = schedule.factor(after: loss, &state.plateau)
    if factor != 1 {
      state.learningRate *= factor
      report(.learningRateLowered(to: state.learningRate))
    }
    guard let patience = configuration.epochs.earlyStopping else { return true }
    return !state.earlyStopping.ends(after: loss, patience: patience)
  }

  var checkpoint: Checkpoint<TrainingState> {
    get throws { try Checkpoint(learner, average: average, state: state) }
  }
}

/// How much sound a training goes through, since the epoch began.
struct Speed {
  private var sound = 0.0
  private var seconds = 0.0

  /// For how many seconds steps have waited for their samples.
  var waited = 0.0

  mutating func add(sound: Double, seconds: Double) {
    self.sound += sound
    self.seconds += seconds
  }

  var audioSecondsPerSecond: Double { sound / max(seconds + waited, 1e-9) }

  var waitingShare: Double { waited / max(seconds + waited, 1e-9) }
}

extension TrainingState {
  /// Mean loss of the present epoch's samples so far.
  var meanLoss: Double { lossSum / Double(max(lossCount, 1)) }
}

extension SafeTensors {
  /// The weights of `model`, without texts.
  fileprivate init(_ model: AcousticModel) {
    let all = [model.parameters, model.buffers]
    self.init(
      metadata: [:],
      tensors: all.flatMap { zip($0.specifications, $0.tensors).map { ($0.name, $1) } })
  }
}
