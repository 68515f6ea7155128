import ParlaAudio
import ParlaCorpus
import ParlaFiles
import ParlaNeuralNetwork
import ParlaTranscripts
import Synchronization

/// The samples of some CSVs, looked through once, shortest first; their features are loaded when they are needed.
struct Dataset: Sendable {
  /// The samples that can be used, in ascending order of their frames.
  let samples: [ListedSample]

  /// Samples whose frames are too few to spell their transcript.
  let tooShort: [QuarantinedSample]

  /// Samples that cannot be read or written down.
  let unusable: [QuarantinedSample]

  private let store: FeatureStore
  private let graph: Graph

  /// Seconds of sound in all samples.
  var seconds: Double { samples.reduce(0) { $0 + $1.seconds } }

  /// Reads every recording that `manifests` list, on `threadCount` threads, and holds it against its transcript.
  ///
  /// At most `limit` samples are kept, the shortest; 0 keeps all. What comes out of `graph` must be long enough for the
  /// transcript.
  init(
    _ manifests: [Manifest], store: FeatureStore, alphabet: Alphabet, graph: Graph, limit: Int = 0,
    threadCount: Int,
    progress: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) {
    let entries = manifests.flatMap { manifest in manifest.samples.map { (manifest.path, $0) } }
    let doneCount = Atomic(0)
    let findings = concurrentMap(entries, threadCount: threadCount) { path, sample in
      let finding = Finding(
        sample, manifestPath: path, store: store, alphabet: alphabet, graph: graph)
      progress(doneCount.wrappingAdd(1, ordering: .relaxed).newValue, entries.count)
      return finding
    }
    var samples: [ListedSample] = []
    var tooShort: [QuarantinedSample] = []
    var unusable: [QuarantinedSample] = []
    for finding in findings {
      switch finding {
      case .good(let sample): samples.append(sample)
      case .tooShort(let sample): tooShort.append(sample)
      case .unusable(let sample): unusable.append(sample)
      }
    }
    let sorted = samples.enumerated().sorted {
      ($0.element.frameCount, $0.offset) < ($1.element.frameCount, $1.offset)
    }.map(\.element)
    self.samples = limit > 0 ? Array(sorted.prefix(limit)) : sorted
    self.tooShort = tooShort
    self.unusable = unusable
    self.store = store
    self.graph = graph
  }

  /// Makes sure that there is something to learn from in each of `sets`, and nothing that cannot be used.
  ///
  /// - Throws: `TrainingError.badSamples` with those of all sets, unless `skipping`; `.noSamples`.
  static func requireUsable(
    _ sets: [(dataset: Dataset, manifests: [Manifest])], skipping: Bool = false
  ) throws(TrainingError) {
    let unusable = sets.flatMap(\.dataset.unusable)
    guard unusable.isEmpty || skipping else {
      throw .badSamples(
        problems: unusable.map(\.place), sampleCount: sampleCount(sets.flatMap(\.manifests)))
    }
    for (dataset, manifests) in sets where dataset.samples.isEmpty {
      throw .noSamples(files: manifests.map(\.path))
    }
  }

  /// Makes sure that every transcript can be learnt and every recording is there, which costs no reading of sound.
  ///
  /// Only where that is not so is the sound read, so that all that is wrong is told at once, by the code of `corpus check`.
  ///
  /// - Throws: `TrainingError.badSamples` with all samples that cannot be used.
  static func requireSamples(
    _ manifests: [Manifest], alphabet: Alphabet?,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws(TrainingError) {
    let judge = SampleJudge(alphabet: alphabet)
    let isFine = manifests.allSatisfy { manifest in
      manifest.samples.allSatisfy {
        judge.fault(ofTranscript: $0.transcript) == nil && FileStamp(path: $0.audioPath) != nil
      }
    }
    guard !isFine else { return }
    let findings = CorpusCheck(manifests: manifests, alphabet: alphabet).unusableSamples(
      progress: progress)
    var problems: [String] = []
    for (index, finding) in findings.enumerated() {
      let isOfSameSample =
        index > 0
        && (finding.file, finding.line) == (findings[index - 1].file, findings[index - 1].line)
      if isOfSameSample {
        problems[problems.count - 1] += "; \(finding.message)"
      } else {
        problems.append("\(finding.file):\(finding.line): \(finding.message)")
      }
    }
    guard !problems.isEmpty else { return }
    throw .badSamples(problems: problems, sampleCount: sampleCount(manifests))
  }

  private static func sampleCount(_ manifests: [Manifest]) -> Int {
    manifests.reduce(0) { $0 + $1.samples.count }
  }

  /// The samples in `range` with their features; those whose recordings cannot be read any more are named instead.
  ///
  /// With an `augmentation` they are made on its threads.
  func loaded(_ range: Range<Int>, _ augmentation: BatchAugmentation? = nil) -> LoadedBatch {
    var batch = LoadedBatch()
    let results = concurrentMap(
      Array(range), threadCount: augmentation?.threadCount ?? 1
    ) { index in
      let pass = augmentation?.pass(index, samples[index], settings, graph)
      return Result { try features(of: index, pass) }
    }
    for (sample, result) in zip(samples[range], results) {
      do {
        guard let features = try result.get() else {
          batch.problems.append((sample, "the recording changed while it was trained on"))
          continue
        }
        batch.samples.append(TrainingSample(sample, features: features))
        batch.listed.append(sample)
      } catch {
        batch.problems.append((sample, "\(error)"))
      }
    }
    return batch
  }

  private var settings: FeatureSettings { store.settings }

  /// The features of a sample; nil when its recording is no longer as long as it was.
  private func features(of index: Int, _ pass: AugmentationPass?) throws -> FeatureMatrix? {
    let sample = samples[index]
    if let pass {
      return try store.features(
        of: sample.audioPath, frameCount: sample.frameCount, augmentedBy: pass)
    }
    let features = try store.features(of: sample.audioPath)
    return features.frameCount == sample.frameCount ? features : nil
  }
}

/// Samples that are trained on together, with their features.
struct LoadedBatch: Sendable {
  var samples: [TrainingSample] = []
  /// The same samples as they are listed.
  var listed: [ListedSample] = []
  /// Samples that could not be loaded, with the reason.
  var problems: [(sample: ListedSample, reason: String)] = []
}

/// What the look at a sample brought.
private enum Finding: Sendable {
  case good(ListedSample)
  case tooShort(QuarantinedSample)
  case unusable(QuarantinedSample)

  init(
    _ sample: Sample, manifestPath: String, store: FeatureStore, alphabet: Alphabet, graph: Graph
  ) {
    func quarantined(_ reason: String) -> QuarantinedSample {
      QuarantinedSample(sample, manifestPath: manifestPath, reason: reason)
    }
    let judge = SampleJudge(alphabet: alphabet)
    do {
      let labels = try judge.labels(of: sample.transcript)
      let frameCount = try store.features(of: sample.audioPath).frameCount
      if let fault = judge.fault(
        of: labels, frameCount: graph.outputLength(frameCount))
      {
        self = .tooShort(quarantined("\(sample.audioPath): \(fault)"))
        return
      }
      self = .good(
        ListedSample(
          audioPath: sample.audioPath, manifestPath: manifestPath, line: sample.line,
          transcript: sample.transcript, labels: labels.map { Int32($0) }, frameCount: frameCount,
          seconds: store.settings.seconds(frameCount: frameCount)))
    } catch {
      self = .unusable(quarantined("\(error)"))
    }
  }
}
