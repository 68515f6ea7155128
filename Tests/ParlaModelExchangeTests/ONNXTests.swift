import Foundation
import ParlaAcousticModel
import ParlaModelTestSupport
import ParlaNeuralNetwork
import ParlaTestSupport
import SwiftProtobuf
import Testing

@testable import ParlaModelExchange

/// Models of ONNX, as far as their form goes; `scripts/check-official-programs` runs them with ONNX Runtime.
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
      model.graph.output.map(\.name) == ["probabilities", "new_state_c", "new_state_h"])
    #expect(shape(model.graph.output[0]) == ["time", "batch", "3"])
    #expect(model.opsetImport.map(\.version) == [13])
  }

  @Test func everyInputOfANodeIsMadeBeforeIt() throws {
    let graph = try onnx(smallModel()).graph
    var known = Set(graph.input.map(\.name) + graph.initializer.map(\.name) + [""])
    for node in graph.node {
      #expect(known.isSuperset(of: node.input), "\(node.name)")
      known.formUnion(node.output)
    }
    #expect(known.isSuperset(of: graph.output.map(\.name)))
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

  @Test func propertiesSayHowToUseTheModel() throws {
    let properties = Dictionary(
      uniqueKeysWithValues: try onnx(smallModel()).metadataProps.map { ($0.key, $0.value) })
    #expect(properties["alphabet"] == #"[" ","a"]"#)
    #expect(properties["sample_rate"] == "16000")
    #expect(properties["context_frames"] == "9")
    #expect(properties["feature_win_step"] == "20")
  }

  private func onnx(_ model: AcousticModel) throws -> Onnx_ModelProto {
    try withTemporaryFolder { folder in
      try model.writeONNX(to: folder + "/a.onnx")
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
