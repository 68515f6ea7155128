import Foundation
import ParlaTestSupport
import Testing

/// Networks that have a name, with the program as built.
@Suite struct NetworkTests {
  @Test func aStreamingNetworkIsTrainedUsedAndCarriedOver() throws {
    try withTemporaryFolder { folder in
      let (source, target) = try TransferTests.corpora(folder)
      let trained = try RunningCommand(
        [
          "train", "--network", "streaming", "--n-hidden", "12", "--checkpoint_dir",
          "\(folder)/one", "--export_dir", folder, "--dev-files", "\(source)/train.csv",
        ] + TransferTests.training(source, epochs: 2)
      ).finish()
      #expect(trained.status == 0, "\(trained.errors)")

      // It is resumed as its description says, though nobody names that: the rate begins small and ends at nothing.
      let resumed = try RunningCommand(
        ["train", "--checkpoint_dir", "\(folder)/one"] + TransferTests.training(source, epochs: 3)
      ).finish()
      #expect(resumed.status == 0, "\(resumed.errors)")
      let rates = try Self.rates("\(folder)/one")
      #expect(rates.last.map { $0 < 0.0005 } == true, "\(rates)")

      let model = "\(folder)/model.safetensors"
      let inspected = try runCommand("model", "inspect", "--layers", model)
      for expected in [
        "streaming", "40 log-mel channels of 25 ms every 10 ms at 16000 Hz, running normalisation",
        "lstm lstm_4, 12",
      ] {
        #expect(inspected.output.contains(expected), "\(inspected.output)")
      }
      let evaluated = try runCommand(
        "evaluate", "--model", model, "--test-files", "\(source)/train.csv")
      #expect(evaluated.status == 0, "\(evaluated.errors)")
      let recognised = try runCommand("transcribe", "--model", model, "\(source)/train-0.wav")
      #expect(recognised.status == 0, "\(recognised.errors)")
      let features = try runCommand(
        "features", "--model", model, "\(source)/train-0.wav", "--output", "\(folder)/a.npy")
      #expect(features.output.contains("frames of 40 features"), "\(features.output)")

      let carry = [
        "train", "--load_checkpoint_dir", model, "--save_checkpoint_dir", "\(folder)/two",
        "--freeze-layers", "convolution_1,convolution_2",
      ]
      let carried = try RunningCommand(carry + TransferTests.training(target)).finish()
      #expect(carried.status == 0, "\(carried.errors)")
      #expect(carried.errors.contains("  layers copied label by label: labels\n"))
      let further = try RunningCommand(carry + TransferTests.training(target, epochs: 2)).finish()
      #expect(further.status == 0, "\(further.errors)")
      #expect(
        try Self.rates("\(folder)/two") == [0.00075, 0.00025],
        "a short transfer falls along a cosine, without a warm-up")
    }
  }

  /// The learning rates of all steps that the training in `folder` recorded.
  private static func rates(_ folder: String) throws -> [Float] {
    let metrics = try String(contentsOfFile: "\(folder)/metrics.jsonl", encoding: .utf8)
    let steps = metrics.split(separator: "\n").filter { $0.contains("\"event\":\"step\"") }
    return steps.compactMap {
      $0.firstMatch(of: /"learning_rate":([0-9.e-]+)/).flatMap { Float($0.1) }
    }
  }

  @Test func aConformerLearnsWithSettingsOfItsOwn() throws {
    try withTemporaryFolder { folder in
      let (source, _) = try TransferTests.corpora(folder)
      let trained = try RunningCommand(
        [
          "train", "--network", "conformer", "--n-hidden", "16", "--network-setting", "blocks=1",
          "--network-setting", "right=1", "--checkpoint_dir", "\(folder)/one", "--export_dir",
          folder,
        ] + TransferTests.training(source, epochs: 1)
      ).finish()
      #expect(trained.status == 0, "\(trained.errors)")
      let inspected = try runCommand(
        "model", "inspect", "--layers", "\(folder)/model.safetensors")
      #expect(
        inspected.output.contains("attention attention_1, 4 heads, 64 frames before and 1 after"),
        "\(inspected.output)")
      let recognised = try runCommand(
        "transcribe", "--model", "\(folder)/model.safetensors", "\(source)/train-0.wav")
      #expect(recognised.status == 0, "\(recognised.errors)")
    }
  }

  @Test func whatSuitsOtherNetworksOnlyIsSaidBeforeTheTraining() throws {
    try withTemporaryFolder { folder in
      let (source, _) = try TransferTests.corpora(folder)
      func errors(_ options: String...) throws -> String { try errors(options) }
      func errors(_ options: [String]) throws -> String {
        let result = try RunningCommand(
          ["train", "--checkpoint_dir", "\(folder)/c"] + options + TransferTests.training(source)
        ).finish()
        #expect(result.status != 0)
        return result.errors
      }
      #expect(try errors("--network", "streeming").contains("deepspeech2, streaming, conformer"))
      #expect(
        try errors("--network", "streaming", "--relu-clip", "5").contains(
          "a setting that streaming.yaml does not have"))
      let settings = ["--network", "conformer", "--network-setting"]
      #expect(
        try errors(settings + ["block=2"]).contains("a setting that conformer.yaml does not have"))
      #expect(try errors(settings + ["=2"]).contains("found =2, expected NAME=VALUE"))
      let format = try errors(
        "--network", "streaming", "--export_tflite", "--export_dir", "\(folder)/x")
      #expect(format.contains("cannot carry 40 log-mel channels"), "\(format)")
      #expect(try errors("--schedule", "cosin").contains("expected a schedule: warm_up, cosine"))
      #expect(try errors("--average", "emu").contains("expected an average: ema, mean"))
      #expect(try errors("--optimizer", "adams").contains("expected an optimiser: adam, adamw"))
    }
  }
}
