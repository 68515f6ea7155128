import Foundation
import ParlaAcousticModel
import ParlaAudio
import ParlaFiles
import ParlaModelTestSupport
import ParlaNeuralNetwork
import ParlaTestSupport
import ParlaTranscripts
import Testing

@testable import ParlaModelExchange

/// Errors for folders that lack something, or whose files do not match, say what to do.
@Suite struct HuggingFaceFolderTests {
  /// Runs `body` with a copy of the model `name` that it may spoil.
  private func withCopy(
    of name: String, _ body: (String) throws -> Void
  ) throws {
    try withTemporaryFolder { folder in
      let copy = folder + "/model"
      try FileManager.default.copyItem(atPath: HuggingFaceGolden.path(name), toPath: copy)
      try body(copy)
    }
  }

  /// Writes the settings of `file` with some changed.
  private func change(_ path: String, _ changes: [String: Any?]) throws {
    let data = try Data(contentsOf: URL(filePath: path))
    var values = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    for (name, value) in changes { values[name] = value }
    try JSONSerialization.data(withJSONObject: values).write(to: URL(filePath: path))
  }

  private func message(_ path: String) -> String {
    #expect(throws: ModelError.self) { try AcousticModel(anyFile: path) }?.description ?? ""
  }

  @Test(arguments: [
    ("config.json", "what the network is made of"), ("vocab.json", "the characters"),
    ("preprocessor_config.json", "of a sound"), ("model.safetensors", "the network's weights"),
  ])
  func missingFilesAreNamed(file: String, purpose: String) throws {
    try withCopy(of: "wav2vec2") { folder in
      try FileManager.default.removeItem(atPath: folder + "/" + file)
      let message = message(folder)
      #expect(message.contains("\(folder): found no \(file), expected it for"), "\(message)")
      #expect(message.contains(purpose) && message.contains("Copy all files"), "\(message)")
    }
  }

  @Test(
    arguments: [
      (["model_type": "whisper"], "model_type: found \"whisper\""),
      (["hidden_act": "quick"], "hidden_act: found \"quick\", expected one of elu, gelu"),
      (
        ["feat_extract_norm": "batch"],
        "feat_extract_norm: found \"batch\", expected group or layer"
      ),
      (["num_attention_heads": 3], "num_attention_heads: found 3, expected a number that divides"),
      (["conv_kernel": [3]], "conv_kernel: found [3], expected 7 whole numbers"),
      (["hidden_size": 32], "has shape [16, 8], expected [32, 8]"),
      (["num_hidden_layers": 3], "found no tensor wav2vec2.encoder.layers.2."),
      (["pad_token_id": 99], "pad_token_id 99"),
    ] as [([String: any Sendable], String)])
  func settingsThatDoNotFitAreNamed(changes: [String: any Sendable], expected: String) throws {
    try withCopy(of: "wav2vec2") { folder in
      try change(folder + "/config.json", changes)
      let message = message(folder)
      #expect(message.hasPrefix(folder + "/"), "\(message)")
      #expect(message.contains(expected), "\(message)")
    }
  }

  @Test func aFolderWithAnExportedModelIsNoFolderOfTransformers() throws {
    try withTemporaryFolder { folder in
      try smallModel().write(to: folder + "/model.safetensors")
      #expect(throws: ModelError.folderOfOwnModel(folder: folder, name: "model.safetensors")) {
        try AcousticModel(anyFile: folder)
      }
    }
  }

  @Test func settingsOfBertThatNoLayerHasAreNamed() throws {
    try withCopy(of: "bert") { folder in
      try change(folder + "/config.json", ["position_embeddings_type": "absolute"])
      #expect(message(folder).contains("expected relative_key, relative, rotary or null"))
    }
  }

  @Test(
    arguments: [
      (["b": 99], "\"b\" with the number 99, expected a number below 11"),
      (["b": 5], "two tokens with the number 5"), (["b": "x"], "\"b\": \"x\""),
    ] as [([String: any Sendable], String)])
  func vocabulariesThatDoNotFitAreNamed(changes: [String: any Sendable], expected: String) throws {
    try withCopy(of: "wav2vec2") { folder in
      try change(folder + "/vocab.json", changes)
      let message = message(folder)
      #expect(message.contains("vocab.json: found"), "\(message)")
      #expect(message.contains(expected), "\(message)")
      #expect(message.contains("Take the vocabulary that the network was trained with"))
    }
  }

  @Test func tokensThatStandForNoTextGoBetweenBrackets() throws {
    try withCopy(of: "wav2vec2") { folder in
      try change(folder + "/vocab.json", ["<unk>": nil, "[UNK]": 3, "'": nil])
      let labels = try AcousticModel(anyFile: folder).alphabet.labels
      #expect(labels == ["<s>", "</s>", "<[UNK]>", " ", "a", "b", "c", "d", "e", "<10>"])
    }
  }

  @Test func unknownLanguagesAreNamedWithThoseThereAre() throws {
    let folder = HuggingFaceGolden.path("mms")
    let path = try ModelReader.path(folder, language: "abc")
    #expect(message(path).contains("found no adapter of the language \"abc\", expected one of xyz"))
    let error = #expect(throws: ModelError.self) {
      try ModelReader.path(Fixture.path("exchange/output_graph.pb"), language: "abc")
    }
    #expect(error?.description.contains("found no adapter") == true)
  }

  @Test(arguments: [("floats.bin", Float(0)), ("halves.bin", 1e-3)])
  func archivesOfPyTorchAreRead(file: String, tolerance: Float) throws {
    try withCopy(of: "wav2vec2") { folder in
      let expected = try AcousticModel(anyFile: folder)
      try FileManager.default.removeItem(atPath: folder + "/model.safetensors")
      try FileManager.default.copyItem(
        atPath: HuggingFaceGolden.path("archive/" + file), toPath: folder + "/pytorch_model.bin")
      let found = try AcousticModel(anyFile: folder)
      for (a, b) in zip(found.parameters.tensors, expected.parameters.tensors) {
        expectClose(a.values, b.values, absolute: tolerance)
      }
    }
  }

  @Test func codeInAPickleIsNamedAndNeverRun() throws {
    let trace = "/tmp/parla-was-here"
    try? FileManager.default.removeItem(atPath: trace)
    try withCopy(of: "wav2vec2") { folder in
      try FileManager.default.removeItem(atPath: folder + "/model.safetensors")
      try FileManager.default.copyItem(
        atPath: HuggingFaceGolden.path("archive/code.bin"), toPath: folder + "/pytorch_model.bin")
      let message = message(folder)
      #expect(message.contains("its pickle would call posix.system"), "\(message)")
      #expect(message.contains("Take the model's model.safetensors"))
    }
    #expect(!FileManager.default.fileExists(atPath: trace))
  }

  /// A damaged file gives an error, never a crash.
  @Test func damagedArchivesAreRefused() throws {
    let data = try Data(contentsOf: URL(filePath: HuggingFaceGolden.path("archive/floats.bin")))
    try withCopy(of: "wav2vec2") { folder in
      try FileManager.default.removeItem(atPath: folder + "/model.safetensors")
      for length in stride(from: 0, to: data.count, by: data.count / 9) {
        let file = URL(filePath: folder + "/pytorch_model.bin")
        try data.prefix(length).write(to: file)
        #expect(throws: ModelError.self) { try AcousticModel(anyFile: folder) }
        var other = data
        for place in length..<min(length + 40, data.count) { other[place] ^= 0x55 }
        try other.write(to: file)
        _ = try? AcousticModel(anyFile: folder)
      }
    }
  }

  @Test func shapesWithoutEndAreRefused() throws {
    let huge = TensorPickle.Description(
      storage: "0", type: .float32, offset: 0, shape: [1 << 40, 1 << 40], strides: [1 << 40, 1])
    #expect(!huge.isContiguous)
    for fields in [
      "(Ktt", "(J\u{7f}\u{7f}\u{7f}\u{7f}tJ\u{7f}\u{7f}\u{7f}\u{7f}tt", "K\u{1}K\u{1}t",
    ] {
      let pickle =
        "}X\u{1}\0\0\0actorch._utils\n_rebuild_tensor_v2\n(X\u{1}\0\0\0aK\0\(fields)Rs."
      #expect(throws: ModelError.self) {
        try TensorPickle.tensors(Data(pickle.utf8), path: "a.bin")
      }
    }
  }

  /// What PyTorch writes is read whole or not at all.
  @Test func everyBeginningOfAPickleIsRefused() throws {
    let path = HuggingFaceGolden.path("archive/floats.bin")
    let archive = try Data(contentsOf: URL(filePath: path))
    let members = try ZipDirectory(archive, path: path).storedRanges(in: archive)
    let member = try #require(members.first { $0.key.hasSuffix("/data.pkl") })
    let pickle = Data(archive[member.value])
    #expect(try !TensorPickle.tensors(pickle, path: path).isEmpty)
    for length in stride(from: 0, to: pickle.count, by: 3) {
      #expect(throws: ModelError.self, "\(length)") {
        try TensorPickle.tensors(pickle.prefix(length), path: path)
      }
    }
  }

  @Test func modelsThatWereTrainedOnSoundAloneAreNamed() throws {
    try withCopy(of: "wav2vec2") { folder in
      var file = try SafeTensorsFile(folder + "/model.safetensors")
      file.rename("lm_head.weight", to: "lm_gone.weight")
      try file.write()
      #expect(message(folder).contains("found no lm_head.weight, expected a network that was"))
    }
  }
}

/// A file of tensors whose names may be changed for others as long.
private struct SafeTensorsFile {
  private let path: String
  private var data: Data

  init(_ path: String) throws {
    self.path = path
    data = try Data(contentsOf: URL(filePath: path))
  }

  mutating func rename(_ old: String, to new: String) {
    guard let range = data.range(of: Data(old.utf8)) else { return }
    data.replaceSubrange(range, with: Data(new.utf8))
  }

  func write() throws { try data.write(to: URL(filePath: path)) }
}
