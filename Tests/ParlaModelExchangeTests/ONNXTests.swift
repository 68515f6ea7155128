import Foundation
import ParlaAcousticModel
import ParlaDescriptions
import ParlaModelDescription
import ParlaModelTestSupport
import ParlaNeuralNetwork
import ParlaTestSupport
import ParlaTranscripts
import SwiftProtobuf
import Testing

@testable import ParlaModelExchange

/// Models of ONNX, as far as their form goes; `ONNXRuntimeTests` runs them.
@Suite struct ONNXTests {
  @Test func graphHasStatesAsInputsAndOutputs() throws {
    let model = try onnx(smallModel(units: 3))
    let expected = [
      ("frames", ["time", "batch", "494"]), ("previous_state_c", ["1", "batch", "3"]),
      ("previous_state_h", ["1", "batch", "3"]),
    ]
    #expect(model.graph.input.map(\.name) == expected.map(\.0))
    #expect(model.graph.input.map(shape) == expected.map(\.1))
    #expect(
      model.graph.output.map(\.name) == [
        "probabilities", "log_probabilities", "new_state_c", "new_state_h",
      ])
    #expect(shape(model.graph.output[0]) == ["time", "batch", "3"])
    #expect(model.opsetImport.map(\.version) == [13])
  }

  @Test(arguments: NetworkPreset.allCases, ONNXForm.allCases)
  func everyInputOfANodeIsMadeBeforeItAndEveryNameOnce(
    preset: NetworkPreset, form: ONNXForm
  ) throws {
    let description = try preset.file.description(labelCount: 3, settings: ["n_hidden": "8"])
    let model = AcousticModel(
      description: description, alphabet: try Alphabet(labels: [" ", "a"]),
      parameters: Parameters(initializing: description.graph.parameters, seed: 1))
    for isQuantized in [false, true] {
      expectOrder(try onnx(model, form: form, isQuantized: isQuantized).graph, form)
    }
  }

  private func expectOrder(_ graph: Onnx_GraphProto, _ form: ONNXForm) {
    var known = Set(graph.input.map(\.name) + graph.initializer.map(\.name) + [""])
    // A length that nobody says has a value all the same.
    #expect(
      known.count
        == graph.input.count + graph.initializer.count + (form == .whole ? 0 : 1))
    for node in graph.node {
      #expect(known.isSuperset(of: node.input), "\(node.name)")
      #expect(known.isDisjoint(with: node.output), "\(node.name)")
      known.formUnion(node.output)
    }
    #expect(known.isSuperset(of: graph.output.map(\.name)))
    let states = graph.input.map(\.name).filter { $0.hasPrefix("previous_state_") }
    #expect(states.isEmpty == (form == .whole))
    #expect(
      Set(states.map { "new" + $0.dropFirst("previous".count) }).isSubset(
        of: graph.output.map(\.name)))
  }

  @Test func everyKindOfLayerHasOperators() {
    for kind in LayerKinds.all { #expect(kind is any ONNXLayer.Type, "\(kind.kind)") }
  }

  /// Here, where it needs no ONNX Runtime.
  @Test func everyKindOfLayerIsTriedByONNXRuntime() throws {
    let tried = try ONNXCase.goldens() + ONNXCase.more()
    #expect(Set(tried.map(\.kind)) == Set(LayerKinds.all.map { $0.kind }))
  }

  @Test func layersThatNeedTheWholeAreNamedWherePiecesAreAskedFor() throws {
    let graph = try Graph(
      [
        NodeDescription(
          kind: "bidirectional", name: "both", fields: ["type": "gru", "size": 2])
      ], inputCount: 3)
    let error = #expect(throws: ModelError.self) {
      try ONNXNetwork.check(graph, form: .pieces)
    }
    #expect(
      error?.description.hasPrefix(
        "ONNX in pieces: cannot carry both, which needs a whole recording") == true)
    try ONNXNetwork.check(graph)
    #expect(ONNXNetwork.usualForm(graph) == .whole)
  }

  @Test func batchesThatMayDifferInLengthAreNotJoined() throws {
    let graph = try Graph(
      [
        NodeDescription(
          kind: "convolution_1d", name: "slow",
          fields: ["channels": 3, "size": 2, "padding": "valid"]),
        NodeDescription(kind: "join_batches", name: "joined", inputs: ["input", "slow"]),
      ], inputCount: 3)
    let error = #expect(throws: ModelError.self) {
      try ONNXNetwork(
        graph, parameters: Parameters(zerosFor: graph.parameters),
        buffers: Parameters(zerosFor: []), name: "a", inputNames: ["input"], form: .whole)
    }
    #expect(error?.description.contains("join_batches (joined)") == true)
  }

  @Test func recurrentGatesAreInputOutputForgetCell() throws {
    let model = try smallModel(units: 3)
    let weight = try #require(
      try onnx(model).graph.initializer.first { $0.name == "lstm.recurrent_weight" })
    #expect(weight.dims == [1, 12, 3])
    let source = try #require(model.parameters["lstm.recurrent_weight"])
    let values = (0..<36).map { weight.float($0) }
    for (gate, block) in [0, 3, 1, 2].enumerated() {
      for index in 0..<9 { #expect(values[gate * 9 + index] == source[block * 9 + index]) }
    }
  }

  @Test func weightsInBytesHaveAScaleForEachOutput() throws {
    let model = try smallModel(units: 3)
    let graph = try onnx(model, isQuantized: true).graph
    let constants = Dictionary(uniqueKeysWithValues: graph.initializer.map { ($0.name, $0) })
    for (name, shape) in [("layer_1.weight", [494, 3]), ("lstm.recurrent_weight", [1, 12, 3])] {
      let node = try #require(
        graph.node.first { $0.opType == "DequantizeLinear" && $0.input[0] == name })
      #expect(node.attribute == [.int("axis", 1)])
      let (bytes, scales) = (
        try #require(constants[name]), try #require(constants[node.input[1]])
      )
      #expect(bytes.dataType == ONNXGraph.Element.int8.rawValue)
      #expect(bytes.dims == shape.map { Int64($0) })
      #expect(scales.dims == [Int64(shape[1])])
      #expect(!graph.node.contains { $0.opType != "DequantizeLinear" && $0.input.contains(name) })
      let source = try #require(model.parameters[name])
      let isTransposed = shape.count == 2
      for (index, byte) in bytes.rawData.enumerated() {
        let output = isTransposed ? index % 3 : index / 3
        let row = isTransposed ? output : ([0, 3, 1, 2][output / 3] * 3 + output % 3)
        let expected = source[row * source.columnCount + (isTransposed ? index / 3 : index % 3)]
        let scale = scales.float(output)
        let found = Float(Int8(bitPattern: byte)) * scale
        #expect(abs(found - expected) <= 0.501 * scale)
      }
    }
    #expect(constants["layer_1.bias"]?.dataType == ONNXGraph.Element.float.rawValue)
  }

  @Test func propertiesSayHowToUseTheModel() throws {
    let properties = Dictionary(
      uniqueKeysWithValues: try onnx(smallModel()).metadataProps.map { ($0.key, $0.value) })
    #expect(properties["alphabet"] == #"[" ","a"]"#)
    #expect(properties["sample_rate"] == "16000")
    #expect(properties["context_frames"] == "9")
    #expect(properties["feature_win_step"] == "20")
  }

  @Test func layersAreTold() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.onnx"
      try smallModel(units: 3).writeONNX(to: path)
      let layers = try ModelSummary(path: path).layers
      let learning = layers.filter { !$0.parameters.isEmpty }
      #expect(
        learning.map(\.summary) == [
          "layer_1: MatMul, Add", "layer_2: MatMul, Add", "layer_3: MatMul, Add",
          "lstm: Shape, Gather, LSTM, Squeeze",
          "layer_5: MatMul, Add", "layer_6: MatMul, Add",
        ])
      #expect(learning[0].parameters.map(\.name) == ["layer_1.weight", "layer_1.bias"])
      #expect(learning[0].parameters.map(\.shape) == [[494, 3], [3]])
      #expect(layers.last?.summary == "labels: Softmax, LogSoftmax")
    }
  }

  @Test func weightsInBytesAreToldAndMakeAFileSmaller() throws {
    try withTemporaryFolder { folder in
      let model = try smallModel(units: 40)
      let summaries = try [false, true].map { isQuantized in
        let path = "\(folder)/\(isQuantized).onnx"
        try model.writeONNX(to: path, isQuantized: isQuantized)
        return try ModelSummary(path: path)
      }
      #expect(summaries.map(\.precision) == ["float32", "int8"])
      #expect(summaries[1].parameterCount == summaries[0].parameterCount)
      #expect(summaries[1].byteCount < summaries[0].byteCount / 3)
    }
  }

  @Test func weightsThatNoFileCanHaveAreRefusedBeforeAnythingIsWritten() throws {
    try withTemporaryFolder { folder in
      var graph = ONNXGraph(name: "a", form: .whole)
      _ = graph.weight(
        unsafe ExportedTensor(name: "large", shape: [1 << 15, 1 << 14]) { _, _ in })
      let error = #expect(throws: ModelError.self) { try graph.write(to: folder + "/a.onnx") }
      #expect(error?.description.contains("less than 2 GiB") == true)
      #expect(!FileManager.default.fileExists(atPath: folder + "/a.onnx"))
    }
  }

  private func onnx(
    _ model: AcousticModel, form: ONNXForm? = nil, isQuantized: Bool = false
  ) throws -> Onnx_ModelProto {
    try withTemporaryFolder { folder in
      try model.writeONNX(to: folder + "/a.onnx", form: form, isQuantized: isQuantized)
      return try Onnx_ModelProto(
        serializedBytes: Data(contentsOf: URL(fileURLWithPath: folder + "/a.onnx")))
    }
  }

  private func shape(_ value: Onnx_ValueInfoProto) -> [String] {
    value.type.tensorType.shape.dim.map {
      $0.dimParam.isEmpty ? "\($0.dimValue)" : $0.dimParam
    }
  }
}

extension Onnx_TensorProto {
  fileprivate func float(_ index: Int) -> Float {
    let bytes = Array(rawData[4 * index..<4 * index + 4])
    return Float(bitPattern: bytes.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
  }
}
