import ParlaAcousticModel
import ParlaAudio
import ParlaCorpus
import ParlaNeuralNetwork
import ParlaTranscripts

/// The data of a training: its samples, their batches, and the memory that they need.
struct TrainingData {
  let train: Dataset
  let dev: Dataset?
  let metrics: Dataset?
  let plan: BatchPlan
  let devBatches: [Range<Int>]
  let metricsBatches: [Range<Int>]
  let memory: MemoryPlan
  let augmentation: TrainingAugmentation?

  /// Samples that were skipped before the first step.
  let quarantine: [QuarantinedSample]

  /// Checks all recordings, on all threads, and plans batches that fit into memory; `learns` says which parameters ever learn.
  ///
  /// - Throws: `TrainingError.badSamples`, `.noSamples`, `.tooLittleMemory`; the details were sent to `report` before.
  init(
    _ configuration: TrainingConfiguration, train: [Manifest], dev: [Manifest],
    metrics: [Manifest], model: AcousticModel, learns: [Bool], state: TrainingState,
    augmentation: TrainingAugmentation?, peers: any Peers,
    report: @escaping @Sendable (TrainingEvent) -> Void
  ) throws {
    let limit = configuration.memoryToUse / peers.countOnHost
    try augmentation?.pipeline.check(for: model.description.features)
    let store = try FeatureStore(
      model.description.features, folder: configuration.batch.featureCacheFolder,
      memoryLimit: limit / 4)
    var trainSet = try Self.dataset(
      train, store, model, limit: configuration.corpus.trainLimit, configuration, peers, report)
    if let balance = configuration.corpus.balance { trainSet = trainSet.balanced(balance) }
    let devSet =
      dev.isEmpty
      ? nil
      : try Self.dataset(
        dev, store, model, limit: configuration.corpus.devLimit, configuration, peers, report)
    let metricsSet =
      metrics.isEmpty
      ? nil : try Self.dataset(metrics, store, model, limit: 0, configuration, peers, report)
    let sets = [trainSet, devSet, metricsSet].compactMap(\.self)
    quarantine = sets.flatMap { $0.unusable + $0.tooShort }
    report(.quarantined(quarantine + (state.quarantine ?? [])))
    try Dataset.requireUsable(
      [(trainSet, train)] + (devSet.map { [($0, dev)] } ?? [])
        + (metricsSet.map { [($0, metrics)] } ?? []),
      skipping: configuration.corpus.skipsBadSamples)
    if !quarantine.isEmpty { report(.leftOut(quarantine.map(\.reason))) }
    let plan = BatchPlan(
      frameCounts: trainSet.samples.map(\.frameCount),
      size: configuration.batchSize(model.description.features),
      seed: configuration.optimization.seed,
      isReversed: configuration.batch.startsWithLongest)
    var memory = MemoryPlan(
      model.graph, limit: limit - store.keptByteCount,
      averagesWeights: configuration.optimization.averaging != nil, isWanted: learns,
      recomputed: configuration.batch.recomputes)
    let all = sets.flatMap { $0.samples.suffix(1) }
    if let largest = plan.largest, let longest = all.max(by: { $0.frameCount < $1.frameCount }) {
      try memory.fit(
        trainSet.samples[peers.share(of: largest)], longest: longest,
        lengthening: augmentation?.pipeline.greatestLengthening ?? 1, knownLimit: state.frameLimit)
    }
    // What one of them has no room for is cut for all, so that they stay in step.
    let least = peers.gather([Double(memory.frameLimit)]).min() ?? .infinity
    if least < 0x1p53 { memory.limit(frames: Int(least)) }
    (self.train, self.dev, self.plan, self.memory) = (trainSet, devSet, plan, memory)
    let size = configuration.batch.devSize ?? configuration.batch.size
    self.metrics = metricsSet
    self.augmentation = augmentation
    devBatches = devSet?.batches(of: size, frameLimit: memory.frameLimit) ?? []
    metricsBatches = metricsSet?.batches(of: size, frameLimit: memory.frameLimit) ?? []
  }

  /// The samples that this one of `peers` takes of the largest batch, for a trial before the first step.
  func largestBatch(_ peers: any Peers) -> LoadedBatch? {
    plan.largest.map { train.loaded(peers.share(of: $0)) }
  }

  private static func dataset(
    _ manifests: [Manifest], _ store: FeatureStore, _ model: AcousticModel, limit: Int,
    _ configuration: TrainingConfiguration, _ peers: any Peers,
    _ report: @escaping @Sendable (TrainingEvent) -> Void
  ) throws -> Dataset {
    try Dataset(
      manifests, store: store, alphabet: model.alphabet, graph: model.graph, limit: limit,
      threadCount: configuration.hardware.threadCount, peers: peers
    ) { done, total in report(.reading(done: done, total: total)) }
  }
}

extension Dataset {
  /// Batches for evaluation, in the order of the samples: those that do not fit into memory are cut.
  func batches(of size: Int, frameLimit: Int) -> [Range<Int>] {
    let plan = BatchPlan(frameCounts: samples.map(\.frameCount), size: .samples(size), seed: 0)
    return plan.batches(epoch: 0).flatMap { batch in
      parts(
        of: batch,
        count: partCount(
          sampleCount: batch.count, longest: samples[batch.upperBound - 1].frameCount,
          frameLimit: frameLimit))
    }
  }
}

extension TrainingConfiguration {
  fileprivate func batchSize(_ features: FeatureSettings) -> BatchPlan.Size {
    guard let seconds = batch.seconds else { return .samples(batch.size) }
    return .frames(
      Int(min(seconds * Double(features.sampleRate) / Double(features.stepLength), 0x1p52)))
  }
}
