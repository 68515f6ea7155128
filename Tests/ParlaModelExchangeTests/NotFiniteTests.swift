import Foundation
import ParlaAcousticModel
import ParlaModelTestSupport
import ParlaNeuralNetwork
import ParlaTestSupport
import ParlaTranscripts
import Testing

@testable import ParlaModelExchange

/// Weights that are no numbers are refused wherever a model is read, with the name of their tensor.
@Suite struct NotFiniteTests {
  /// A model with `value` in the middle of its tensor `name`.
  static func model(_ name: String, _ value: Float) throws -> AcousticModel {
    let model = try smallModel()
    var tensors = model.parameters.tensors
    let index = try #require(model.parameters.specifications.firstIndex { $0.name == name })
    tensors[index][tensors[index].count / 2] = value
    return AcousticModel(
      description: model.description, alphabet: model.alphabet,
      parameters: Parameters(specifications: model.parameters.specifications, tensors: tensors))
  }

  static let places: [(tensor: String, value: Float)] = [
    ("layer_3.weight", .nan), ("layer_5.bias", .infinity), ("lstm.recurrent_weight", -.infinity),
    ("lstm.bias", .nan),
  ]

  @Test(arguments: [ModelFormat.safetensors, .pb, .pbmm, .tflite], [false, true])
  func everyFormatIsLookedThrough(format: ModelFormat, isQuantized: Bool) throws {
    try withTemporaryFolder { folder in
      for (tensor, value) in Self.places {
        let path = "\(folder)/model.\(format.rawValue)"
        try Self.model(tensor, value).write(to: path, as: format, isQuantized: isQuantized)
        let expected = ModelError.notFinite(path: path, tensor: tensor)
        #expect(throws: expected, "\(tensor)") { try ImportedModel(path: path) }
        for precision in WeightPrecision.allCases {
          #expect(throws: expected, "\(tensor) \(precision)") {
            try InferenceModel(path: path, precision: precision, readers: ModelReader.all)
          }
        }
      }
    }
  }

  @Test func aTensorFlowCheckpointIsRefused() throws {
    try withTemporaryFolder { folder in
      var tiny = TinyCheckpoint()
      tiny.variables["layer_2/weights"]?.values[1] = .nan
      try tiny.write(to: folder)
      let error = #expect(throws: ModelError.self) {
        try ImportedModel(path: folder, alphabet: Alphabet(labels: ["a", "b"]))
      }
      guard case .notFinite(_, "layer_2.weight") = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }
}
