import Foundation
import ParlaAcousticModel
import ParlaAudio
import ParlaFiles
import ParlaModelDescription
import ParlaModelExchange
import ParlaModelTestSupport
import ParlaNeuralNetwork
import ParlaTestSupport
import ParlaTranscripts
import Testing

@Suite struct InferenceModelTests {
  /// The label probabilities of `frames`, `stepLength` of them at a time.
  static func probabilities(
    of frames: FeatureMatrix, _ model: InferenceModel, stepLength: Int
  ) -> [Float] {
    let compute = Compute(threadCount: 1)
    var windows = ContextWindows(model.description.features)
    var states = [InferenceModel.State()]
    windows.append(frames)
    windows.finish()
    var values: [Float] = []
    while windows.count > 0 {
      let count = min(stepLength, windows.count)
      values +=
        model.probabilities(
          of: [windows.take(count)], counts: [count], states: &states, compute: compute
        )[0].values
    }
    return values
  }

  static func golden() throws -> (frames: FeatureMatrix, probabilities: [Float]) {
    let mfcc = try NumPyArray(path: Fixture.path("recognition/stream.mfcc.npy"))
    let frames = FeatureMatrix(
      frameCount: mfcc.shape[0], featureCount: mfcc.shape[1], values: mfcc.values)
    return (frames, try NumPyArray(path: Fixture.path("recognition/stream.probs.npy")).values)
  }

  @Test(arguments: [1, 16, 146]) func streamsAreRecognisedAsTheNativeClientRecognisesThem(
    stepLength: Int
  ) throws {
    let model = try InferenceModel(
      path: Fixture.path("recognition/output_graph.pb"), precision: .float32,
      readers: ModelReader.all)
    let (frames, expected) = try Self.golden()
    let found = Self.probabilities(of: frames, model, stepLength: stepLength)
    expectClose(found, expected, absolute: 1e-5)
  }

  /// What the golden's frames are recognised as with weights of `precision` from the file at `path`.
  static func recognise(_ path: String, _ precision: WeightPrecision) throws -> [Float] {
    Self.probabilities(
      of: try golden().frames,
      try InferenceModel(path: path, precision: precision, readers: ModelReader.all),
      stepLength: 16)
  }

  @Test(arguments: [(WeightPrecision.bfloat16, Float(0.05)), (.int8, 0.08)])
  func shorterWeightsRecogniseNearlyTheSame(precision: WeightPrecision, tolerance: Float) throws {
    let found = try Self.recognise(Fixture.path("recognition/output_graph.pb"), precision)
    expectClose(found, try Self.golden().probabilities, absolute: tolerance)
  }

  @Test func aFileIsRecognisedAsTheModelInMemory() throws {
    try withTemporaryFolder { folder in
      let model = try AcousticModel(anyFile: Fixture.path("exchange/output_graph.tflite"))
      let path = folder + "/model.safetensors"
      try model.write(to: path)
      for precision in WeightPrecision.allCases {
        let inMemory = Self.probabilities(
          of: try Self.golden().frames, try InferenceModel(model, precision: precision),
          stepLength: 16)
        #expect(try Self.recognise(path, precision) == inMemory)
        // Its bytes have one scale for all rows, so only these are the same.
        if precision == .float32 {
          #expect(
            try Self.recognise(Fixture.path("exchange/output_graph.tflite"), precision) == inMemory)
        }
      }
      let bytes = try Self.recognise(Fixture.path("exchange/output_graph.tflite"), .int8)
      expectClose(bytes, try Self.recognise(path, .float32), absolute: 0.02)
    }
  }

  @Test func onlyMatricesThatSeeNoFeaturesHaveFourBits() throws {
    let graph = try NetworkPreset.deepspeech.file.description(
      labelCount: 4, settings: ["n_hidden": "256"]
    ).graph
    var asked: [String: WeightPrecision] = [:]
    let source = ParameterSource(
      tensor: { parameter throws(ModelError) in Tensor(shape: parameter.shape) },
      weights: { parameter, precision throws(ModelError) in
        asked[parameter.name] = precision
        return WeightMatrix(Tensor(shape: parameter.shape), precision: precision)
      })
    _ = try GraphWeights(graph, source, precision: .int4)
    #expect(asked.count == 7)
    #expect(asked.filter { $0.value == .int8 }.map(\.key) == ["layer_1.weight"])
  }

  @Test func aQuantizedFileHoldsTheBytesThatAreRecognised() throws {
    try withTemporaryFolder { folder in
      let model = try AcousticModel(anyFile: Fixture.path("recognition/output_graph.pb"))
      let (whole, quantized) = (folder + "/whole.safetensors", folder + "/bytes.safetensors")
      try model.write(to: whole)
      try model.write(to: quantized, isQuantized: true)
      let sizes = try [whole, quantized].map {
        try Data(contentsOf: URL(fileURLWithPath: $0)).count
      }
      #expect(sizes[1] < sizes[0] / 3)
      #expect(try Self.recognise(quantized, .int8) == Self.recognise(whole, .int8))
      // Whatever reads models reads this one too, with the rounded weights.
      let read = try AcousticModel(path: quantized)
      #expect(read.parameters.specifications == model.parameters.specifications)
      for (found, expected) in zip(read.parameters.tensors, model.parameters.tensors) {
        let largest = expected.values.map(abs).max() ?? 0
        expectClose(found.values, expected.values, absolute: largest / 250)
      }
    }
  }

  @Test(arguments: [
    "recognition/output_graph.pb", "exchange/output_graph.tflite", "exchange/checkpoint",
    "exchange/checkpoint/train-5",
  ])
  func aModelOfAnotherToolkitNeedsAReader(file: String) throws {
    let path = Fixture.path(file)
    #expect(throws: ModelError.noReader(path: path)) {
      try InferenceModel(path: path, precision: .float32)
    }
    let text = ModelError.noReader(path: path).description
    #expect(text.contains("`import ParlaModelExchange`") && text.contains("parla model import"))
    #expect(
      try InferenceModel(path: path, precision: .float32, readers: ModelReader.all).alphabet
        .labels.isEmpty == false)
  }

  @Test func aDamagedQuantizedFileIsNamed() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/bytes.safetensors"
      try smallModel().write(to: path, isQuantized: true)
      let data = try Data(contentsOf: URL(fileURLWithPath: path))
      for length in stride(from: 0, to: data.count, by: 37) {
        try data.prefix(length).write(to: URL(fileURLWithPath: path))
        #expect(throws: ModelError.self) { try InferenceModel(path: path, precision: .int8) }
        #expect(throws: ModelError.self) { try AcousticModel(path: path) }
      }
      let text = String(decoding: data, as: UTF8.self)
      #expect(text.contains("layer_1.weight_scale"))
      let renamed = Data(
        data.map { $0 }.replacing(
          Array("layer_1.weight_scale".utf8), with: Array("layer_1.weight_scalf".utf8)))
      try renamed.write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: ModelError.self) {
        try InferenceModel(path: path, precision: .int8)
      }
      #expect(error?.description.contains("layer_1.weight_scale is missing") == true)
      #expect(throws: ModelError.self) { try AcousticModel(path: path) }
    }
  }
}
