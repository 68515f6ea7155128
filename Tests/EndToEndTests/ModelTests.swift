import Foundation
import ParlaFiles
import ParlaTestSupport
import Testing

/// Models of other toolkits on the command line.
@Suite struct ModelTests {
  static let graph = Fixture.path("exchange/output_graph.pb")
  static let lite = Fixture.path("exchange/output_graph.tflite")
  static let clip = Fixture.path("features/syn_noise.wav")

  @Test func inspectShowsWhatAFileHolds() throws {
    let result = try runCommand("model", "inspect", Self.lite, "--layers")
    #expect(result.status == 0, "\(result.errors)")
    let lines = result.output.split(separator: "\n").map(String.init)
    #expect(lines[0] == "model         deepspeech, 163129 parameters, int8")
    #expect(lines[1] == "file          tflite, 0.2 MB")
    #expect(
      lines[2] == "features      26 MFCCs of 32 ms every 20 ms at 16000 Hz, 9 frames of context")
    #expect(lines[3] == "alphabet      28 labels:  abcdefghijklmnopqrstuvwxyz'")
    #expect(lines.contains("beam width    500"))
    #expect(lines.contains("language      en-US"))
    #expect(lines.contains("  lstm lstm, 100"))
    #expect(lines.contains("    lstm.recurrent_weight [400, 100]"))
  }

  @Test func inspectWritesJSON() throws {
    let result = try runCommand("model", "inspect", Fixture.path("exchange/checkpoint"), "--json")
    #expect(result.status == 0, "\(result.errors)")
    let document = try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    #expect(document["format"] as? String == "tensorflow-checkpoint")
    #expect((document["training"] as? [String: String])?["step"] == "5")
    #expect((document["alphabet"] as? [String])?.count == 28)
  }

  @Test func importedModelSaysTheSame() throws {
    try withTemporaryFolder { folder in
      let model = folder + "/a.safetensors"
      let result = try runCommand("model", "import", Self.graph, "--output", model)
      #expect(result.status == 0, "\(result.errors)")
      let compared = try runCommand("model", "compare", Self.graph, model, Self.clip)
      let lines = compared.output.split(separator: "\n").map(String.init)
      let expected = [
        "first  \(Self.graph), weights float32", "second \(model), weights float32",
        "largest difference  0.0",
      ]
      #expect(Array(lines.prefix(3)) == expected)
      let inspected = try runCommand("model", "inspect", model)
      #expect(inspected.output.contains("\nbeam width    500\n"))
    }
  }

  @Test func probabilitiesOfFeaturesAreThoseOfTensorFlow() throws {
    try withTemporaryFolder { folder in
      let output = folder + "/a.npy"
      let result = try runCommand(
        "model", "probabilities", Self.graph, Fixture.path("features/syn_noise.mfcc.npy"),
        "--output", output)
      #expect(result.status == 0, "\(result.errors)")
      let expected = try NumPyArray(path: Self.graph + ".probabilities.npy")
      let found = try NumPyArray(path: output)
      #expect(found.shape == expected.shape)
      expectClose(found.values, expected.values, absolute: 1e-5)
      let wrong = try runCommand(
        "model", "probabilities", Self.graph, Fixture.path("features/syn_sine440.spectrogram.npy"),
        "--output", output)
      #expect(wrong.errors.contains("expected [frames, 26]"), "\(wrong.errors)")
    }
  }

  @Test(arguments: ["safetensors", "pb", "pbmm", "tflite", "onnx"])
  func exportWritesACardNextToTheModel(format: String) throws {
    try withTemporaryFolder { folder in
      let model = "\(folder)/a.\(format)"
      let result = try runCommand(
        "export", "--checkpoint-dir", Self.graph, "--format", format, "--output", model,
        "--export_author_id", "ann")
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output == model + "\n")
      let card = try String(contentsOfFile: model + ".md", encoding: .utf8)
      #expect(card.hasPrefix("---\nauthor: ann\n"))
      #expect(card.contains("\nlanguage: en-US\n"))
      let inspected = try runCommand("model", "inspect", model)
      #expect(inspected.output.contains("\nlanguage      en-US\n"), "\(inspected.errors)")
    }
  }

  @Test func networkThatAFormatCannotCarryIsRefused() throws {
    try withTemporaryFolder { folder in
      let result = try runCommand(
        "export", "--checkpoint-dir", Fixture.path("exchange/layer_norm"), "--format", "tflite",
        "--output", folder + "/a.tflite")
      #expect(result.status != 0)
      #expect(result.errors.contains("tflite: cannot carry the layers"), "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder + "/a.tflite"))
    }
  }
}
