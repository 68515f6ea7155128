import Foundation
import ParlaAcousticModel
import ParlaAudio
import ParlaDescriptions
import ParlaFiles
import ParlaNeuralNetwork
import ParlaTestSupport
import ParlaTranscripts
import Testing

@testable import ParlaModelExchange

/// Models written for transformers are the same when they are read.
@Suite struct TransformersFolderTests {
  private func json(_ path: String) throws -> [String: Any] {
    let data = try Data(contentsOf: URL(filePath: path))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  private func entries(_ path: String) throws -> [SafeTensorsHeader.Entry] {
    try SafeTensorsHeader(ModelBytes(path: path), types: SafeTensorsHeader.NumberType.allCases)
      .entries
  }

  @Test(arguments: HuggingFaceGolden.names)
  func modelsReadBackAndSettingsAreThoseOfTheirSource(name: String) throws {
    let source = HuggingFaceGolden.path(name)
    let model = try AcousticModel(anyFile: source)
    try withTemporaryFolder { folder in
      let written = folder + "/model"
      try model.write(to: written, as: .huggingFace)
      let again = try AcousticModel(anyFile: written)
      #expect(again.description == model.description)
      #expect(again.alphabet == model.alphabet)
      #expect(again.parameters == model.parameters)
      #expect(again.buffers == model.buffers)
      let found = try FolderSettings(path: written + "/config.json").values
      let expected = try FolderSettings(path: source + "/config.json").values
      for (key, value) in found where key != "mask_time_prob" {
        guard let other = expected[key] else { continue }
        // Two names of the same function.
        #expect(value.spelling == (other == "swish" ? "silu" : other).spelling, "\(key)")
      }
      let shapes = Dictionary(
        uniqueKeysWithValues: try entries(written + "/model.safetensors").map {
          ($0.name, $0.shape)
        })
      for entry in try entries(source + "/model.safetensors")
      where !entry.name.hasSuffix("num_batches_tracked") {
        #expect(shapes[entry.name] == entry.shape, "\(entry.name)")
      }
    }
  }

  /// A new alphabet, dropout, masks and blocks that are passed by.
  @Test func whatTrainingChangesIsWritten() throws {
    let source = try AcousticModel(anyFile: HuggingFaceGolden.path("xls-r"))
    var layers = source.description.layers
    for index in layers.indices {
      switch layers[index].kind {
      case LayerDrop.kind: layers[index].fields["rate"] = 0.25
      case Masking.kind:
        layers[index].fields.merge(["time_share": 0.5, "feature_length": 4]) { $1 }
      default: break
      }
    }
    layers[layers.count - 1].fields["size"] = 5
    let description = try ModelDescription(
      name: source.description.name, features: source.description.features, layers: layers)
    let model = AcousticModel(
      description: description, alphabet: try Alphabet(labels: ["ä", " ", "|", "<[UNK]>"]),
      parameters: Parameters(initializing: description.graph.parameters, seed: 4))
    try withTemporaryFolder { folder in
      try model.write(to: folder, as: .huggingFace)
      let again = try AcousticModel(anyFile: folder)
      #expect(again.description == description)
      #expect(again.alphabet == model.alphabet)
      #expect(again.parameters == model.parameters)
      let settings = try json(folder + "/config.json")
      #expect(settings["layerdrop"] as? Double == 0.25)
      #expect(settings["mask_time_prob"] as? Double == 0.5)
      #expect(settings["apply_spec_augment"] as? Bool == true)
      #expect(settings["vocab_size"] as? Int == 5)
      #expect(settings["bos_token_id"] is NSNull)
      let tokens = try json(folder + "/vocab.json").mapValues { "\($0)" }
      #expect(tokens == ["<pad>": "0", "ä": "1", " ": "2", "|": "3", "[UNK]": "4"])
    }
  }

  @Test func othersAreRefused() throws {
    let source = try AcousticModel(anyFile: HuggingFaceGolden.path("wav2vec2"))
    func message(_ layers: [NodeDescription], name: String = "wav2vec2") throws -> String {
      let description = try ModelDescription(
        name: name, features: source.description.features, layers: layers)
      return #expect(throws: ModelError.self) { try description.check(for: .huggingFace) }?
        .description ?? ""
    }
    #expect(try message(source.description.layers, name: "mine").contains("the network mine"))
    var layers = source.description.layers
    let index = try #require(layers.firstIndex { $0.name == "down_1" })
    layers.insert(
      NodeDescription(kind: "dropout", name: "more", inputs: ["down_1"], fields: ["rate": 0.1]),
      at: index + 1)
    #expect(try message(layers).hasPrefix("transformers: cannot carry the layer more as it is"))
    let bytes = AcousticModel(
      description: try source.description.changedLabels(256), alphabet: .bytes,
      parameters: Parameters(
        initializing: try source.description.changedLabels(256).graph.parameters, seed: 1))
    let error = #expect(throws: ModelError.self) {
      try bytes.write(to: "/nowhere", as: .huggingFace)
    }
    #expect(error?.description.contains("labels that are bytes") == true)
  }
}

extension ModelDescription {
  fileprivate func changedLabels(_ count: Int) throws -> ModelDescription {
    var layers = layers
    layers[layers.count - 1].fields["size"] = .number(Double(count))
    return try ModelDescription(name: name, features: features, layers: layers)
  }
}
