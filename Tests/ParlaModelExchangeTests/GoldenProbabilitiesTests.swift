import ParlaAcousticModel
import ParlaAudio
import ParlaFiles
import ParlaNeuralNetwork
import ParlaTestSupport
import ParlaTranscripts
import Testing

@testable import ParlaModelExchange

/// Imported models say what TensorFlow says of them.
@Suite struct GoldenProbabilitiesTests {
  /// The features of a recording of noise.
  static func features() throws -> FeatureMatrix {
    let array = try NumPyArray(path: Fixture.path("features/syn_noise.mfcc.npy"))
    return FeatureMatrix(
      frameCount: array.shape[0], featureCount: array.shape[1], values: array.values)
  }

  @Test(arguments: ["pb", "tflite"], [1500, 16, 7])
  func officialModelsSayWhatTensorFlowSays(format: String, pieceLength: Int) throws {
    let path = Fixture.path("exchange/output_graph." + format)
    let found = try AcousticModel(anyFile: path).probabilities(
      of: Self.features(), compute: Compute(threadCount: 2), pieceLength: pieceLength)
    let expected = try NumPyArray(path: path + ".probabilities.npy")
    #expect([found.frameCount, found.labelCount] == expected.shape)
    expectClose(found.values, expected.values, absolute: 1e-5)
  }

  @Test(arguments: ["", "/frozen.pb"])
  func normalizedLayersAreImported(file: String) throws {
    let folder = Fixture.path("exchange/layer_norm")
    let alphabet = try Alphabet(path: folder + "/alphabet.txt")
    let model = try AcousticModel(anyFile: folder + file, alphabet: alphabet)
    let found = model.probabilities(
      of: try Self.features(), compute: Compute(threadCount: 1), pieceLength: 16)
    let expected = try NumPyArray(path: folder + "/probabilities.npy")
    expectClose(found.values, expected.values, absolute: 1e-5)
    let norms = model.description.layers.filter { $0.kind == "layer_normalization" }
    #expect(norms.map(\.name) == [1, 2, 3, 5].map { "layer_\($0)_normalization" })
  }

  @Test func normalizedLayersReadBackAndAreRefusedByFormatsThatCannotCarryThem() throws {
    let model = try AcousticModel(anyFile: Fixture.path("exchange/layer_norm"))
    try withTemporaryFolder { folder in
      try model.write(to: folder + "/a.safetensors")
      let again = try AcousticModel(path: folder + "/a.safetensors")
      #expect(again.parameters == model.parameters)
      try model.write(to: folder + "/a.onnx", as: .onnx)
      for format in [ModelFormat.pb, .pbmm, .tflite] {
        let error = #expect(throws: ModelError.self) {
          try model.write(to: folder + "/a", as: format)
        }
        #expect(error?.description.contains("cannot carry the layers") == true)
        #expect(error?.description.contains("layer_normalization") == true)
      }
    }
  }
}
