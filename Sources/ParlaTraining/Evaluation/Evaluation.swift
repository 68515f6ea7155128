import Dispatch
import Foundation
public import ParlaAcousticModel
import ParlaCorpus
public import ParlaDecoding
import ParlaNeuralNetwork
public import ParlaTranscripts

/// How well a model writes what is said in recordings that it did not learn from.
public struct Evaluation: Sendable {
  /// The samples with what was heard, in the order of their length.
  public let samples: [EvaluatedSample]

  /// Samples whose frames are too few to spell their transcript, left out; each with the reason.
  public let leftOut: [String]

  /// Errors over all samples.
  public let errors: ErrorRate

  /// Mean CTC loss.
  public var meanLoss: Double {
    samples.reduce(0) { $0 + $1.loss } / Double(max(samples.count, 1))
  }

  init(samples: [EvaluatedSample], leftOut: [String] = []) {
    self.samples = samples
    self.leftOut = leftOut
    var errors = ErrorRate()
    for sample in samples { errors.add(reference: sample.said, hypothesis: sample.heard) }
    self.errors = errors
  }

  /// Evaluates `model` on the recordings that the CSVs at `testFiles` list, decoding on all threads.
  ///
  /// - Throws: `CorpusError`, `TrainingError.badSamples`, `.noSamples`.
  public init(
    _ model: AcousticModel, testFiles: [String], decoder: EvaluationDecoder, batchSize: Int = 16,
    threadCount: Int,
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws {
    guard batchSize >= 1 else {
      throw TrainingError.badSetting(
        name: "--batch-size", found: "\(batchSize)", expected: "1 or more")
    }
    let manifests = try testFiles.map { try Manifest(path: $0) }
    try Dataset.requireTranscripts(manifests)
    let dataset = try Dataset(
      manifests, features: model.description.features, alphabet: model.alphabet
    ) { _, _ in }
    var configuration = TrainingConfiguration(
      trainFiles: [], devFiles: [], checkpointFolder: "")
    configuration.threadCount = threadCount
    let engine = CPUTrainingEngine(model, configuration: configuration)
    let samples = Self.evaluated(
      engine, dataset.samples, batchSize: batchSize, decoder: decoder, progress: progress)
    self.init(samples: samples, leftOut: dataset.leftOut)
  }

  /// Evaluates what `engine` has learnt so far, with the decoder that takes least time.
  static func greedy(
    _ engine: some TrainingEngine, on samples: [TrainingSample], batchSize: Int
  ) -> Evaluation {
    Evaluation(
      samples: evaluated(engine, samples, batchSize: batchSize, decoder: .greedy) { _, _ in })
  }

  /// A few samples: the first, and others evenly spread up to the longest.
  func examples(_ count: Int) -> [EpochReport.Example] {
    guard !samples.isEmpty else { return [] }
    let indices = Set((0..<count).map { $0 * (samples.count - 1) / max(count - 1, 1) }).sorted()
    return indices.map { EpochReport.Example(said: samples[$0].said, heard: samples[$0].heard) }
  }

  private static func evaluated(
    _ engine: some TrainingEngine, _ samples: [TrainingSample], batchSize: Int,
    decoder: EvaluationDecoder, progress: (_ done: Int, _ total: Int) -> Void
  ) -> [EvaluatedSample] {
    let alphabet = engine.model.alphabet
    var results: [EvaluatedSample] = []
    for start in stride(from: 0, to: samples.count, by: batchSize) {
      let batch = samples[start..<min(start + batchSize, samples.count)]
      let (losses, probabilities) = engine.evaluate(batch)
      let heard = decoder.texts(probabilities, alphabet: alphabet)
      for (index, sample) in batch.enumerated() {
        results.append(
          EvaluatedSample(
            audioPath: sample.audioPath, said: sample.transcript, heard: heard[index],
            loss: losses[index]))
      }
      progress(results.count, samples.count)
    }
    return results
  }
}

/// A recording with what was said and what was heard.
public struct EvaluatedSample: Sendable {
  /// The recording's file.
  public let audioPath: String
  /// The transcript.
  public let said: String
  /// What the model and the decoder made of the recording.
  public let heard: String
  /// CTC loss of the transcript.
  public let loss: Double

  /// Edits that turn what was heard into what was said.
  public var errors: ErrorRate.SampleErrors {
    ErrorRate.SampleErrors(reference: said, hypothesis: heard)
  }
}

/// How probabilities become text in an evaluation.
public enum EvaluationDecoder: Sendable {
  /// The most probable label of each frame.
  case greedy
  /// Prefix beam search.
  case beamSearch(BeamSearchDecoder)

  /// The text of each recording, found on all processors.
  func texts(_ probabilities: [LabelProbabilities], alphabet: Alphabet) -> [String] {
    let texts = Texts(count: probabilities.count)
    DispatchQueue.concurrentPerform(iterations: probabilities.count) { index in
      let candidate =
        switch self {
        case .greedy: GreedyDecoder().decode(probabilities[index])
        case .beamSearch(let decoder): decoder.decode(probabilities[index]).first
        }
      texts.set(alphabet.decode(candidate?.tokens.map(\.label) ?? []), at: index)
    }
    return texts.values
  }

  private final class Texts: @unchecked Sendable {
    private let lock = NSLock()
    private var stored: [String]
    init(count: Int) { stored = Array(repeating: "", count: count) }
    func set(_ text: String, at index: Int) { lock.withLock { stored[index] = text } }
    var values: [String] { lock.withLock { stored } }
  }
}
