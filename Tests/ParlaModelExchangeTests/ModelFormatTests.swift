import Foundation
import ParlaAcousticModel
import ParlaModelTestSupport
import ParlaNeuralNetwork
import ParlaTestSupport
import ParlaTranscripts
import Testing

@testable import ParlaModelExchange

/// Models of any format, told apart by their content.
@Suite struct ModelFormatTests {
  @Test(arguments: [ModelFormat.safetensors, .pb, .pbmm, .tflite])
  func everyFormatIsKnownByItsContentAndReadsBack(format: ModelFormat) throws {
    let model = try smallModel()
    try withTemporaryFolder { folder in
      let path = folder + "/model"  // The name says nothing.
      try model.write(to: path, as: format)
      #expect(try ModelFormat(of: path) == format)
      let again = try AcousticModel(anyFile: path)
      #expect(again.parameters.tensors == model.parameters.tensors)
      #expect(again.alphabet == model.alphabet)
      #expect(
        try AcousticModel(anyFile: path, alphabet: model.alphabet).alphabet == model.alphabet)
      let turned = try Alphabet(labels: model.alphabet.labels.reversed())
      let expected = ModelError.knownAlphabet(
        path: path, found: turned.shownLabels, expected: model.alphabet.shownLabels)
      #expect(throws: expected) { try AcousticModel(anyFile: path, alphabet: turned) }
      #expect(throws: expected) {
        try InferenceModel(
          path: path, alphabet: turned, precision: .float32, readers: ModelReader.all)
      }
      #expect(throws: ModelError.self) { try AcousticModel(anyFile: path, alphabet: .english) }
    }
  }

  @Test func onnxIsKnownButNotRead() throws {
    try withTemporaryFolder { folder in
      try smallModel().write(to: folder + "/a", as: .onnx)
      #expect(try ModelFormat(of: folder + "/a") == .onnx)
      #expect(throws: ModelError.self) { try AcousticModel(anyFile: folder + "/a") }
    }
  }

  @Test func checkpointsOfTensorFlowAreKnownByFolderAndByName() throws {
    let folder = Fixture.path("exchange/checkpoint")
    for path in [folder, folder + "/train-5", folder + "/train-5.index"] {
      #expect(try ModelFormat(of: path) == .tensorFlowCheckpoint)
      #expect(try AcousticModel(anyFile: path).alphabet == .english)
    }
  }

  @Test(arguments: [ModelFormat.safetensors, .pb, .pbmm, .tflite])
  func aFileThatBrokeOffIsCalledCutOff(format: ModelFormat) throws {
    try withTemporaryFolder { folder in
      let whole = "\(folder)/whole"
      try smallModel().write(to: whole, as: format)
      let data = try Data(contentsOf: URL(fileURLWithPath: whole))
      let path = "\(folder)/cut.\(format.rawValue)"
      for share in [0.3, 0.6, 0.9, 0.99] {
        try data.prefix(Int(share * Double(data.count))).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: ModelError.self) { try AcousticModel(anyFile: path) }
        let text = try #require(error?.description)
        #expect(text.contains("cut off") || text.contains("bytes"), "\(share): \(text)")
      }
    }
  }

  @Test func otherContentIsRefused() throws {
    try withTemporaryFolder { folder in
      for content in ["", "hello, this is no model at all", "{\"a\": 1, \"b\": [2, 3]}"] {
        try Data(content.utf8).write(to: URL(fileURLWithPath: folder + "/a"))
        #expect(throws: ModelError.self) { try AcousticModel(anyFile: folder + "/a") }
      }
      #expect(throws: ModelError.self) { try AcousticModel(anyFile: folder + "/none") }
    }
  }

  @Test func comparisonFindsTheLargestDifference() throws {
    let a = LabelProbabilities(frameCount: 2, labelCount: 2, values: [0.9, 0.1, 0.5, 0.5])
    let b = LabelProbabilities(frameCount: 2, labelCount: 2, values: [0.8, 0.2, 0.1, 0.9])
    let comparison = try #require(ModelComparison(a, b))
    #expect(comparison.frameIndex == 1)
    #expect(abs(comparison.largestDifference - 0.4) < 1e-6)
    #expect(comparison.disagreeingFrameCount <= 1)
    let other = LabelProbabilities(frameCount: 1, labelCount: 2, values: [1, 0])
    #expect(ModelComparison(a, other) == nil)
  }
}
