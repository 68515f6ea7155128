import Foundation
import ParlaTestSupport
import Testing

/// The commands of DeepSpeech's and Coqui STT's documentation do what it says.
@Suite struct DeepSpeechCommandsTests {
  static func corpus(_ folder: String, letters: String = "abcd") throws {
    let corpus = ToneCorpus(folder: folder, letters: letters)
    try corpus.write("train", count: 12, seed: 1)
    try corpus.write("test", count: 4, seed: 2)
  }

  @Test func aCheckpointIsFineTunedTestedAndExportedWithoutFurtherFlags() throws {
    try withTemporaryFolder { folder in
      try Self.corpus(folder)
      let checkpoint = "\(folder)/ds"
      try FileManager.default.copyItem(
        atPath: Fixture.path("exchange/checkpoint"), toPath: checkpoint)
      let fineTuned = try runCommand(
        "train", "--n_hidden", "48", "--checkpoint_dir", checkpoint, "--epochs", "1",
        "--train_files", "\(folder)/train.csv", "--learning_rate", "0.0001", "--threads", "1")
      #expect(fineTuned.status == 0, "\(fineTuned.errors)")
      for line in [
        "Starting from \(checkpoint)/train-5\n", "  the optimiser keeps its state\n",
        "  checkpoints are saved next to it in Parla's format; the same command resumes from them\n",
      ] {
        #expect(fineTuned.errors.contains(line), "\(line)\(fineTuned.errors)")
      }
      let test = "\(folder)/test.csv"
      let exported = try runCommand(
        "train", "--checkpoint_dir", checkpoint, "--test_files", test, "--export_dir",
        "\(folder)/export", "--export-format", "pb,pbmm,tflite,onnx,safetensors", "--threads", "1")
      #expect(exported.status == 0, "\(exported.errors)")
      for name in [
        "output_graph.pb", "output_graph.pbmm", "output_graph.tflite", "model.onnx",
        "model.safetensors",
      ] {
        #expect(FileManager.default.fileExists(atPath: "\(folder)/export/\(name)"), "\(name)")
      }
      for model in [
        ["--model", "\(folder)/export/output_graph.pb"], ["--checkpoint_dir", checkpoint],
      ] {
        let evaluated = try RunningCommand(["evaluate", "--test_files", test] + model).finish()
        #expect(evaluated.output == exported.output, "\(evaluated.errors)")
      }
    }
  }

  @Test func aSourceWithoutLabelsGivesItsLowerLayers() throws {
    try withTemporaryFolder { folder in
      try Self.corpus(folder)
      try FileManager.default.copyItem(
        atPath: Fixture.path("exchange/checkpoint"), toPath: "\(folder)/ds")
      try FileManager.default.removeItem(atPath: "\(folder)/ds/alphabet.txt")
      try Data(" \na\nb\nc\nd\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/new.txt"))
      let command = [
        "train", "--alphabet_config_path", "\(folder)/new.txt", "--save_checkpoint_dir",
        "\(folder)/new", "--load_checkpoint_dir", "\(folder)/ds", "--train_files",
        "\(folder)/train.csv", "--epochs", "1", "--threads", "1",
      ]
      let kept = try RunningCommand(command).finish()
      #expect(kept.errors.contains("Pass it with --source-alphabet"), "\(kept.errors)")
      let dropped = try RunningCommand(command + ["--drop_source_layers", "1"]).finish()
      #expect(dropped.status == 0, "\(dropped.errors)")
      #expect(dropped.errors.contains("new layers: layer_6"), "\(dropped.errors)")
      let test = "\(folder)/test.csv"
      let nameless = try runCommand(
        "evaluate", "--checkpoint_dir", "\(folder)/ds", "--test_files", test)
      #expect(nameless.errors.contains("Pass it with --alphabet"), "\(nameless.errors)")
      try Data(
        ([" "] + "abcdefghijklmnopqrstuvwxyz'".map(String.init)).joined(separator: "\n").utf8
      )
      .write(to: URL(fileURLWithPath: "\(folder)/english.txt"))
      for command in [["evaluate", "--test_files", test], ["transcribe", "\(folder)/test-0.wav"]] {
        let named = try RunningCommand(
          command + ["--checkpoint-dir", "\(folder)/ds", "--alphabet", "\(folder)/english.txt"]
        ).finish()
        #expect(named.status == 0, "\(named.errors)")
      }
    }
  }

  @Test func theClientsCommandTranscribes() throws {
    try withTemporaryFolder { folder in
      try TranscribeTests.write("a.wav", SyntheticVoice.speech(seconds: 1), in: folder)
      let command = ["transcribe", "--model", TranscribeTests.model, "--audio", "\(folder)/a.wav"]
      let ours = try runCommand("transcribe", "--model", TranscribeTests.model, "\(folder)/a.wav")
      let text = try RunningCommand(
        command + ["--extended", "--stream", "320", "-t", "--init_from_bytes"]
      ).finish()
      #expect(text.status == 0 && text.output == ours.output, "\(text.errors)")
      #expect(text.errors.contains("--stream has no effect here: the text is the same"))
      #expect(text.errors.contains("cpu_time_overall="))
      let json = try RunningCommand(
        command + ["--json", "--candidate_transcripts", "2", "--beam_width", "10"]
      ).finish()
      #expect(json.output.hasPrefix("{\n\"metadata\":{\"confidence\":"), "\(json.errors)")
      #expect(json.output.components(separatedBy: "\"metadata\"").count == 3, "one alternative")
      let nothing = try runCommand("transcribe", "--model", TranscribeTests.model)
      #expect(nothing.errors.contains("Pass the recordings"), "\(nothing.errors)")
    }
  }

  @Test func aLanguageIsTrainedInBytesExportedAndDecodedWithItsScorer() throws {
    try withTemporaryFolder { folder in
      try Self.corpus(folder, letters: "一二三")
      let trained = try runCommand(
        "train", "--bytes_output_mode", "--n_hidden", "24", "--epochs", "3", "--train_files",
        "\(folder)/train.csv", "--test_files", "\(folder)/test.csv", "--checkpoint_dir",
        "\(folder)/checkpoints", "--export_dir", folder, "--export-format", "pb,tflite,safetensors",
        "--threads", "1")
      #expect(trained.status == 0, "\(trained.errors)")
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/checkpoints/alphabet.txt"))
      try Data("一二 三\n二三 一\n三一 二二\n".utf8).write(
        to: URL(fileURLWithPath: "\(folder)/text.txt"))
      let scorer = try runCommand(
        "scorer", "build", "--text", "\(folder)/text.txt", "--bytes-output-mode", "--order", "2",
        "--prune", "0", "--output", "\(folder)/my.scorer")
      #expect(scorer.status == 0, "\(scorer.errors)")
      var texts: Set<String> = []
      for name in ["model.safetensors", "output_graph.pb", "output_graph.tflite"] {
        let inspected = try runCommand("model", "inspect", "\(folder)/\(name)")
        #expect(inspected.output.contains("\nalphabet      the 255 bytes of UTF-8\n"), "\(name)")
        let recognised = try runCommand(
          "transcribe", "--model", "\(folder)/\(name)", "--scorer", "\(folder)/my.scorer",
          "--precision", "float32", "--no-voice-activity", "--json", "--audio",
          "\(folder)/train-0.wav")
        #expect(recognised.status == 0, "\(recognised.errors)")
        texts.insert(recognised.output.replacing(/:-?[\d.]+/, with: ":"))
      }
      #expect(texts.count == 1, "\(texts)")
      let misfit = try runCommand(
        "evaluate", "--checkpoint_dir", "\(folder)/checkpoints", "--test_files",
        "\(folder)/test.csv", "--scorer", Fixture.path("scorers/toy.scorer"))
      #expect(misfit.errors.contains("expected one for bytes"), "\(misfit.errors)")
    }
  }
}
