import Foundation
import ParlaTestSupport
import Testing

/// A model is carried over to another language with the program as built.
@Suite struct TransferTests {
  /// The end of a training's command, without its source and its folder of checkpoints.
  static func training(_ folder: String, epochs: Int = 1) -> [String] {
    [
      "--train_files", "\(folder)/train.csv", "--epochs", "\(epochs)", "--train_batch_size", "4",
      "--threads", "1",
    ]
  }

  static func corpora(_ folder: String) throws -> (source: String, target: String) {
    let (source, target) = ("\(folder)/source", "\(folder)/target")
    for (name, letters) in [(source, "abcd"), (target, "acdéx")] {
      try FileManager.default.createDirectory(atPath: name, withIntermediateDirectories: true)
      try ToneCorpus(folder: name, letters: letters).write("train", count: 12, seed: 1)
    }
    return (source, target)
  }

  @Test func oneCommandCarriesAModelOverAndTheRestNeedsNoFurtherFlags() throws {
    try withTemporaryFolder { folder in
      let (source, target) = try Self.corpora(folder)
      let first = try RunningCommand(
        ["train", "--n_hidden", "16", "--checkpoint_dir", "\(folder)/one", "--export_dir", folder]
          + Self.training(source)
      ).finish()
      #expect(first.status == 0, "\(first.errors)")
      let second = try RunningCommand(
        [
          "train", "--load_checkpoint_dir", "\(folder)/model.safetensors",
          "--save_checkpoint_dir", "\(folder)/two",
        ] + Self.training(target)
      ).finish()
      #expect(second.status == 0, "\(second.errors)")
      for line in [
        "Starting from \(folder)/model.safetensors",
        "  layers copied: layer_1, layer_2, layer_3, lstm, layer_5",
        "  layers copied label by label: layer_6", "  labels copied: \" acd\"",
        "  new labels: \"xé\"", "  labels dropped: \"b\"",
      ] {
        #expect(second.errors.contains(line + "\n"), "\(line)\n\(second.errors)")
      }
      let evaluated = try runCommand(
        "evaluate", "--checkpoint-dir", "\(folder)/two", "--test-files", "\(target)/train.csv")
      #expect(evaluated.status == 0, "\(evaluated.errors)")
      let exported = try runCommand(
        "export", "--checkpoint-dir", "\(folder)/two", "--export-dir", "\(folder)/exported")
      #expect(exported.output == "\(folder)/exported/model.safetensors\n", "\(exported.errors)")
    }
  }

  @Test func whatCannotBeCopiedIsSaidBeforeTheTraining() throws {
    try withTemporaryFolder { folder in
      let (source, target) = try Self.corpora(folder)
      let first = try RunningCommand(
        ["train", "--n_hidden", "16", "--checkpoint_dir", "\(folder)/one"] + Self.training(source)
      ).finish()
      #expect(first.status == 0, "\(first.errors)")
      func errors(_ further: String...) throws -> String {
        let result = try RunningCommand(
          [
            "train", "--load_checkpoint_dir", "\(folder)/one", "--save_checkpoint_dir",
            "\(folder)/two",
          ] + Self.training(target) + further
        ).finish()
        #expect(result.status != 0)
        return result.errors
      }
      #expect(try errors("--n_hidden", "8").contains("Leave out --n-hidden"))
      #expect(try errors("--drop_layers", "layer_4").contains("Did you mean layer_"))
      #expect(
        try errors("--freeze-layers", "layer_6", "--drop-source-layers", "1").contains(
          "reinitialised"))
      #expect(try errors("--layer-learning-rates", "lstm").contains("lstm"))
      let alphabet = try RunningCommand(
        ["train", "--checkpoint_dir", "\(folder)/one"] + Self.training(target, epochs: 2)
      ).finish()
      #expect(alphabet.errors.contains("its alphabet is \" abcd\", that of the corpus \" acdxé\""))
      #expect(alphabet.errors.contains("--load-checkpoint-dir \(folder)/one"))
    }
  }

  @Test func everyOptimizerTrains() throws {
    try withTemporaryFolder { folder in
      let (source, _) = try Self.corpora(folder)
      let optimizers = [
        ["sgd", "--momentum", "0.9", "--nesterov"], ["rmsprop", "--decay", "0.95"], ["adadelta"],
      ]
      for (index, optimizer) in optimizers.enumerated() {
        let trained = try RunningCommand(
          [
            "train", "--n_hidden", "16", "--checkpoint_dir", "\(folder)/\(index)",
            "--clip-gradient-norm", "50", "--warm-up-steps", "2", "--optimizer",
          ] + optimizer + Self.training(source)
        ).finish()
        #expect(trained.status == 0, "\(trained.errors)")
      }
      let wrong = try RunningCommand(
        ["train", "--checkpoint_dir", "\(folder)/x", "--nesterov"] + Self.training(source)
      ).finish()
      #expect(wrong.errors.contains("--nesterov: found --optimizer adam, expected sgd."))
    }
  }
}
