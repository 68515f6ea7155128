import Foundation
import ParlaAcousticModel
import ParlaAudio
import ParlaModelDescription
import ParlaModelTestSupport
import ParlaNeuralNetwork
import ParlaTestSupport
import ParlaTranscripts
import SwiftProtobuf
import Testing

@testable import ParlaModelExchange

/// Frozen graphs of TensorFlow and their memory-mapped packages, in and out.
@Suite struct FrozenGraphTests {
  static let official = Fixture.path("exchange/output_graph.pb")

  @Test func officialGraphIsReadWithItsMetadata() throws {
    let imported = try FrozenGraph(path: Self.official).model()
    #expect(imported.model.alphabet == .english)
    #expect(imported.model.description.features.inputCount == 494)
    #expect(imported.metadata.language == "en-US")
    #expect(imported.metadata.beamWidth == 500)
    #expect(imported.metadata.graphVersion == 6)
    #expect(imported.model.parameters["lstm.recurrent_weight"]?.shape == [32, 8])
    #expect(imported.model.parameters["layer_1.weight"]?.shape == [8, 494])
  }

  @Test func exportedGraphIsTheOfficialOneNodeByNode() throws {
    let imported = try FrozenGraph(path: Self.official).model()
    try withTemporaryFolder { folder in
      try imported.model.writeFrozenGraph(to: folder + "/a.pb", metadata: imported.metadata)
      let found = try graph(folder + "/a.pb").node.sorted { $0.name < $1.name }
      let expected = try graph(Self.official).node.sorted { $0.name < $1.name }
      #expect(found.map(\.name) == expected.map(\.name))
      for (found, expected) in zip(found, expected) {
        #expect(found.op == expected.op)
        #expect(found.input == expected.input)
        #expect(found.device == expected.device)
        #expect(Set(found.attr.keys) == Set(expected.attr.keys))
        for (key, value) in expected.attr {
          if key == "value", expected.name != "metadata_alphabet" {
            #expect(numbers(found.attr[key]) == numbers(value), "\(found.name)")
          } else if expected.name != "metadata_alphabet" {
            #expect(found.attr[key] == value, "\(found.name) \(key)")
          }
        }
      }
      let again = try FrozenGraph(path: folder + "/a.pb").model()
      #expect(again.model.parameters == imported.model.parameters)
      #expect(again.model.alphabet == imported.model.alphabet)
      #expect(again.metadata == imported.metadata)
    }
  }

  @Test func memoryMappedPackageReadsBack() throws {
    let imported = try FrozenGraph(path: Self.official).model()
    try withTemporaryFolder { folder in
      try imported.model.writeMemoryMappedGraph(
        to: folder + "/a.pbmm", metadata: imported.metadata)
      let bytes = try ModelBytes(path: folder + "/a.pbmm")
      let package = try #require(try MemoryMappedPackage(bytes))
      #expect(package.regions["memmapped_package://layer_1_weights"] == 0..<494 * 8 * 4)
      let again = try FrozenGraph(path: folder + "/a.pbmm").model()
      #expect(again.model.parameters == imported.model.parameters)
      #expect(again.metadata == imported.metadata)
    }
  }

  @Test func otherAlphabetsAndSizesReadBack() throws {
    let alphabet = try Alphabet(labels: [" ", "ä", "#", "日"])
    let description = try ModelDescription.deepSpeech(
      labelCount: alphabet.labelCount, settings: ["n_hidden": "5", "relu_clip": "6"])
    let model = AcousticModel(
      description: description, alphabet: alphabet,
      parameters: Parameters(initializing: description.graph.parameters, seed: 3))
    try withTemporaryFolder { folder in
      try model.writeFrozenGraph(
        to: folder + "/a.pb", metadata: ModelMetadata(language: "cy", beamWidth: 7))
      let again = try FrozenGraph(path: folder + "/a.pb").model()
      #expect(again.model.parameters == model.parameters)
      #expect(again.model.alphabet == alphabet)
      #expect(again.model.description.layers.count == description.layers.count)
      #expect(again.metadata.language == "cy")
      #expect(again.metadata.beamWidth == 7)
    }
  }

  @Test func modelsThatWriteBytesReadBackInEveryFormat() throws {
    let description = try ModelDescription.deepSpeech(
      labelCount: 256, settings: ["n_hidden": "5"])
    let model = AcousticModel(
      description: description, alphabet: .bytes,
      parameters: Parameters(initializing: description.graph.parameters, seed: 3))
    try withTemporaryFolder { folder in
      for format in [ModelFormat.safetensors, .pb, .pbmm, .tflite] {
        let path = "\(folder)/a.\(format.rawValue)"
        try model.write(to: path, as: format)
        let again = try AcousticModel(anyFile: path)
        #expect(again.alphabet == .bytes && again.parameters == model.parameters, "\(format)")
      }
      // As UTF8Alphabet of DeepSpeech serialises itself: 255 labels, each its number, the length 1 and the byte.
      let serialized = [UInt8](Alphabet.bytes.serialized)
      #expect(serialized.count == 2 + 255 * 5 && serialized[..<7] == [255, 0, 0, 0, 1, 0, 1])
      #expect(serialized.suffix(5) == [254, 0, 1, 0, 255])
    }
  }

  @Test func otherNetworksAreRefusedWithTheReason() throws {
    let description = try ModelDescription(
      name: "short", features: try smallModel().description.features,
      layers: [.dense(name: "only", size: 3)])
    let model = AcousticModel(
      description: description, alphabet: try Alphabet(labels: [" ", "a"]),
      parameters: Parameters(initializing: description.graph.parameters, seed: 1))
    try withTemporaryFolder { folder in
      let error = #expect(throws: ModelError.self) {
        try model.writeFrozenGraph(to: folder + "/a.pb")
      }
      #expect(error?.description.hasPrefix("pb: cannot carry the layers dense, only") == true)
      #expect(error?.description.hasSuffix("Export to safetensors or onnx instead.") == true)
    }
  }

  @Test func noMutationOrTruncationCrashes() throws {
    try withTemporaryFolder { folder in
      let model = try smallModel(units: 8)
      try model.writeFrozenGraph(to: folder + "/a.pb")
      try model.writeMemoryMappedGraph(to: folder + "/a.pbmm")
      for (seed, name) in ["a.pb", "a.pbmm"].enumerated() {
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
        try expectSurvival(of: data, seed: UInt64(seed), count: 60) {
          try FrozenGraph(bytes: ModelBytes($0, path: name)).model()
        }
        // The weights are most of the file; what is around them is where damage can do harm.
        let tail = data.suffix(6000)
        try expectSurvival(of: Data(tail), seed: UInt64(seed + 7), count: 60) {
          try FrozenGraph(bytes: ModelBytes(data.dropLast(6000) + $0, path: name)).model()
        }
      }
    }
  }

  private func graph(_ path: String) throws -> Tensorflow_GraphDef {
    try Tensorflow_GraphDef(serializedBytes: Data(contentsOf: URL(fileURLWithPath: path)))
  }

  /// A constant's type, shape and numbers, however they are written.
  private func numbers(_ value: Tensorflow_AttrValue?) -> [String] {
    guard let tensor = value?.tensor else { return [] }
    var numbers = tensor.floatVal.map(\.bitPattern) + tensor.intVal.map { UInt32(bitPattern: $0) }
    let content = Array(tensor.tensorContent)
    for offset in stride(from: 0, to: content.count, by: 4) {
      numbers.append((0..<4).reduce(0) { $0 | UInt32(content[offset + $1]) << (8 * $1) })
    }
    return ["\(tensor.dtype) \(tensor.tensorShape.dim.map(\.size))"] + numbers.map { "\($0)" }
      + tensor.stringVal.map { String(decoding: $0, as: UTF8.self) }
  }
}
