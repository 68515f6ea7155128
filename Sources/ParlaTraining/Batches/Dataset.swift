import Foundation
import ParlaAudio
import ParlaCorpus
import ParlaFiles
import ParlaNeuralNetwork
import ParlaTranscripts
import Synchronization

/// The samples of some CSVs, looked through once, shortest first; their features are loaded when they are needed.
struct Dataset: Sendable {
  /// The samples that can be used, in ascending order of their frames.
  private(set) var samples: [ListedSample]

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
  /// transcript, unless those that are not are kept too. Each of `peers` reads some of the recordings.
  ///
  /// - Throws: `TrainingError.otherSamples` when the peers do not have the same ones.
  init(
    _ manifests: [Manifest], store: FeatureStore, alphabet: Alphabet, graph: Graph, limit: Int = 0,
    keepsTooShort: Bool = false, threadCount: Int, peers: any Peers = Alone(),
    progress: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws {
    let entries = manifests.flatMap { manifest in manifest.samples.map { (manifest.path, $0) } }
    try Self.requireSame(entries.map(\.1), of: manifests, peers)
    let own = Array(entries[peers.share(of: entries.indices)])
    let doneCount = Atomic(0)
    let findings = concurrentMap(own, threadCount: threadCount) { _, sample in
      let finding = Finding(
        sample, store: store, alphabet: alphabet, graph: graph, keepsTooShort: keepsTooShort)
      progress(doneCount.wrappingAdd(1, ordering: .relaxed).newValue, own.count)
      return finding
    }
    var samples: [ListedSample] = []
    var tooShort: [QuarantinedSample] = []
    var unusable: [QuarantinedSample] = []
    for ((path, sample), finding) in zip(entries, try peers.gather(findings).flatMap(\.self)) {
      switch finding {
      case .good(let labels, let frameCount):
        samples.append(
          ListedSample(
            audioPath: sample.audioPath, manifestPath: path, line: sample.line,
            transcript: sample.transcript, labels: labels, frameCount: frameCount,
            seconds: store.settings.seconds(frameCount: frameCount)))
      case .tooShort(let reason):
        tooShort.append(QuarantinedSample(sample, manifestPath: path, reason: reason))
      case .unusable(let reason):
        unusable.append(QuarantinedSample(sample, manifestPath: path, reason: reason))
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

  /// Makes sure that all peers have found the same `samples`.
  private static func requireSame(
    _ samples: [Sample], of manifests: [Manifest], _ peers: any Peers
  ) throws(TrainingError) {
    guard peers.count > 1 else { return }
    var digest = ContentDigest()
    for sample in samples { digest.add(Data("\(sample.audioPath)\0\(sample.transcript)".utf8)) }
    guard let other = peers.firstOther(Array(digest.name.utf8)) else { return }
    throw .otherSamples(process: peers.name(of: other), files: manifests.map(\.path))
  }

  /// The samples that this one of `peers` takes where no two are computed together: each of them has short and long ones.
  func share(of peers: any Peers) -> Dataset {
    var result = self
    result.samples = stride(from: peers.index, to: samples.count, by: peers.count).map {
      samples[$0]
    }
    return result
  }

  /// The same with samples of smaller CSVs several times: a CSV of n seconds counts as n to the power of `share`.
  ///
  /// Languages are balanced so for one network (Conneau et al. 2020, "Unsupervised cross-lingual representation learning at
  /// scale", section 3.1). What is repeated is spread evenly over short and long samples.
  func balanced(_ share: Double) -> Dataset {
    var seconds: [String: Double] = [:]
    for sample in samples { seconds[sample.manifestPath, default: 0] += sample.seconds }
    let most = seconds.values.max() ?? 0
    var taken: [String: Int] = [:]
    var result = self
    result.samples = samples.flatMap { sample in
      let place = taken[sample.manifestPath, default: 0]
      taken[sample.manifestPath] = place + 1
      let times = pow(most / (seconds[sample.manifestPath] ?? most), 1 - share)
      let count = Int(times * Double(place + 1)) - Int(times * Double(place))
      return [ListedSample](repeating: sample, count: count)
    }
    return result
  }

  /// Makes sure that there is something to learn from in each of `sets`, and nothing that cannot be used.
  ///
  /// - Throws: `TrainingError.badSamples` with those of all sets, unless `skipping`, which nil says nobody can; `.noSamples`.
  static func requireUsable(
    _ sets: [(dataset: Dataset, manifests: [Manifest])], skipping: Bool? = nil
  ) throws(TrainingError) {
    let unusable = sets.flatMap(\.dataset.unusable)
    guard unusable.isEmpty || skipping == true else {
      throw .badSamples(
        problems: unusable.map(\.place), sampleCount: sampleCount(sets.flatMap(\.manifests)),
        canSkip: skipping != nil)
    }
    for (dataset, manifests) in sets where dataset.samples.isEmpty {
      throw .noSamples(files: manifests.map(\.path))
    }
  }

  /// Makes sure that every transcript can be learned and every recording exists, without reading sound.
  ///
  /// Only if a check fails is the sound read, so that all problems are reported together, by the code of `corpus check`.
  ///
  /// - Throws: `TrainingError.badSamples` with all samples that cannot be used; `.foreignTranscripts` where `writer` has the
  ///   alphabet of another language.
  static func requireSamples(
    _ manifests: [Manifest], alphabet: Alphabet?, writer: ForeignTranscripts.Writer,
    canSkip: Bool = false,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws(TrainingError) {
    let judge = SampleJudge(alphabet: alphabet)
    let isFine = manifests.allSatisfy { manifest in
      manifest.samples.allSatisfy {
        judge.fault(ofTranscript: $0.transcript) == nil && FileStamp(path: $0.audioPath) != nil
      }
    }
    guard !isFine else { return }
    if let alphabet,
      let found = ForeignTranscripts(manifests, alphabet: alphabet, writer: writer)
    {
      throw .foreignTranscripts(found)
    }
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
    throw .badSamples(
      problems: problems, sampleCount: sampleCount(manifests), canSkip: canSkip)
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

/// The result of checking a sample.
private enum Finding: Sendable, Codable {
  case good(labels: [Int32], frameCount: Int)
  case tooShort(String)
  case unusable(String)

  init(
    _ sample: Sample, store: FeatureStore, alphabet: Alphabet, graph: Graph, keepsTooShort: Bool
  ) {
    let judge = SampleJudge(alphabet: alphabet)
    do {
      let labels = try judge.labels(of: sample.transcript)
      let frameCount = try store.features(of: sample.audioPath).frameCount
      let outputCount = graph.outputLength(frameCount)
      if let fault = judge.fault(of: labels, frameCount: outputCount),
        !keepsTooShort || outputCount == 0
      {
        self = .tooShort("\(sample.audioPath): \(fault)")
        return
      }
      self = .good(labels: labels.map { Int32($0) }, frameCount: frameCount)
    } catch {
      self = .unusable("\(error)")
    }
  }
}
