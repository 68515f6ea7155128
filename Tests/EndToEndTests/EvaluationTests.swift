import Foundation
import ParlaTestSupport
import Testing

/// What `parla evaluate` reports, and what it and `parla train` make of a command line of DeepSpeech's.
@Suite struct EvaluationTests {
  /// A folder with a corpus and a model that was trained as somebody would have trained it with DeepSpeech.
  static func withModel(_ body: (_ folder: String, _ trained: CommandResult) throws -> Void) throws
  {
    try withTemporaryFolder { folder in
      let corpus = ToneCorpus(folder: folder)
      try corpus.write("train", count: 8, seed: 1)
      try corpus.write("dev", count: 3, seed: 2)
      try corpus.write("test", count: 12, seed: 3)
      let trained = try runCommand(
        "train", "--train_files", "\(folder)/train.csv", "--dev_files", "\(folder)/dev.csv",
        "--n_hidden", "8", "--epochs", "1", "--train_batch_size", "4", "--dev_batch_size", "2",
        "--checkpoint_dir", "\(folder)/checkpoints", "--checkpoint_secs", "600",
        "--max_to_keep", "3", "--summary_dir", "\(folder)/curves", "--report_count", "2",
        "--feature_cache", "\(folder)/features", "--use_allow_growth", "true",
        "--notrain_cudnn", "--early_stop=false", "--log_level", "1", "--threads", "1")
      try body(folder, trained)
    }
  }

  @Test func deepSpeechsCommandLineTrains() throws {
    try Self.withModel { folder, trained in
      #expect(trained.status == 0, "\(trained.errors)")
      for flag in ["--use-allow-growth", "--train-cudnn", "--log-level"] {
        #expect(trained.errors.contains("\(flag) has no effect here: "))
      }
      let files = FileManager.default
      #expect(files.fileExists(atPath: "\(folder)/curves/train"))
      #expect(files.fileExists(atPath: "\(folder)/features"))
      #expect(files.fileExists(atPath: "\(folder)/checkpoints/report.html"))
    }
  }

  @Test func itReportsAsDeepSpeechDoes() throws {
    try Self.withModel { folder, _ in
      for (option, value, message) in [
        ("--json", "/proc/errors.json", "/proc/errors.json: cannot be written"),
        ("--report-count", "-1", "--report-count: found -1, expected 0 or more"),
        ("--limit-test", "-2", "--limit-test: found -2, expected 0 or more"),
      ] {
        let early = try runCommand(
          "evaluate", "--checkpoint_dir", "\(folder)/checkpoints", "--test_files",
          "\(folder)/test.csv", option, value)
        #expect(early.status != 0 && early.errors.contains(message), "\(early.errors)")
        #expect(!early.output.contains("WER") && !early.errors.contains("Best:"))
      }
      let result = try runCommand(
        "evaluate", "--checkpoint_dir", "\(folder)/checkpoints", "--test_files",
        "\(folder)/test.csv,\(folder)/dev.csv", "--report_count", "2", "--test_output_file",
        "\(folder)/errors.json", "--test_batch_size", "5", "--threads", "1")
      #expect(result.status == 0, "\(result.errors)")
      let lines = result.output.split(separator: "\n")
      for name in ["test", "dev"] {
        let start = "Test on \(folder)/\(name).csv - WER: "
        #expect(lines.contains { $0.hasPrefix(start) && $0.contains(", loss: ") }, "\(lines)")
      }
      #expect(lines.last?.hasSuffix("(15 samples)") == true)
      #expect(lines.contains("weights int8, beam width 500, silence skipped"), "\(lines)")
      let shown = result.errors.split(separator: "\n").map(String.init)
      #expect(shown.count { $0.contains("said:") } == 6)
      #expect(shown.filter { ["Best:", "Median:", "Worst:"].contains($0) }.count == 3)
      let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/errors.json"))
      let rows = try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
      #expect(rows.count == 15)
      #expect(
        Set(rows[0].keys) == [
          "wav_filename", "src", "res", "loss", "char_distance", "char_length", "word_distance",
          "word_length", "cer", "wer",
        ])
    }
  }

  @Test(arguments: [true, false]) func whatIsMeasuredIsWhatTranscribeWrites(
    leavesOutSilence: Bool
  ) throws {
    try withTemporaryFolder { folder in
      let voice = SyntheticVoice.speech(seconds: 1)
      let sounds = [
        "gap": voice + SyntheticVoice.silence(seconds: 3) + voice
          + SyntheticVoice.silence(seconds: 2), "voice": voice,
        "silence": SyntheticVoice.silence(seconds: 3),
      ]
      for (name, samples) in sounds {
        try TranscribeTests.write("\(name).wav", samples, in: folder)
      }
      let rows = sounds.keys.map { "\($0).wav,,a\n" }.joined()
      try Data(("wav_filename,wav_filesize,transcript\n" + rows).utf8).write(
        to: URL(fileURLWithPath: folder + "/test.csv"))
      let flags = leavesOutSilence ? [] : ["--no-voice-activity"]
      let evaluated = try RunningCommand(
        [
          "evaluate", "--model", TranscribeTests.model, "--test-files", folder + "/test.csv",
          "--json", folder + "/found.json",
        ] + flags
      ).finish()
      #expect(evaluated.status == 0, "\(evaluated.errors)")
      let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/found.json"))
      let found = try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
      #expect(found.count == 3)
      for sample in found {
        let path = try #require(sample["wav_filename"] as? String)
        let written = try RunningCommand(
          ["transcribe", "--model", TranscribeTests.model, path] + flags
        ).finish()
        #expect(sample["res"] as? String == String(written.output.dropLast()), "\(path)")
        #expect(
          (written.output == "\n") == (leavesOutSilence && path.hasSuffix("silence.wav")), "\(path)"
        )
      }
    }
  }

  @Test func limitsTakeTheShortest() throws {
    try Self.withModel { folder, _ in
      let result = try runCommand(
        "evaluate", "--checkpoint_dir", "\(folder)/checkpoints", "--test_files",
        "\(folder)/test.csv", "--limit_test", "4", "--report_count", "0", "--threads", "1")
      #expect(result.output.hasSuffix("(4 samples)\n"), "\(result.errors)")
      #expect(!result.errors.contains("Best:"))
    }
  }
}
