import Foundation
public import ParlaAcousticModel
public import ParlaAudio
public import ParlaDecoding
import ParlaNeuralNetwork
public import ParlaTranscripts

/// Hears what is said in recordings.
///
/// It never changes: any number of tasks may share one.
///
/// ```swift
/// let recognizer = try Recognizer(modelPath: "model.safetensors")
/// print(try recognizer.transcribe(file: "hello.wav").text)
/// ```
public struct Recognizer: Sendable {
  /// The model that hears.
  public let model: AcousticModel

  /// How label probabilities become text; nil reads the most probable label of each frame.
  public var decoder: BeamSearchDecoder?

  private let extractor: FeatureExtractor
  private let compute: Compute

  /// Reads a model of any format: Parla's own, `.pb`, `.pbmm`, `.tflite`, or a folder of checkpoints.
  ///
  /// - Throws: `ModelError` when the file is no whole model, `AudioError` when its features are impossible.
  public init(modelPath: String, threadCount: Int = 1) throws {
    try self.init(model: AcousticModel(anyFile: modelPath), threadCount: threadCount)
  }

  /// Hears with `model` on `threadCount` threads.
  ///
  /// - Throws: `AudioError` when the model's features are impossible.
  public init(model: AcousticModel, threadCount: Int = 1) throws {
    self.model = model
    extractor = try FeatureExtractor(model.description.features)
    compute = Compute(threadCount: threadCount)
  }

  /// What is said in the sound file at `path`, whatever its rate and channels.
  ///
  /// - Throws: `AudioError` when the file cannot be read.
  public func transcribe(file path: String) throws -> Transcript {
    try transcribe(AudioFile.read(path))
  }

  /// What is said in `waveform`.
  ///
  /// - Throws: `AudioError` when it cannot be resampled.
  public func transcribe(_ waveform: Waveform) throws -> Transcript {
    try candidates(waveform, count: 1).first
      ?? Transcript(text: "", words: [], naturalLogProbability: 0)
  }

  /// The `count` most probable transcripts of `waveform`, best first; without a beam search there is one.
  ///
  /// - Throws: `AudioError` when it cannot be resampled.
  public func candidates(_ waveform: Waveform, count: Int) throws -> [Transcript] {
    let probabilities = try labelProbabilities(waveform)
    let found =
      decoder.map { $0.decode(probabilities, candidateCount: count) }
      ?? [GreedyDecoder().decode(probabilities)]
    return found.map {
      Transcript(
        candidate: $0, alphabet: model.alphabet, secondsPerFrame: model.secondsPerFrame)
    }
  }

  /// How probable each label is at each frame of `waveform`: [frames, labels], the blank last.
  ///
  /// - Throws: `AudioError` when it cannot be resampled.
  public func labelProbabilities(_ waveform: Waveform) throws -> LabelProbabilities {
    let rate = model.description.features.sampleRate
    let features = try extractor.features(of: waveform.resampled(to: rate))
    return model.probabilities(of: features, compute: compute)
  }
}
