import Foundation
import ParlaAcousticModel
import ParlaAudio
import ParlaModelTestSupport
import ParlaNeuralNetwork
import ParlaTestSupport
import ParlaTranscripts
import Testing

@testable import ParlaModelExchange

/// Models of TensorFlow Lite, in and out.
@Suite struct TFLiteModelTests {
  static let official = Fixture.path("exchange/output_graph.tflite")

  @Test func officialModelIsReadWithItsMetadata() throws {
    let file = try TFLiteModel(path: Self.official)
    #expect(file.isQuantized)
    let imported = try file.model()
    #expect(imported.model.alphabet == .english)
    #expect(imported.metadata.language == "en-US")
    #expect(imported.metadata.beamWidth == 500)
    #expect(imported.model.description.features == FeatureSettings())
    #expect(imported.model.parameters["lstm.recurrent_weight"]?.shape == [400, 100])
    // A matrix has one scale, so the largest number is 127 times it.
    let weight = try #require(imported.model.parameters["layer_1.weight"])
    let largest = weight.values.map { abs($0) }.max() ?? 0
    #expect(abs(largest - 127 * 0.0019267074530944228) < 1e-6)
  }

  @Test func floatModelReadsBack() throws {
    let model = try smallModel(units: 5)
    try withTemporaryFolder { folder in
      try model.writeTFLite(
        to: folder + "/a.tflite", isQuantized: false,
        metadata: ModelMetadata(language: "cy", beamWidth: 7))
      let file = try TFLiteModel(path: folder + "/a.tflite")
      #expect(!file.isQuantized)
      let again = try file.model()
      #expect(again.model.parameters == model.parameters)
      #expect(again.model.alphabet == model.alphabet)
      #expect(again.model.description.features == model.description.features)
      #expect(again.metadata.language == "cy")
      #expect(again.metadata.beamWidth == 7)
    }
  }

  @Test func quantizedModelIsWithinHalfAScale() throws {
    let model = try smallModel(units: 40)
    try withTemporaryFolder { folder in
      try model.writeTFLite(to: folder + "/a.tflite", isQuantized: true)
      let again = try TFLiteModel(path: folder + "/a.tflite").model().model
      for (found, expected) in zip(again.parameters.tensors, model.parameters.tensors) {
        let largest = expected.values.map { abs($0) }.max() ?? 0
        expectClose(found.values, expected.values, absolute: largest / 127 * 0.51)
      }
      let floatSize = try size(model, folder, isQuantized: false)
      #expect(try size(model, folder, isQuantized: true) < floatSize / 2)
    }
  }

  @Test func exportOfAnOfficialModelKeepsItsWeights() throws {
    let imported = try TFLiteModel(path: Self.official).model()
    try withTemporaryFolder { folder in
      try imported.model.writeTFLite(
        to: folder + "/a.tflite", isQuantized: true, metadata: imported.metadata)
      let again = try TFLiteModel(path: folder + "/a.tflite").model()
      for (found, expected) in zip(
        again.model.parameters.tensors, imported.model.parameters.tensors)
      {
        expectClose(found.values, expected.values, relative: 1e-6)
      }
      #expect(again.metadata == imported.metadata)
    }
  }

  @Test func customOptionsAreAFlexBuffer() {
    let options = FlexBuffer.map([
      "upper_frequency_limit": .float(8000), "lower_frequency_limit": .float(20),
      "filterbank_channel_count": .int(40), "dct_coefficient_count": .int(26),
    ])
    // Keys in the order of the alphabet, then the values that TensorFlow 1.15's converter wrote for them.
    #expect(options.prefix(22) == Data("dct_coefficient_count\0".utf8))
    let values: [UInt8] = [
      4, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 0x1a, 0, 0, 0, 0x28, 0, 0, 0, 0, 0, 0xa0, 0x41, 0, 0,
      0xfa, 0x45, 6, 6, 0x0e, 0x0e, 0x14, 0x26, 1,
    ]
    #expect(options.suffix(values.count) == Data(values))
  }

  @Test func noMutationOrTruncationCrashes() throws {
    try withTemporaryFolder { folder in
      let model = try smallModel(units: 3)
      try model.writeTFLite(to: folder + "/a.tflite", isQuantized: true)
      let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/a.tflite"))
      try expectSurvival(of: data, seed: 5, count: 100) {
        try TFLiteModel(bytes: ModelBytes($0, path: "a.tflite")).model()
      }
    }
  }

  private func size(_ model: AcousticModel, _ folder: String, isQuantized: Bool) throws -> Int {
    try model.writeTFLite(to: folder + "/s.tflite", isQuantized: isQuantized)
    return try Data(contentsOf: URL(fileURLWithPath: folder + "/s.tflite")).count
  }
}
