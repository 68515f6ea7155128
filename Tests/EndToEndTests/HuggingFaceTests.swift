import Foundation
import ParlaFiles
import ParlaTestSupport
import Testing

/// Folders of Hugging Face on the command line.
@Suite struct HuggingFaceTests {
  static func folder(_ name: String) -> String { Fixture.path("hugging-face/" + name) }

  @Test(arguments: ["wav2vec2", "bert"]) func logitsAreThoseOfTransformers(name: String) throws {
    try withTemporaryFolder { folder in
      let golden = try NumPyArchive(path: Self.folder(name) + "/golden.npz")
      try #require(golden["input0"]).write(to: folder + "/in.npy")
      let result = try runCommand(
        "model", "probabilities", Self.folder(name), folder + "/in.npy", "--logits", "--output",
        folder + "/out.npy")
      #expect(result.status == 0, "\(result.errors)")
      let (found, expected) = (
        try NumPyArray(path: folder + "/out.npy"), try #require(golden["logits0"])
      )
      #expect(found.shape == expected.shape)
      let count = expected.shape[1]
      // The blank is the first there and the last here.
      let moved = expected.values.indices.map { index in
        expected.values[index / count * count + (index + 1) % count]
      }
      expectClose(found.values, moved, absolute: 1e-4)
    }
  }

  @Test func recordingsAreTranscribed() throws {
    let clip = Fixture.path("features/chirp_16000.wav")
    let result = try runCommand(
      "transcribe", "--model", Self.folder("mms"), "--language", "xyz", "--json", clip)
    #expect(result.status == 0, "\(result.errors)")
    #expect(!result.output.contains("<"))
    let other = try runCommand(
      "transcribe", "--model", Self.folder("mms"), "--language", "abc", clip)
    #expect(other.status != 0)
    #expect(other.errors.contains("no adapter of the language \"abc\", expected one of xyz"))
  }

  @Test func modelsAreInspectedAndImported() throws {
    try withTemporaryFolder { folder in
      let imported = try runCommand(
        "model", "import", Self.folder("wavlm"), "--output", folder + "/a.safetensors")
      #expect(imported.status == 0, "\(imported.errors)")
      let first = try runCommand("model", "inspect", Self.folder("wavlm"), "--layers")
      #expect(first.output.contains("hugging-face"))
      #expect(first.output.contains("attention attention_1, 2 heads"))
      let compared = try runCommand(
        "model", "compare", Self.folder("wavlm"), folder + "/a.safetensors",
        Fixture.path("features/chirp_16000.wav"))
      #expect(compared.output.contains("largest difference  0.0"), "\(compared.errors)")
    }
  }

  /// A new alphabet, the last layer label by label, convolutions that do not learn; and the result is a model like others.
  @Test func modelsAreTheStartOfATraining() throws {
    try withTemporaryFolder { folder in
      try ToneCorpus(folder: folder, letters: "abdx").write("train", count: 8, seed: 1)
      let trained = try RunningCommand([
        "train", "--load-checkpoint-dir", Self.folder("wav2vec2"), "--save-checkpoint-dir",
        folder + "/checkpoints", "--train-files", folder + "/train.csv", "--epochs", "1",
        "--batch-size", "4", "--freeze-layers", "convolution_*",
        "--threads", "1", "--export-dir", folder + "/model",
      ]).finish()
      #expect(trained.status == 0, "\(trained.errors)")
      #expect(
        trained.errors.contains("  layers copied label by label: labels\n"), "\(trained.errors)")
      #expect(trained.errors.contains("  labels copied: \" abd\"\n"), "\(trained.errors)")
      let evaluated = try runCommand(
        "evaluate", "--model", folder + "/model/model.safetensors", "--test-files",
        folder + "/train.csv")
      #expect(evaluated.status == 0, "\(evaluated.errors)")
      #expect(evaluated.output.contains("WER") || evaluated.output.contains("word"))
    }
  }
}
