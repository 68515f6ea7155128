import Foundation
import ParlaAcousticModel
import ParlaAudio
import ParlaFiles
import ParlaNeuralNetwork
import ParlaTestSupport
import ParlaTranscripts
import Testing

@testable import ParlaModelExchange

/// Checkpoints of TensorFlow, read without it.
@Suite struct TensorFlowCheckpointTests {
  static let folder = Fixture.path("exchange/checkpoint")

  @Test func variablesAreReadBitForBit() throws {
    let checkpoint = try TensorFlowCheckpoint(folder: Self.folder)
    #expect(try checkpoint.step == 5)
    let prefix = "cudnn_lstm/rnn/multi_rnn_cell/cell_0/cudnn_compatible_lstm_cell/"
    let names = [
      "kernel": prefix + "kernel", "bias": prefix + "bias", "layer_2.weights": "layer_2/weights",
      "layer_6.bias": "layer_6/bias",
    ]
    for (file, name) in names {
      let expected = try NumPyArray(path: "\(Self.folder)/expected/\(file).npy")
      let found = try checkpoint.bundle.tensor(name)
      #expect(found.shape == expected.shape)
      #expect(found.values() == expected.values)
    }
  }

  @Test func weightsGetParlasLayout() throws {
    let model = try TensorFlowCheckpoint(folder: Self.folder).model()
    #expect(model.alphabet == .english)
    let kernel = try NumPyArray(path: "\(Self.folder)/expected/kernel.npy")
    let (inputWeight, recurrentWeight) = (
      try #require(model.parameters["lstm.input_weight"]),
      try #require(model.parameters["lstm.recurrent_weight"])
    )
    // Parla's gates input, forget, cell, output are TensorFlow's blocks 0, 2, 1, 3.
    for (gate, block) in [0, 2, 1, 3].enumerated() {
      for unit in 0..<48 {
        for input in 0..<48 {
          let row = (gate * 48 + unit) * 48 + input
          let column = block * 48 + unit
          #expect(inputWeight[row] == kernel.values[input * 192 + column])
          #expect(recurrentWeight[row] == kernel.values[(48 + input) * 192 + column])
        }
      }
    }
    let weights = try NumPyArray(path: "\(Self.folder)/expected/layer_2.weights.npy")
    let weight = try #require(model.parameters["layer_2.weight"])
    for output in 0..<48 {
      for input in 0..<48 {
        #expect(weight[output * 48 + input] == weights.values[input * 48 + output])
      }
    }
  }

  @Test func resumedTrainingContinuesAsTensorFlowDid() throws {
    let checkpoint = try TensorFlowCheckpoint(folder: Self.folder)
    let model = try checkpoint.model()
    var adam = try #require(try checkpoint.optimizer(for: model))
    #expect(adam.stepCounts.allSatisfy { $0 == 5 })
    let losses = try trainingLosses(model, &adam, stepCount: 5)
    let expected = try NumPyArray(path: Fixture.path("train_steps/losses.npy")).values[5..<10]
    expectClose(losses, Array(expected), relative: 1e-4)
  }

  @Test(arguments: ["layer_5/weights", "layer_2/bias", "lstm_fused_cell/kernel"])
  func momentsOfAnotherShapeAreRefused(damaged: String) throws {
    var tiny = TinyCheckpoint()
    for (name, variable) in tiny.variables {
      for suffix in ["/Adam", "/Adam_1"] { tiny.add(name + suffix, variable.shape) }
    }
    tiny.add(damaged + "/Adam_1", [3, 5])
    try withTemporaryFolder { folder in
      try tiny.write(to: folder)
      let checkpoint = try TensorFlowCheckpoint(folder: folder)
      let model = try checkpoint.model(alphabet: Alphabet(labels: [" ", "a"]))
      let error = #expect(throws: ModelError.self) { try checkpoint.optimizer(for: model) }
      #expect(error?.description.contains("\(damaged)/Adam_1 has shape [3, 5]") == true)
    }
  }

  @Test func everyReleasesNamesAreKnown() throws {
    for kernel in [
      "lstm_fused_cell", "cudnn_lstm/rnn/multi_rnn_cell/cell_0/cudnn_compatible_lstm_cell",
    ] {
      try withTemporaryFolder { folder in
        try TinyCheckpoint(kernel: kernel).write(to: folder)
        #expect(TensorFlowCheckpoint.isFolder(folder))
        let checkpoint = try TensorFlowCheckpoint(folder: folder)
        let model = try checkpoint.model(alphabet: Alphabet(labels: [" ", "a"]))
        let bias = try #require(model.parameters["lstm.bias"])
        // Before release 0.6, TensorFlow added 1 to the forget gate, which stands at 4 to 5 in its order, 2 to 3 in ours.
        let isOld = kernel == "lstm_fused_cell"
        let forget: [Float] = isOld ? [1.5, 1.625] : [0.5, 0.625]
        #expect(bias.values == [0, 0.125] + forget + [0.25, 0.375, 0.75, 0.875])
        #expect(try checkpoint.optimizer(for: model) == nil)
        #expect(try checkpoint.step == 0)
      }
    }
  }

  @Test func oldestNamesAreKnown() throws {
    var tiny = TinyCheckpoint()
    for number in [1, 2, 3, 5, 6] {
      tiny.variables["h\(number)"] = tiny.variables.removeValue(forKey: "layer_\(number)/weights")
      tiny.variables["b\(number)"] = tiny.variables.removeValue(forKey: "layer_\(number)/bias")
    }
    try withTemporaryFolder { folder in
      try tiny.write(to: folder)
      let model = try TensorFlowCheckpoint(folder: folder).model(
        alphabet: Alphabet(labels: [" ", "a"]))
      #expect(model.parameters["layer_5.weight"]?.values == [0, 0.5, 0.25, 0.75])
    }
  }

  @Test(arguments: [
    ("layer_1/LayerNorm/beta", "layer normalisation of 0 layers"),
    ("bidirectional_rnn/bw/kernel", "a network that looks ahead"),
    ("cudnn_lstm/second/kernel", "2 recurrent kernels"),
  ])
  func networksThatLayersCannotExpressAreRefused(name: String, reason: String) throws {
    var tiny = TinyCheckpoint()
    tiny.add(name, [2])
    try withTemporaryFolder { folder in
      try tiny.write(to: folder)
      let checkpoint = try TensorFlowCheckpoint(folder: folder)
      let error = #expect(throws: ModelError.self) { try checkpoint.model() }
      #expect(error?.description.contains(reason) == true)
    }
  }

  @Test func alphabetMustBeKnownAndFit() throws {
    try withTemporaryFolder { folder in
      try TinyCheckpoint().write(to: folder)
      let checkpoint = try TensorFlowCheckpoint(folder: folder)
      #expect(
        throws: ModelError.alphabetNeeded(path: "\(folder)/train-7", labelCount: 2)
      ) { try checkpoint.model() }
      let error = #expect(throws: ModelError.self) { try checkpoint.model(alphabet: .english) }
      let expected = ModelError.unsuitableAlphabet(
        path: "\(folder)/train-7", found: 28, expected: 2)
      #expect(error == expected)
      #expect(expected.description.contains("does not fit"))
    }
  }

  @Test(
    arguments: [
      """
      --nohelp
      --audio_sample_rate=8000
      --feature_win_len=25
      --relu_clip=6.0
      --export_beam_width=77
      --export_language=cy
      --export_license=<SPDX identifier>
      """,
      """
      {"audio_sample_rate": 8000, "feature_win_len": 25, "relu_clip": 6.0, "train_files": ["a"],
       "export_beam_width": 77, "export_language": "cy", "export_license": "<SPDX identifier>"}
      """,
    ], ["\n", "\r\n"])
  func flagsOfTheTrainingAreHeeded(text: String, lineEnd: String) throws {
    try withTemporaryFolder { folder in
      try TinyCheckpoint().write(to: folder)
      let text = text.replacing("\n", with: lineEnd)
      try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/flags.txt"))
      let model = try TensorFlowCheckpoint(folder: folder).model(
        alphabet: Alphabet(labels: [" ", "a"]))
      #expect(model.description.features.sampleRate == 8000)
      #expect(model.description.features.windowMilliseconds == 25)
      #expect(model.description.features.stepMilliseconds == 20)
      #expect(model.graph.nodes[1].layer.summary == "clipped_relu, at most 6.0")
      #expect(model.metadata == ModelMetadata(language: "cy", beamWidth: 77))
      try Data("--feature_win_len=long\n".utf8).write(
        to: URL(fileURLWithPath: folder + "/flags.txt"))
      let error = #expect(throws: ModelError.self) {
        try TensorFlowCheckpoint(folder: folder).model(alphabet: Alphabet(labels: [" ", "a"]))
      }
      #expect(error?.description.contains("feature_win_len is \"long\"") == true)
    }
  }

  @Test func flagsSayThatLabelsAreBytes() throws {
    try withTemporaryFolder { folder in
      try TinyCheckpoint(labels: 256).write(to: folder)
      let checkpoint = try TensorFlowCheckpoint(folder: folder)
      let error = #expect(throws: ModelError.self) { try checkpoint.model() }
      #expect(error?.description.contains("pass --bytes-output-mode") == true)
      #expect(try checkpoint.model(alphabet: .bytes).alphabet == .bytes)
      for (flags, isBytes) in [
        ("--noearly_stop\n--bytes_output_mode\n", true), ("--utf8=true\n", true),
        ("{\"bytes_output_mode\": true}", true), ("--nobytes_output_mode\n", false),
        ("{\"bytes_output_mode\": false}", false),
      ] {
        try Data(flags.utf8).write(to: URL(fileURLWithPath: folder + "/flags.txt"))
        #expect((try? checkpoint.model().alphabet.isBytes) ?? false == isBytes, "\(flags)")
      }
    }
  }

  @Test func folderWithoutCheckpointsIsNone() throws {
    try withTemporaryFolder { folder in
      #expect(!TensorFlowCheckpoint.isFolder(folder))
      #expect(throws: ModelError.noCheckpoint(folder: folder)) {
        try TensorFlowCheckpoint(folder: folder)
      }
    }
  }

  @Test func everyChangedByteOfANumberIsNoticed() throws {
    let (index, data) = TinyCheckpoint().files
    for offset in stride(from: 0, to: data.count, by: 97) {
      var damaged = data
      damaged[offset] ^= 0x10
      #expect(throws: ModelError.self) { try model(index: index, data: damaged) }
    }
  }

  @Test func noMutationOrTruncationCrashes() throws {
    let (index, data) = TinyCheckpoint().files
    try expectSurvival(of: index, seed: 1, count: 400) { try model(index: $0, data: data) }
    try expectSurvival(of: data, seed: 2, count: 200) { try model(index: index, data: $0) }
  }

  /// The model in a checkpoint that stands in memory.
  private func model(index: Data, data: Data) throws -> AcousticModel {
    let bundle = try TensorBundle(path: "tiny", index: ModelBytes(index, path: "tiny.index")) {
      ModelBytes(data, path: "tiny" + $0)
    }
    return try TensorFlowCheckpoint(bundle: bundle).model(alphabet: Alphabet(labels: [" ", "a"]))
  }

  /// Losses before each of `stepCount` steps on TensorFlow's batch, at its rate of 0.001.
  func trainingLosses(
    _ model: AcousticModel, _ adam: inout Optimizer, stepCount: Int
  ) throws -> [Float] {
    let features = try NumPyArray(path: Fixture.path("train_steps/batch/features.npy"))
    let (frames, width) = (features.shape[1], features.shape[2])
    let recordings = (0..<2).map { number in
      FeatureMatrix(
        frameCount: frames, featureCount: width,
        values: Array(features.values[number * frames * width..<(number + 1) * frames * width]))
    }
    let lengths = try NumPyArray(path: Fixture.path("train_steps/batch/lengths.npy")).values
    let labels = try (0..<2).map { number in
      try NumPyArray(path: Fixture.path("train_steps/batch/labels\(number).npy")).values.map {
        Int32($0)
      }
    }
    let compute = Compute(threadCount: 2)
    let pass = Pass(compute: compute)
    let input = Sequences(
      Tensor(batching: recordings, contextFrameCount: 9), lengths: lengths.map { Int($0) })
    var parameters = model.parameters
    return (0..<stepCount).map { _ in
      let weights = GraphWeights(model.graph, parameters)
      let passage = model.graph.forward([input], weights, pass)
      let logits = passage.outputs[0]
      let loss = CTCLoss(
        logits: logits.values, labels: labels, frameCounts: logits.lengths, compute: compute)
      let mean = Tensor(
        shape: logits.values.shape, values: loss.logitsGradient.values.map { $0 / 2 })
      let gradients = model.graph.backward([mean], passage, weights, pass)
      adam.update(&parameters, along: gradients, learningRate: 0.001, compute: compute)
      return Float(loss.losses.reduce(0, +) / 2)
    }
  }
}
