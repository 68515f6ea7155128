import Foundation
import ParlaTestSupport
import Testing

/// From recordings to text with the program as built.
@Suite struct TrainingTests {
  static func arguments(_ folder: String, epochs: Int, further: [String] = []) -> [String] {
    [
      "train", "--train_files", "\(folder)/train.csv", "--dev_files", "\(folder)/dev.csv",
      "--n_hidden", "64", "--epochs", "\(epochs)", "--train_batch_size", "4", "--learning_rate",
      "0.003", "--dropout_rate", "0.05", "--checkpoint_dir", "\(folder)/checkpoints", "--threads",
      "1",
    ] + further
  }

  static func corpus(_ folder: String) throws {
    let corpus = ToneCorpus(folder: folder)
    try corpus.write("train", count: 96, seed: 1)
    try corpus.write("dev", count: 12, seed: 2)
    try corpus.write("test", count: 12, seed: 3)
  }

  @Test func aLanguageOfTonesIsLearntAndReadBack() throws {
    try withTemporaryFolder { folder in
      try Self.corpus(folder)
      let further = [
        "--export_dir", "\(folder)/model", "--test_files", "\(folder)/test.csv", "--best-by", "cer",
      ]
      let trained = try RunningCommand(
        Self.arguments(folder, epochs: 40, further: further)
      ).finish()
      #expect(trained.status == 0, "\(trained.errors)")
      let model = "\(folder)/model/model.safetensors"
      let evaluated = try runCommand(
        "evaluate", "--model", model, "--test-files", "\(folder)/test.csv", "--json",
        "\(folder)/errors.json")
      #expect(evaluated.status == 0, "\(evaluated.errors)")
      let line = try #require(evaluated.output.split(separator: "\n").last)
      let rates = try #require(
        line.wholeMatch(of: /WER (\d\.\d{4})  CER (\d\.\d{4})  \(12 samples\)/))
      let characterErrorRate = try #require(Double(rates.2))
      #expect(characterErrorRate < 0.1, "\(line)\n\(trained.errors)")
      #expect(trained.output.hasSuffix(line + "\n"), "train evaluates as evaluate does")
      try Self.checkTranscripts(folder, model: model)
    }
  }

  /// The program writes the same text of a file as the evaluation did.
  static func checkTranscripts(_ folder: String, model: String) throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/errors.json"))
    let rows = try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
    #expect(rows.count == 12)
    let file = try #require(rows[5]["wav_filename"] as? String)
    let recognised = try #require(rows[5]["res"] as? String)
    let transcribed = try runCommand("transcribe", "--model", model, file)
    #expect(transcribed.output == recognised + "\n", "\(transcribed.errors)")
    let beam = try runCommand(
      "transcribe", "--model", model, "--beam-width", "50", "--format", "json", file)
    #expect(beam.output.contains("\"text\" : \"\(recognised)\""), "\(beam.output)")
  }

  @Test func aSecondTrainingInTheFolderIsRefusedAsLongAsTheFirstLives() throws {
    try withTemporaryFolder { folder in
      try ToneCorpus(folder: folder).write("train", count: 8, seed: 1)
      let arguments = [
        "train", "--train-files", folder + "/train.csv", "--n-hidden", "8", "--epochs", "1000000",
        "--threads", "1", "--checkpoint-dir", folder + "/c",
      ]
      let first = try RunningCommand(arguments)
      while first.isRunning, !first.errorsSoFar.contains("Epoch 1") { usleep(10_000) }
      let second = try RunningCommand(arguments).finish()
      #expect(second.status == 1)
      #expect(
        second.errors.contains("\(folder)/c: is in use by process \(first.identifier) on "),
        "\(second.errors)")
      first.send(signal: SIGKILL)
      _ = first.finish()
      var short = arguments
      short[6] = "1"
      let third = try RunningCommand(short).finish()
      #expect(!third.errors.contains("in use"), "\(third.errors)")
    }
  }

  @Test func killedInMidEpochItContinuesFromItsLastCheckpoint() throws {
    try withTemporaryFolder { folder in
      try Self.corpus(folder)
      let arguments = Self.arguments(folder, epochs: 400, further: ["--checkpoint-secs", "0.2"])
      let killed = try RunningCommand(arguments)
      let records: () -> [String] = {
        let files = try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/checkpoints")
        return files?.filter { $0.hasPrefix("last-") } ?? []
      }
      // Weights appear after their record.
      while killed.isRunning, records().count(where: { $0.hasSuffix(".safetensors") }) < 2 {
        usleep(20_000)
      }
      killed.send(signal: SIGKILL)
      #expect(killed.finish().status == SIGKILL)

      // The newest checkpoint is emptied, as a machine that lost power may leave it.
      let newest = try #require(
        records().filter { $0.hasSuffix(".safetensors") }.max {
          $0.compare($1, options: .numeric) == .orderedAscending
        })
      try Data().write(to: URL(fileURLWithPath: "\(folder)/checkpoints/\(newest)"))
      let resumed = try RunningCommand(arguments)
      while resumed.isRunning, !resumed.errorsSoFar.contains("Epoch") { usleep(20_000) }
      resumed.send(signal: SIGINT)
      let result = resumed.finish()
      #expect(result.status == 130)
      #expect(result.errors.contains("\(newest): the file is cut off: found 0 bytes"))
      #expect(result.errors.contains("Resuming from the checkpoint of step"))
      #expect(result.errors.contains("The same command resumes it."))
    }
  }
}
