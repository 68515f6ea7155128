import Foundation
import ParlaAudio
import ParlaFiles
import ParlaNeuralNetwork
import ParlaTestSupport
import ParlaTranscripts
import Testing

@testable import ParlaAcousticModel
@testable import ParlaKur

@Suite struct KurSpeechModelTests {
  private static let layers = """
    model:
      - input: utterance
      - convolution: {kernels: 6, size: 3, strides: 2, border: valid}
        name: front
      - activation: relu
      - batch_normalization
      - recurrent: {size: 5}
        name: memory
      - parallel: {apply: [{dense: 4}]}
        name: letters
      - activation: softmax
      - output: asr
    loss:
      - {name: ctc, target: asr}
    evaluate:
      weights: "@/weights"
      data:
        - speech_recognition: {path: "@/none", max_frequency: 400, normalization: {path: "@/norm.yml", rotate: ROTATION}, vocab: [a, b, " "]}
    """

  private static let services = KurServices(
    unpack: { _, _ in [] }, readTable: { _ in [] },
    makeEngine: { _, _, _ in throw KurError.unknownFormat(path: "engine") })

  private func kurfile(_ text: String, in folder: String) throws -> Kurfile {
    let path = folder + "/speech.yml"
    try Data(text.replacing("@", with: folder).utf8).write(to: URL(fileURLWithPath: path))
    var kurfile = try Kurfile(path: path)
    try kurfile.evaluate(KurEngine(path: path))
    return kurfile
  }

  /// Kur's other features become models too: cepstra, and samples as files store them.
  @Test(arguments: [("mfcc", 13), ("raw", 1)])
  func otherFeaturesBecomeModels(type: String, featureCount: Int) throws {
    try withTemporaryFolder { folder in
      let text = Self.layers.replacing("max_frequency: 400,", with: "type: \(type),")
        .replacing("ROTATION", with: "no")
      if type == "mfcc" {
        var random = SeededGenerator(seed: 4)
        let frames = (0..<20).map { _ in
          (0..<13).map { _ in Double.random(in: -2...2, using: &random) }
        }
        let statistics = try #require(FeatureNormalization.Statistics(of: frames))
        try NormalizationFile.write(statistics, to: folder + "/norm.yml")
      }
      let kurfile = try kurfile(text, in: folder)
      let network = try KurNetwork(
        kurfile, KurConventions(kurfile), inputShapes: ["utterance": [nil, featureCount]])
      try network.write(
        network.initialParameters(seed: 5), network.initialBuffers, to: folder + "/weights")
      let model = try KurSpeechModel(kurfile, Self.services).model
      #expect(model.description.features.sampleRate == 16000)
      #expect(model.description.features.featureCount == featureCount)
      #expect(
        model.parameters["features/normalized.weight"]?.shape == [featureCount, featureCount])
      if type == "raw" {
        #expect(model.parameters["features/normalized.weight"]?.values == [32768])
      }
    }
  }

  /// The model's output for sound is the Kurfile network's output for normalised features.
  @Test(
    arguments: ["zca", "pca", "no"],
    ["", "settings: {backend: {name: keras}}\n", "settings: {backend: pytorch}\n"])
  func probabilitiesAreTheNetworks(rotation: String, backend: String) throws {
    try withTemporaryFolder { folder in
      var random = SeededGenerator(seed: 3)
      let frames = (0..<40).map { _ in
        (0..<9).map { Double($0) - 12 + Double.random(in: -2...2, using: &random) }
      }
      let statistics = try #require(FeatureNormalization.Statistics(of: frames))
      try NormalizationFile.write(statistics, to: folder + "/norm.yml")
      let text = backend + Self.layers.replacing("ROTATION", with: rotation)
      let kurfile = try kurfile(text, in: folder)
      let network = try KurNetwork(
        kurfile, KurConventions(kurfile), inputShapes: ["utterance": [nil, 9]])
      let (parameters, buffers) = (network.initialParameters(seed: 5), network.initialBuffers)
      try network.write(parameters, buffers, to: folder + "/weights")
      let model = try KurSpeechModel(kurfile, Self.services).model
      #expect(model.alphabet.labels == ["a", "b", " "])

      let sound = Waveform(
        samples: (0..<4000).map { _ in Float.random(in: -0.3...0.3, using: &random) },
        sampleRate: 16000)
      let features = try FeatureExtractor(model.description.features).features(of: sound)
      #expect(features.featureCount == 9)
      let normalization = FeatureNormalization(
        statistics, rotation: .init(rawValue: rotation) ?? .none)
      let normalized = (0..<features.frameCount).flatMap { frame in
        normalization.normalized(
          features.values[frame * 9..<frame * 9 + 9].map { Double($0) }
        ).map { Float($0) }
      }
      let compute = Compute(threadCount: 1)
      let input = NumPyArray(shape: [1, features.frameCount, 9], values: normalized)
      let output = try #require(
        try network.predict(
          NumPyArchive([.init(name: "utterance", array: input)]), path: "in.npz", parameters,
          buffers, compute: compute)["asr"])
      let found = model.probabilities(of: features, compute: compute)
      #expect([1, found.frameCount, found.labelCount] == output.shape)
      if backend.contains("pytorch") { return }
      expectClose(found.values, output.values, absolute: 1e-4)
      // Normalisation stays exact where weights are bytes.
      let normalizing = try #require(
        model.parameters.specifications.first { $0.shape == [9, 9] })
      #expect(!normalizing.isProductWeight)
      let inBytes = try InferenceModel(model, precision: .int8)
        .probabilities(of: [features], compute: compute)
      expectClose(inBytes.values, output.values, absolute: 0.02)
    }
  }

  @Test(arguments: [
    ("max_frequency: 400", "max_frequency: 500", "found statistics of 9 bins, expected 11"),
    ("vocab: [a, b, \" \"]", "vocab: [a, b]", "2 symbols and the blank"),
    (
      "evaluate:\n  weights: \"@/weights\"",
      "validate: {weights: {best: nowhere}}\ntest: {weights: nowhere}\nevaluate:\n  weights: nowhere",
      "found nowhere, which is not there"
    ),
    ("speech_recognition:", "jsonl:", "found no speech_recognition"),
  ])
  func faultsAreTold(old: String, new: String, message: String) throws {
    try withTemporaryFolder { folder in
      let frames = (0..<20).map { row in (0..<9).map { Double(row * $0 % 7) } }
      let statistics = try #require(FeatureNormalization.Statistics(of: frames))
      try NormalizationFile.write(statistics, to: folder + "/norm.yml")
      let text = Self.layers.replacing("ROTATION", with: "no").replacing(old, with: new)
      let kurfile = try kurfile(text, in: folder)
      let network = try KurNetwork(
        kurfile, KurConventions(kurfile), inputShapes: ["utterance": [nil, 9]])
      try network.write(
        network.initialParameters(seed: 5), network.initialBuffers, to: folder + "/weights")
      let error = #expect(throws: KurError.self) {
        try KurSpeechModel(kurfile, Self.services)
      }
      #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }
  }
}
