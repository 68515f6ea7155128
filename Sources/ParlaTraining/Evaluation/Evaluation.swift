public import ParlaAcousticModel
import ParlaCorpus
public import ParlaDecoding
public import ParlaNeuralNetwork
public import ParlaSpelling
public import ParlaTranscripts

/// How well a model transcribes recordings that it was not trained on.
public struct Evaluation: Sendable {
  /// The samples with the recognised texts, in the order of their length.
  public let samples: [EvaluatedSample]

  /// Skipped samples, whose frames are too few to spell their transcript, each with the reason.
  public let leftOut: [String]

  /// Errors over all samples.
  public let errors: ErrorRate

  /// Mean CTC loss of the samples whose loss is finite.
  public var meanLoss: Double {
    let losses = samples.map(\.loss).filter(\.isFinite)
    return losses.isEmpty ? .infinity : losses.reduce(0, +) / Double(losses.count)
  }

  /// Samples whose loss is not finite.
  public var samplesWithoutLoss: [EvaluatedSample] { samples.filter { !$0.loss.isFinite } }

  /// The same evaluation for each of the CSVs separately, in their order.
  public func bySource(_ testFiles: [String]) -> [(path: String, evaluation: Evaluation)] {
    testFiles.map { path in
      (path, Evaluation(samples: samples.filter { $0.manifestPath == path }))
    }
  }

  init(samples: [EvaluatedSample], leftOut: [String] = []) {
    self.samples = samples
    self.leftOut = leftOut
    var errors = ErrorRate()
    for sample in samples { errors.add(reference: sample.said, hypothesis: sample.recognized) }
    self.errors = errors
  }

  /// Evaluates `model` on the recordings that the CSVs at `testFiles` list, with weights of `precision`, on `threadCount`
  /// threads.
  ///
  /// The network is the one used in recognition, and with `leavesOutSilence` it processes the sound between the silences of a
  /// recording, as `RecordingTranscriber` does: this measures what ships. The loss is that of the whole recording. At most
  /// `limit` recordings are used, the shortest; 0 uses all. Transcripts are normalised by `normalizer`, if there is one. Messages
  /// call the model `name`.
  ///
  /// - Throws: `CorpusError`, `ModelError`, `TrainingError.badSamples`, `.foreignTranscripts`, `.noSamples`.
  public init(
    _ model: AcousticModel, named name: String = "the model", testFiles: [String],
    decoder: EvaluationDecoder,
    precision: WeightPrecision, leavesOutSilence: Bool, batchSize: Int = 16, threadCount: Int,
    limit: Int = 0, normalizer: TranscriptNormalizer? = nil,
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws {
    try self.init(
      model, named: name, testFiles: testFiles, decoder: decoder, precision: precision,
      leavesOutSilence: leavesOutSilence, batchSize: batchSize, threadCount: threadCount,
      limit: limit, normalizer: normalizer, keepsTooShort: false, peers: Alone(),
      progress: progress)
  }

  /// The same evaluation made by `peers` together, all of which have `model` and the files: each recognises some of the recordings,
  /// and gets what all have found.
  ///
  /// What is too short for its transcript has an infinite loss if it is kept.
  package init(
    _ model: AcousticModel, named name: String, testFiles: [String], decoder: EvaluationDecoder,
    precision: WeightPrecision, leavesOutSilence: Bool, batchSize: Int, threadCount: Int,
    limit: Int, normalizer: TranscriptNormalizer?, keepsTooShort: Bool = false, peers: any Peers,
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws {
    guard batchSize >= 1 else {
      throw TrainingError.badSetting(
        name: "--batch-size", found: "\(batchSize)", expected: "1 or more")
    }
    let manifests = try testFiles.map { try Manifest(path: $0, normalizer: normalizer) }
    try Dataset.requireSamples(manifests, alphabet: model.alphabet, writer: .model(name))
    let memory = AvailableMemory.bytes / peers.countOnHost
    let store = try FeatureStore(model.description.features, memoryLimit: memory / 4)
    let dataset = try Dataset(
      manifests, store: store, alphabet: model.alphabet, graph: model.graph, limit: limit,
      keepsTooShort: keepsTooShort, threadCount: threadCount, peers: peers)
    try Dataset.requireUsable([(dataset, manifests)])
    let evaluator = try InferenceEvaluator(
      model, precision: precision, leavesOutSilence: leavesOutSilence, threadCount: threadCount)
    let frameLimit = MemoryPlan(model.graph, limit: memory / 2).roomForFrames
    let own = dataset.share(of: peers)
    let evaluation = try peers.working {
      try Self.evaluated(
        own, batches: own.batches(of: batchSize, frameLimit: frameLimit),
        alphabet: model.alphabet, decoder: decoder, threadCount: threadCount,
        evaluate: evaluator.evaluate, progress: progress)
    }
    self = try evaluation.joined(dataset, peers)
  }

  /// Evaluates the current state of `learner`, with the fastest decoder; each peer does some of the batches.
  static func greedy(
    _ learner: Learner, on dataset: Dataset, batches: [Range<Int>], _ peers: any Peers = Alone()
  ) throws -> Evaluation {
    let own = stride(from: peers.index, to: batches.count, by: peers.count).map { batches[$0] }
    let evaluation = try peers.working {
      try evaluated(
        dataset, batches: own, alphabet: learner.alphabet, decoder: .greedy, threadCount: 1,
        evaluate: { batch in
          let (losses, probabilities) = try learner.evaluate(batch)
          return EvaluatedBatch(losses: losses, probabilities: probabilities.map { [$0] })
        })
    }
    return try evaluation.joined(dataset, peers)
  }

  /// The evaluation of all peers, each of which has done its share of `dataset`.
  private func joined(_ dataset: Dataset, _ peers: any Peers) throws -> Evaluation {
    guard peers.count > 1 else { return self }
    let all = try peers.gather(samples).flatMap(\.self)
    let found = Dictionary(
      all.map { ([$0.manifestPath, "\($0.line)", $0.audioPath, $0.said], $0) },
      uniquingKeysWith: { $1 })
    let reasons = try peers.gather(Array(leftOut.dropFirst(dataset.tooShort.count)))
    return Evaluation(
      samples: dataset.samples.compactMap {
        found[[$0.manifestPath, "\($0.line)", $0.audioPath, $0.transcript]]
      },
      leftOut: dataset.tooShort.map(\.reason) + reasons.flatMap(\.self))
  }

  /// A few samples: the first, and others evenly spread up to the longest.
  func examples(_ count: Int) -> [EpochReport.Example] {
    guard !samples.isEmpty else { return [] }
    let indices = Set((0..<count).map { $0 * (samples.count - 1) / max(count - 1, 1) }).sorted()
    return indices.map {
      EpochReport.Example(said: samples[$0].said, recognized: samples[$0].recognized)
    }
  }

  private static func evaluated(
    _ dataset: Dataset, batches: [Range<Int>], alphabet: Alphabet, decoder: EvaluationDecoder,
    threadCount: Int,
    evaluate: (ArraySlice<TrainingSample>) throws -> EvaluatedBatch,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> Evaluation {
    let loader = BatchLoader(dataset, batches: batches[...])
    var results: [EvaluatedSample] = []
    var leftOut = dataset.tooShort.map(\.reason)
    var waiting: [WaitingSample] = []
    func decode() {
      let texts = decoder.texts(
        waiting.map(\.probabilities), alphabet: alphabet, threadCount: threadCount)
      for (entry, text) in zip(waiting, texts) {
        results.append(EvaluatedSample(entry, recognized: text))
      }
      waiting = []
      progress(results.count, dataset.samples.count)
    }
    while let batch = loader.next() {
      leftOut += batch.problems.map { "\($0.sample.audioPath): \($0.reason)" }
      guard !batch.samples.isEmpty else { continue }
      let evaluated = try evaluate(batch.samples[...])
      for (index, sample) in batch.listed.enumerated() {
        waiting.append(
          WaitingSample(
            sample: sample, loss: evaluated.losses[index],
            pathLoss: evaluated.pathLosses?[index], probabilities: evaluated.probabilities[index]))
      }
      if waiting.count >= 8 * threadCount { decode() }
    }
    decode()
    return Evaluation(samples: results, leftOut: leftOut)
  }
}

/// A sample that went through the network and is not decoded yet.
private struct WaitingSample {
  let sample: ListedSample
  let loss: Double
  let pathLoss: Double?
  let probabilities: [LabelProbabilities]
}

/// The results of samples that went through the network together.
struct EvaluatedBatch {
  /// The loss of each.
  let losses: [Double]
  /// What the likeliest labels of all frames cost, where somebody looked.
  var pathLosses: [Double]?
  /// Of each, the label probabilities of its pieces in order.
  let probabilities: [[LabelProbabilities]]
}

/// A recording with its transcript and the recognised text.
public struct EvaluatedSample: Sendable, Codable {
  /// The recording's file.
  public let audioPath: String
  /// The CSV that lists it.
  public let manifestPath: String
  /// The line of the CSV.
  package var line = 0
  /// The transcript.
  public let said: String
  /// The text that the model and the decoder recognised.
  public let recognized: String
  /// CTC loss of the transcript.
  public let loss: Double
  /// What the likeliest labels of all frames cost, in the loss's unit, where somebody looked.
  package var pathLoss: Double?

  /// By how much the transcript is less likely than what the model recognises, for each of its characters: high where it is wrong.
  package var doubt: Double {
    guard loss.isFinite, let pathLoss else { return .infinity }
    return max(0, loss - pathLoss) / Double(max(said.count, 1))
  }

  /// Edits that turn the recognised text into the transcript.
  public var errors: ErrorRate.SampleErrors {
    ErrorRate.SampleErrors(reference: said, hypothesis: recognized)
  }
}

extension EvaluatedSample {
  fileprivate init(_ waiting: WaitingSample, recognized: String) {
    let sample = waiting.sample
    self.init(
      audioPath: sample.audioPath, manifestPath: sample.manifestPath, line: sample.line,
      said: sample.transcript, recognized: recognized, loss: waiting.loss,
      pathLoss: waiting.pathLoss)
  }
}

/// How probabilities become text in an evaluation.
public enum EvaluationDecoder: Sendable {
  /// The most probable label of each frame.
  case greedy
  /// Prefix beam search.
  case beamSearch(BeamSearchDecoder)

  /// The text of each recording, of whose pieces the `probabilities` are, found by `threadCount` threads.
  func texts(
    _ probabilities: [[LabelProbabilities]], alphabet: Alphabet, threadCount: Int
  ) -> [String] {
    let pieces = probabilities.flatMap(\.self)
    let candidates: [Candidate?] =
      switch self {
      case .greedy: pieces.map { GreedyDecoder().decode($0) }
      case .beamSearch(let decoder):
        decoder.decode(batch: pieces, threadCount: threadCount).map(\.first)
      }
    var found = candidates.map { $0?.tokens.map(\.label) ?? [] }[...]
    return probabilities.map { pieces in
      let labels = found.prefix(pieces.count)
      found = found.dropFirst(pieces.count)
      let space = alphabet.spaceLabel.map { [$0] } ?? []
      return alphabet.decode(Array(labels.filter { !$0.isEmpty }.joined(separator: space)))
    }
  }
}
