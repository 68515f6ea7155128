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

  /// Adapters alone learn, with masks and skipped blocks, from batches in parts whose activations are computed again; transformers'
  /// folder has the result, and is the start of the next training.
  @Test func adaptersAreTrainedAndWrittenForTransformers() throws {
    try withTemporaryFolder { folder in
      try ToneCorpus(folder: folder, letters: "abd").write("train", count: 6, seed: 1)
      let common = ["--train-files", folder + "/train.csv", "--epochs", "1", "--threads", "1"]
      let options = [
        "--train-layers", "adapter_*,labels", "--layer-drop", "0.3", "--mask-time-prob", "0.2",
        "--mask-time-length", "2", "--batch-size", "3", "--batch-parts", "2", "--recompute",
        "--export-format", "transformers", "--export-dir", folder + "/model",
      ]
      let trained = try RunningCommand(
        [
          "train", "--load-checkpoint-dir", Self.folder("mms"), "--save-checkpoint-dir",
          folder + "/checkpoints",
        ] + common + options
      ).finish()
      #expect(trained.status == 0, "\(trained.errors)")
      let written = try FileManager.default.contentsOfDirectory(atPath: folder + "/model")
      let files = [
        "config", "preprocessor_config", "tokenizer_config", "vocab",
      ].map { $0 + ".json" }
      #expect(Set(written).isSuperset(of: files + ["model.safetensors", "README.md"]))
      let settings = try String(contentsOfFile: folder + "/model/config.json", encoding: .utf8)
      #expect(
        settings.contains("\"layerdrop\": 0.3") && settings.contains("\"mask_time_prob\": 0.2"))
      let again = try RunningCommand(
        [
          "train", "--load-checkpoint-dir", folder + "/model", "--save-checkpoint-dir",
          folder + "/more", "--layer-drop", "0", "--train-layers", "labels",
        ] + common
      ).finish()
      #expect(again.status == 0, "\(again.errors)")
      let refused = try runCommand(
        "export", "--checkpoint-dir", folder + "/checkpoints", "--format", "transformers,onnx")
      #expect(refused.errors.contains("expected transformers alone"), "\(refused.errors)")
    }
  }

  @Test func scorersHotWordsAndWordTimesWork() throws {
    try withTemporaryFolder { folder in
      try Data("ab ba\nbad cab ab\n".utf8).write(to: URL(filePath: folder + "/text.txt"))
      let model = Self.folder("wav2vec2")
      let built = try runCommand(
        "scorer", "build", "--text", folder + "/text.txt", "--alphabet", model, "--output",
        folder + "/my.scorer")
      #expect(built.status == 0, "\(built.errors)")
      let found = try runCommand(
        "transcribe", "--model", model, "--scorer", folder + "/my.scorer", "--hot-words", "cab:20",
        "--json", Fixture.path("features/chirp_16000.wav"))
      #expect(found.status == 0, "\(found.errors)")
      let files = try JSONDecoder().decode([Transcribed].self, from: Data(found.output.utf8))
      let words = try #require(files.first).words
      #expect(words.contains { $0.text == "cab" }, "\(found.output)")
      #expect(words.allSatisfy { ["ab", "ba", "bad", "cab"].contains($0.text) })
      // Frames of 20 ms.
      for time in words.flatMap({ [$0.start, $0.end] }) {
        #expect(abs(time / 0.02 - (time / 0.02).rounded()) < 1e-6, "\(time)")
      }
      #expect(zip(words, words.dropFirst()).allSatisfy { $0.end <= $1.start + 1e-9 })
    }
  }

  private struct Transcribed: Decodable {
    struct Word: Decodable {
      let text: String
      let start: Double
      let end: Double
    }
    let words: [Word]
  }
}
