import ParlaAcousticModel
import ParlaAudio
import ParlaFiles
import ParlaNeuralNetwork
import ParlaTestSupport
import ParlaTranscripts
import Testing

@testable import ParlaModelExchange

/// Networks of Hugging Face compute what transformers computes.
@Suite struct HuggingFaceModelTests {
  @Test(arguments: HuggingFaceGolden.names)
  func statesAndLogitsAreThoseOfTransformers(name: String) throws {
    let golden = try HuggingFaceGolden(name)
    let model = try golden.model.model()
    let graph = try golden.graph(golden.states + ["labels"])
    let weights = GraphWeights(graph, model.parameters, buffers: model.buffers)
    for number in 0..<2 {
      let input = try golden.array("input\(number)")
      let width = input.shape.count > 1 ? input.shape[1] : 1
      let sequence = Tensor(shape: [input.shape[0], 1, width], values: input.values)
      let outputs = graph(
        [Sequences(full: sequence)], weights, Pass(compute: Compute(threadCount: 1)))
      for (index, output) in outputs.dropLast().enumerated() {
        let expected = try golden.array("hidden\(number)_\(index)")
        expectClose(output.values.values, expected.values, absolute: 2e-5, relative: 2e-5)
      }
      let logits = golden.blankLast(try golden.array("logits\(number)"))
      expectClose(outputs[outputs.count - 1].values.values, logits, absolute: 2e-5, relative: 2e-5)
    }
  }

  /// With padding that counts the batch is transformers'; without it each sequence is what it is alone.
  @Test(arguments: HuggingFaceGolden.paddedNames, [true, false])
  func batchesAreThoseOfTransformersOrOfEachAlone(name: String, countsPadding: Bool) throws {
    let golden = try HuggingFaceGolden(name, countsPadding: countsPadding)
    let model = try golden.model.model()
    let output = model.graph(
      [try golden.batch()], GraphWeights(model.graph, model.parameters, buffers: model.buffers),
      Pass(compute: Compute(threadCount: 2)))[0]
    let whole = try golden.array("batch_logits")
    for number in 0..<2 {
      let alone = try golden.array("logits\(number)")
      let (frames, size) = (alone.shape[0], whole.shape[1] * whole.shape[2])
      #expect(output.lengths[number] == frames)
      let start = number * size
      let batched = NumPyArray(
        shape: alone.shape,
        values: Array(whole.values[start..<start + alone.values.count]))
      let found = output.frames(of: number).values
      expectClose(
        found, golden.blankLast(countsPadding ? batched : alone), absolute: 2e-5, relative: 2e-5)
    }
  }

  @Test func adaptersTakeThePlaceOfTheModelsOwn() throws {
    let path = try ModelReader.path(HuggingFaceGolden.path("mms"), language: "xyz")
    let model = try AcousticModel(anyFile: path)
    #expect(model.alphabet.labels.joined() == "<s></s><unk> vwxyz'")
    #expect(model.metadata?.language == "xyz")
    let golden = try HuggingFaceGolden("mms")
    let input = try golden.array("input0")
    let output = model.graph(
      [Sequences(full: Tensor(shape: [input.values.count, 1, 1], values: input.values))],
      GraphWeights(model.graph, model.parameters), Pass(compute: Compute(threadCount: 1)))[0]
    let expected = golden.blankLast(try golden.array("adapted_logits0"))
    expectClose(output.values.values, expected, absolute: 2e-5, relative: 2e-5)
  }

  /// Weights that stay in their file are those that are read.
  @Test(arguments: ["xls-r", "wavlm", "bert-adapter"], WeightPrecision.allCases)
  func openedModelsSayWhatReadOnesSay(name: String, precision: WeightPrecision) throws {
    let folder = HuggingFaceGolden.path(name)
    let opened = try InferenceModel(path: folder, precision: precision, readers: ModelReader.all)
    let read = try InferenceModel(AcousticModel(anyFile: folder), precision: precision)
    var values: [[Float]] = []
    for model in [opened, read] {
      var states = [InferenceModel.State()]
      let features = model.description.features.featureCount
      let windows = (0..<(features == 1 ? 3000 : 30) * features).map { Float($0 % 17 - 8) / 8 }
      values.append(
        model.probabilities(
          of: [windows], counts: [windows.count / features], states: &states, isLast: [true],
          compute: Compute(threadCount: 1))[0].values)
    }
    #expect(!values[0].isEmpty)
    expectClose(values[0], values[1], absolute: 1e-6)
  }

  @Test func whatStandsForNoTextIsNeverWritten() throws {
    let golden = try HuggingFaceGolden("wav2vec2")
    let model = try golden.model.model()
    #expect(model.alphabet.silentLabels == [0, 1, 2])
    #expect(model.alphabet.spaceLabel == 3)
    try withTemporaryFolder { folder in
      try golden.array("input0").write(to: folder + "/a.npy")
      let found = try model.probabilities(ofArray: folder + "/a.npy", threadCount: 1)
      #expect(found.frameCount == 19)
      for frame in 0..<found.frameCount {
        let row = found.values[frame * found.labelCount..<(frame + 1) * found.labelCount]
        #expect(row.prefix(3).allSatisfy { $0 == 0 })
        #expect(abs(row.reduce(0, +) - 1) < 1e-5)
      }
      let logits = try model.probabilities(
        ofArray: folder + "/a.npy", areLogits: true, threadCount: 1)
      let expected = golden.blankLast(try golden.array("logits0"))
      expectClose(logits.values, expected, absolute: 2e-5, relative: 1e-4)
    }
  }

  /// The features that Wav2Vec2-BERT is given of a sound, and its states.
  @Test(arguments: [0, 1]) func featuresOfSoundAreThoseOfTransformers(number: Int) throws {
    let golden = try HuggingFaceGolden("bert")
    let sound = try golden.array("sound\(number)")
    let model = try golden.model.model()
    try withTemporaryFolder { folder in
      try sound.write(to: folder + "/a.npy")
      let found = try model.probabilities(
        ofArray: folder + "/a.npy", areLogits: true, threadCount: 1)
      expectClose(
        found.values, golden.blankLast(try golden.array("logits\(number)")), absolute: 1e-4)
    }
  }

  @Test func importedModelsReadBack() throws {
    let model = try AcousticModel(anyFile: HuggingFaceGolden.path("wavlm"))
    try withTemporaryFolder { folder in
      try model.write(to: folder + "/a.safetensors")
      let again = try AcousticModel(path: folder + "/a.safetensors")
      #expect(again.parameters == model.parameters)
      #expect(again.alphabet == model.alphabet)
      #expect(again.description == model.description)
    }
  }
}
