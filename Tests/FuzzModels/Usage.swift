import Foundation
import ParlaAcousticModel
import ParlaAudio
import ParlaDecoding
import ParlaFiles
import ParlaModelDescription
import ParlaModelExchange
import ParlaNeuralNetwork
import ParlaRecognition
import ParlaTestSupport
import ParlaTraining
import ParlaTranscripts

/// What the program does with files that hold models, each as its commands do it.
///
/// Every way answers whether the file could be opened, and throws the error that the user would see.
struct Usage {
  private let folder: String
  private let manifest: String
  private let compute = Compute(threadCount: 1)

  /// A tenth of a second, of which every sound that is recognised consists.
  private let waveform = Waveform(
    samples: (0..<1600).map { Float($0 * $0 % 97) / 200 - 0.24 }, sampleRate: 16000)

  /// Prepares a corpus of one recording in `folder`.
  init(folder: String) throws {
    self.folder = folder
    manifest = folder + "/corpus.csv"
    try AudioFile.write(
      Waveform(samples: waveform.samples + waveform.samples, sampleRate: 16000),
      to: folder + "/a.wav")
    try Data("wav_filename,wav_filesize,transcript\na.wav,6444,a a\n".utf8).write(
      to: URL(fileURLWithPath: manifest))
  }

  // MARK: Models

  /// `parla model inspect`.
  func inspect(_ path: String) throws -> Bool {
    try !ModelSummary(path: path).layers.isEmpty
  }

  /// `parla transcribe`, in each precision by turns.
  func recognize(_ path: String, round: Int) throws -> Bool {
    let precisions = WeightPrecision.allCases
    let precision = precisions[round % precisions.count]
    let recognizer = try Recognizer(
      modelPath: path, precision: precision, threadCount: 1, readers: ModelReader.all)
    _ = try recognizer.transcribe(waveform)
    return true
  }

  /// `parla export` and `parla model import`, to each format by turns, and what `parla evaluate` does.
  func export(_ path: String, round: Int) throws -> Bool {
    let model = try AcousticModel(anyFile: path)
    let formats: [ModelFormat] = [.safetensors, .pb, .pbmm, .tflite, .onnx]
    try? model.write(
      to: folder + "/exported", as: formats[round % formats.count], isQuantized: round % 2 == 0)
    let features = model.description.features
    guard features.featureCount * features.windowLength < 1 << 22 else { return true }
    let matrix = try FeatureExtractor(features).features(
      of: Waveform(samples: waveform.samples, sampleRate: features.sampleRate))
    _ = model.probabilities(of: [matrix], compute: compute)
    _ = model.probabilities(of: matrix, compute: compute, pieceLength: 3)
    return true
  }

  // MARK: Training

  /// `parla train --load-checkpoint-dir`: one step from the model, or the checkpoint, at `path`.
  func train(from path: String) throws -> Bool {
    let place = folder + "/trained"
    try? FileManager.default.removeItem(atPath: place)
    var configuration = configuration(checkpointFolder: place)
    configuration.start.modelPath = path
    return try run(configuration)
  }

  /// `parla train` where it stopped.
  func resume(_ place: String) throws -> Bool { try run(configuration(checkpointFolder: place)) }

  /// Trains for two epochs in `place`, and names the files of its newest checkpoint.
  func makeCheckpoint(_ place: String) throws -> [String] {
    try? FileManager.default.removeItem(atPath: place)
    try smallModel().write(to: folder + "/start")
    var configuration = configuration(checkpointFolder: place)
    configuration.start.modelPath = folder + "/start"
    configuration.epochs.count = 2
    _ = try Trainer(configuration).run()
    let names = try FileManager.default.contentsOfDirectory(atPath: place).sorted()
    return names.filter { $0.hasPrefix("last-2.") }
  }

  private func configuration(checkpointFolder: String) -> TrainingConfiguration {
    var configuration = TrainingConfiguration(
      trainFiles: [manifest], devFiles: [manifest], checkpointFolder: checkpointFolder)
    configuration.epochs.count = 3
    configuration.batch.memoryLimit = 1 << 28
    return configuration
  }

  /// Trains for a step.
  private func run(_ configuration: TrainingConfiguration) throws -> Bool {
    let steps = Steps()
    _ = try Trainer(configuration).run(shouldStop: { steps.next() > 1 })
    return true
  }

  /// Counts how often it is asked.
  private final class Steps {
    private var count = 0

    func next() -> Int {
      count += 1
      return count
    }
  }

  // MARK: Descriptions and arrays

  /// A description with every layer.
  var descriptionText: String {
    """
    name: small
    settings: {n_hidden: 3, rate: 0.1}
    features: {type: mfcc, sample_rate: 16000, window: 32, step: 20, coefficients: 4, context: 1}
    model:
      - dense: {name: layer_1, size: "{{ n_hidden }}"}
      - activation: {type: clipped_relu, ceiling: 20}
      - layer_normalization: {name: norm}
      - dropout: "{{ rate }}"
      - recurrent: {name: lstm, type: lstm, size: "{{ n_hidden }}"}
      - dense: {name: layer_6, size: "{{ label_count }}"}

    """
  }

  /// `parla train --model`.
  func readDescription(_ path: String) throws -> Bool {
    try !ModelFile(path: path).description(labelCount: 3).layers.isEmpty
  }

  /// Writes an array of probabilities and one of features into `folder`, and returns their bytes.
  func makeArrays(_ folder: String) throws -> (probabilities: [UInt8], features: [UInt8]) {
    let model = try smallModel()
    let features = try FeatureExtractor(model.description.features).features(of: waveform)
    let array = NumPyArray(
      shape: [features.frameCount, features.featureCount], values: features.values)
    let probabilities = model.probabilities(of: [features], compute: compute)[0]
    let recognised = NumPyArray(
      shape: [probabilities.frameCount, probabilities.labelCount], values: probabilities.values)
    return ([UInt8](recognised.encoded), [UInt8](array.encoded))
  }

  /// `parla decode`, by beam search and greedily.
  func decode(_ path: String) throws -> Bool {
    let probabilities = try LabelProbabilities(path: path)
    guard probabilities.labelCount < 1 << 12 else { return true }
    var search = BeamSearchDecoder(beamWidth: 20, cutoffProbability: 0.99)
      .begin(labelCount: probabilities.labelCount)
    search.step(probabilities)
    _ = search.candidates(5)
    _ = search.evidence(space: 0)
    var greedy = GreedySearchState()
    greedy.step(probabilities)
    return true
  }

  /// `parla model probabilities` of features that somebody brings.
  func hearFeatures(_ path: String) throws -> Bool {
    _ = try smallModel().probabilities(ofArray: path, threadCount: 1)
    return true
  }
}
