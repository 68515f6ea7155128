import Foundation
import ParlaTestSupport
import Testing

/// Every flag of DeepSpeech 0.9.3's and Coqui STT 1.4's training is understood: it works, or a line says why it does not.
@Suite struct DeepSpeechFlagsTests {
  /// Flags with a value that suits a model of a few units in `folder`.
  static func values(_ folder: String) -> [(flag: String, value: String)] {
    let files = ["train", "dev", "test", "metrics"].map { name in
      ("\(name)_files", "\(folder)/\(name == "train" ? "train" : "dev").csv")
    }
    let paths = [
      "feature_cache": "\(folder)/features", "checkpoint_dir": "\(folder)/unused",
      "save_checkpoint_dir": "\(folder)/saved", "load_checkpoint_dir": "\(folder)/source",
      "export_dir": "\(folder)/export", "summary_dir": "\(folder)/summaries",
      "test_output_file": "\(folder)/test.json", "one_shot_infer": "\(folder)/dev-0.wav",
      "alphabet_config_path": "\(folder)/alphabet.txt",
      "scorer_path": Fixture.path("scorers/toy.scorer"),
    ].sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    let others = """
      read_buffer=1MB cache_for_epochs=0 feature_win_len=32 feature_win_step=20 audio_sample_rate=16000
      augment=pitch[p=0.1,pitch=1:0.2] train_batch_size=4 dev_batch_size=2 test_batch_size=2
      export_batch_size=1 limit_train=4 limit_dev=2 limit_test=2 epochs=1 dropout_rate=0.05
      dropout_rate2=-1 dropout_rate3=-1.0 dropout_rate4=0.0 dropout_rate5=0.0 dropout_rate6=-1
      relu_clip=20.0 beta1=0.9 beta2=0.999 epsilon=1e-8 learning_rate=0.001 n_hidden=8 random_seed=4568
      inter_op_parallelism_threads=0 intra_op_parallelism_threads=0 es_epochs=25 es_min_delta=0.05
      plateau_epochs=10 plateau_reduction=0.1 checkpoint_secs=600 max_to_keep=5 load_train=auto
      load_evaluate=auto drop_source_layers=1 n_steps=16 export_file_name=output_graph
      export_beam_width=500 export_author_id=author export_model_name=model export_model_version=0.0.1
      export_contact_info=<contact> export_license=MIT export_language=en-US
      export_min_ds_version=0.9.0 export_max_ds_version=0.9.3 export_min_stt_version=1.0
      export_max_stt_version=1.4 export_description=none log_level=1 report_count=2 beam_width=16
      lm_alpha=0.9 lm_beta=1.1 cutoff_prob=1.0 cutoff_top_n=300 lm_alpha_max=5 lm_beta_max=5
      n_trials=2400 shuffle_start=1 shuffle_buffer=1000 vocab_file=words.txt
      """.split(whereSeparator: \.isWhitespace).map { text -> (String, String) in
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        return (parts[0], parts[1])
      }
    return files + paths + others
  }

  static let switches = [
    "reverse_train", "reverse_dev", "reverse_test", "layer_norm", "train_cudnn", "load_cudnn",
    "automatic_mixed_precision", "use_allow_growth", "early_stop", "reduce_lr_on_plateau",
    "force_initialize_learning_rate", "remove_export", "export_tflite", "export_zip",
    "export_quantize", "export_savedmodel", "show_progressbar", "log_placement",
    "shuffle_batches", "normalize_sample_rate", "skip_batch_test", "bytes_output_mode",
  ]

  /// Switches of other networks than the source's.
  static let others = ["layer_norm", "bytes_output_mode"]

  static func withSource(
    layerNorm: Bool = false, _ body: (String) throws -> Void
  ) throws {
    try withTemporaryFolder { folder in
      let corpus = ToneCorpus(folder: folder)
      try corpus.write("train", count: 8, seed: 1)
      try corpus.write("dev", count: 3, seed: 2)
      try Data(" \na\nb\nc\nd\ne\nf\n".utf8).write(
        to: URL(fileURLWithPath: "\(folder)/alphabet.txt"))
      let source = try runCommand(
        "train", "--train_files", "\(folder)/train.csv", "--n_hidden", "8", "--epochs", "1",
        "--threads", "1", "--layer_norm", "\(layerNorm)", "--checkpoint_dir", "\(folder)/source",
        "--alphabet_config_path", "\(folder)/alphabet.txt")
      #expect(source.status == 0, "\(source.errors)")
      try body(folder)
    }
  }

  @Test func allTogetherTrainExportAndTest() throws {
    try Self.withSource { folder in
      let values = Self.values(folder)
      let trained = try RunningCommand(
        ["train"] + values.flatMap { ["--\($0.flag)", $0.value] }
          + Self.switches.flatMap { ["--\($0)", "\(!Self.others.contains($0))"] }
      ).finish()
      #expect(trained.status == 0, "\(trained.errors)")
      for file in ["saved/alphabet.txt", "export/output_graph.tflite", "test.json"] {
        #expect(FileManager.default.fileExists(atPath: "\(folder)/\(file)"), "\(file)")
      }
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/unused"))
      #expect(!trained.errors.contains("--augment has no effect"), "\(trained.errors)")
      #expect(trained.errors.contains("new layers: layer_6"))

      let again = try RunningCommand(
        ["train"] + values.map { "--\($0.flag)=\($0.value)" }
          + Self.switches.map { "--no\($0)" }
      ).finish()
      #expect(again.status == 0, "\(again.errors)")
      #expect(again.errors.contains("1 epoch is done already; raise --epochs"))
      let file = "\(folder)/export/output_graph.safetensors"
      #expect(FileManager.default.fileExists(atPath: file), "\(again.errors)")
    }
  }

  @Test func evaluateAndExportTakeTheFlagsOfATrainingToo() throws {
    try Self.withSource(layerNorm: true) { folder in
      let inspected = try runCommand("model", "inspect", "\(folder)/source", "--layers")
      #expect(inspected.output.contains("layer_1_normalization"), "\(inspected.output)")
      let all = Self.values(folder).map { flag, value in
        flag == "load_checkpoint_dir"
          ? "" : "--\(flag)=\(value.replacing("/unused", with: "/source"))"
      }.filter { !$0.isEmpty }
      for command in ["evaluate", "export"] {
        let result = try RunningCommand([command] + all).finish()
        #expect(result.status == 0, "\(command): \(result.errors)")
        #expect(
          result.errors.contains("--epochs has no effect here: it is an option of `parla train`."))
      }
    }
  }

  @Test func whatCannotBeUsedAfterTheTrainingIsFoundBefore() throws {
    try Self.withSource { folder in
      let training = [
        "train", "--train_files", "\(folder)/train.csv", "\(folder)/dev.csv", "--checkpoint_dir",
        "\(folder)/new", "--export_dir", folder, "--n_hidden", "8", "--threads", "1",
        "--epochs", "1",
      ]
      let words = Fixture.path("scorers/toy.scorer")
      for (arguments, message) in [
        (
          ["--augment", "volume", "pitch[speed=1]"],
          "pitch[speed=1]\": found speed=1, expected one of"
        ),
        (["--data_aug_features_additive", "-1e10"], "\"add[stddev=-10000000000.0]\": found"),
        (["--layer_norm", "--export_tflite"], "tflite: cannot carry the layers dense"),
        (["--one_shot_infer", "\(folder)/none.wav"], "none.wav: there is no such file"),
        (["--test_files", "\(folder)/none.csv"], "none.csv"),
        (["--scorer_path", "\(folder)/alphabet.txt"], "alphabet.txt"),
        (["--scorer_path", words, "--bytes_output_mode"], words),
      ] {
        let result = try RunningCommand(training + arguments).finish()
        #expect(result.status != 0 && result.errors.contains(message), "\(result.errors)")
        #expect(!result.errors.contains("Epoch 1"), "\(result.errors)")
      }
      let trained = try RunningCommand(training).finish()
      #expect(trained.status == 0, "\(trained.errors)")
      #expect(trained.errors.contains("Training on 11 samples"), "CSVs divided by a space")
    }
  }

  @Test func aFileOfFlagsIsReadInItsPlace() throws {
    try Self.withSource { folder in
      let files = [
        "outer": "# of a training\n--flagfile=\(folder)/inner\n--epochs=1\n\n",
        "inner": """
        --n_hidden=8
        // what DeepSpeech leaves next to its checkpoints
        --train_files=\(folder)/train.csv
        --read_buffer=1MB
        --noshow_progressbar
        --nohelp
        --scorer_path=
        --epochs=7
        """,
        "loop": "--flagfile=\(folder)/loop", "words": "epochs 3",
      ]
      for (name, text) in files {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
      }
      let trained = try runCommand(
        "train", "--flagfile", "\(folder)/outer", "--threads", "1", "--checkpoint_dir",
        "\(folder)/flags", "--v=1", "-v", "0", "--horovod")
      #expect(trained.status == 0, "\(trained.errors)")
      #expect(trained.errors.contains("Finished all epochs"), "\(trained.errors)")
      #expect(!trained.errors.contains("Epoch 2"), "\(trained.errors)")
      #expect(
        trained.errors.contains("outer: without effect here: --read-buffer, --show-progressbar."))
      for flag in ["v", "horovod"] {
        #expect(trained.errors.contains("--\(flag) has no effect here"), "\(trained.errors)")
      }
      for (name, message) in [
        ("loop", "the file includes itself"),
        ("words", "words:1: found \"epochs 3\", expected a flag"),
        ("none", "none: cannot be read"),
      ] {
        let result = try runCommand("train", "--flagfile=\(folder)/\(name)")
        #expect(result.status != 0 && result.errors.contains(message), "\(result.errors)")
      }
    }
  }

  @Test func whatCannotBeDoneSaysWhatToWriteInstead() throws {
    let result = try runCommand("train", "--auto_input_dataset", "all.csv")
    #expect(result.status != 0)
    #expect(result.errors.contains("--auto-input-dataset cannot be used here: pass its parts with"))
    let nothing = try runCommand("train", "--checkpoint_dir", "x", "--train_files", "")
    #expect(nothing.errors.contains("Nothing to do: pass --train-files to train"))
  }
}
