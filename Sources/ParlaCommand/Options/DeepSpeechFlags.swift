/// The flags of DeepSpeech's and Coqui STT's programs, and their meaning here.
///
/// Training: `training/deepspeech_training/util/flags.py` of DeepSpeech 0.9.3, `training/coqui_stt_training/util/config.py` of
/// Coqui STT 1.4, and of older releases what tutorials have. Clients: `native_client/args.h`, `transcribe.py`.
struct DeepSpeechFlag: Sendable {
  /// The values that a flag takes.
  enum Kind: Sendable {
    /// One value.
    case value
    /// Values, separated by commas or spaces.
    case list
    /// Values that are passed one by one, including several after one flag.
    case repeated
    /// Nothing, or true or false; `--noNAME` turns it off.
    case toggle
  }

  /// What becomes of it.
  enum Meaning: Sendable, Equatable {
    /// The command has an option of this name, which says the same.
    case same
    /// The command has an option for it by another name.
    case renamed(String)
    /// Nothing; the text says why, or what to write instead.
    case noEffect(String)
    /// The command cannot do it and stops; the text says what to write instead.
    case refused(String)
  }

  /// The commands that replace their programs.
  enum Command: String, CaseIterable, Sendable { case train, evaluate, export, transcribe }

  let kind: Kind
  var meanings: [Command: Meaning]
}

extension DeepSpeechFlag {
  /// All flags by their names, written with hyphens.
  static let all: [String: DeepSpeechFlag] = {
    var all: [String: DeepSpeechFlag] = [:]
    for group in groups {
      for name in group.names.split(separator: " ").map(String.init) {
        var flag = all[name] ?? DeepSpeechFlag(kind: group.kind, meanings: [:])
        for command in group.commands { flag.meanings[command] = group.meaning }
        all[name] = flag
      }
    }
    for (name, flag) in all where flag.meanings[.train] != nil {
      for command in [Command.evaluate, .export] where flag.meanings[command] == nil {
        all[name]?.meanings[command] = .noEffect("it is an option of `parla train`")
      }
    }
    return all
  }()

  private typealias Group = (
    meaning: Meaning, kind: Kind, commands: [Command], names: String
  )

  private static let groups: [Group] =
    sameNames + otherNames + trainingWithoutEffect + programWithoutEffect + olderReleases + clients

  private static let sameNames: [Group] = [
    (.same, .repeated, [.train], "augment"),
    (.same, .list, [.train], "train-files dev-files metrics-files"),
    (.same, .list, [.train, .evaluate], "test-files"),
    (
      .same, .value, [.train],
      """
      epochs learning-rate beta1 beta2 epsilon random-seed es-epochs es-min-delta plateau-epochs \
      plateau-reduction n-hidden relu-clip dropout-rate dropout-rate2 dropout-rate3 dropout-rate6 \
      audio-sample-rate feature-win-len feature-win-step train-batch-size dev-batch-size limit-train \
      limit-dev feature-cache save-checkpoint-dir load-checkpoint-dir load-train drop-source-layers \
      checkpoint-secs max-to-keep summary-dir one-shot-infer
      """
    ),
    (
      .same, .toggle, [.train],
      """
      early-stop reduce-lr-on-plateau force-initialize-learning-rate reverse-train layer-norm
      """
    ),
    (
      .same, .value, [.train, .evaluate], "test-batch-size limit-test report-count test-output-file"
    ),
    (
      .same, .value, [.train, .evaluate, .transcribe],
      "scorer scorer-path beam-width lm-alpha lm-beta cutoff-prob cutoff-top-n"
    ),
    (.same, .value, [.train, .evaluate, .export], "checkpoint-dir load-evaluate"),
    (.same, .value, [.train, .evaluate, .export, .transcribe], "alphabet-config-path"),
    (.same, .toggle, [.train, .evaluate, .export, .transcribe], "bytes-output-mode utf8"),
    (
      .same, .value, [.train, .export],
      """
      export-dir export-file-name export-beam-width export-author-id export-model-name \
      export-model-version export-contact-info export-license export-language export-description
      """
    ),
    (.same, .toggle, [.train, .export], "export-tflite export-quantize"),
  ]

  private static let otherNames: [Group] = [
    (.renamed("checkpoint-dir"), .value, [.evaluate, .export], "load-checkpoint-dir"),
    (.renamed("help"), .toggle, Command.allCases, "help helpfull helpshort helpxml"),
    (
      .refused("pass its parts with --train-files, --dev-files and --test-files"), .value, [.train],
      "auto-input-dataset"
    ),
    // FlagFile has put its flags in its place before.
    (.noEffect("it names no file"), .value, [.train, .evaluate, .export], "flagfile"),
  ]

  private static let trainingWithoutEffect: [Group] = [
    (.noEffect("DeepSpeech itself never used it"), .value, [.train], "dropout-rate4 dropout-rate5"),
    (
      .noEffect("batches are shuffled in all epochs but the first"), .value, [.train],
      "shuffle-start shuffle-buffer"
    ),
    (
      .noEffect("batches are shuffled in all epochs but the first"), .toggle, [.train],
      "shuffle-batches"
    ),
    (
      .noEffect("recordings of any rate are brought to the model's"), .toggle, [.train],
      "normalize-sample-rate"
    ),
    (
      .noEffect("the largest batch is always tried before the first step"), .toggle, [.train],
      "skip-batch-test"
    ),
    (
      .noEffect("the order does not affect the result"), .toggle, [.train, .evaluate],
      "reverse-dev reverse-test"
    ),
    (
      .noEffect("features are made again whenever a recording changes"), .value, [.train],
      "cache-for-epochs"
    ),
    (
      .noEffect("`parla scorer tune` looks for alpha and beta"), .value, [.train],
      "lm-alpha-max lm-beta-max n-trials"
    ),
    (.noEffect("a scorer holds its words"), .value, [.train, .evaluate], "vocab-file"),
    (
      .noEffect("graphs are exported for one recording, 16 frames at a time"), .value,
      [.train, .export], "n-steps export-batch-size"
    ),
    (
      .noEffect("a file of the same name is always replaced, and no other removed"), .toggle,
      [.train, .export], "remove-export"
    ),
    (
      .noEffect("`zip -r model.zip FOLDER` packs the exported files"), .toggle, [.train, .export],
      "export-zip"
    ),
    (
      .noEffect("--export-format pb or onnx is for other programs"), .toggle, [.train, .export],
      "export-savedmodel"
    ),
    (
      .noEffect("the model's card lists the releases that read it"), .value, [.train, .export],
      """
      export-min-ds-version export-max-ds-version export-min-stt-version export-max-stt-version
      """
    ),
  ]

  private static let programWithoutEffect: [Group] = [
    (
      .noEffect("it is about TensorFlow on graphics cards; checkpoints of both kinds are read"),
      .toggle, [.train], "train-cudnn load-cudnn use-cudnn-rnn use-allow-growth log-placement"
    ),
    (
      .noEffect("--precision bf16 multiplies numbers of 16 bits"), .toggle, [.train],
      "automatic-mixed-precision"
    ),
    (
      .noEffect("--threads sets the number"), .value, [.train],
      "inter-op-parallelism-threads intra-op-parallelism-threads"
    ),
    (.noEffect("files are read as needed"), .value, [.train], "read-buffer"),
    (
      .noEffect("standard error has all messages"), .value, [.train],
      "log-level v verbosity log-dir"
    ),
    (
      .noEffect("a terminal shows it, a file does not"), .toggle, [.train],
      "show-progressbar alsologtostderr logtostderr showprefixforinfo"
    ),
    (
      .noEffect("it is about Python"), .toggle, [.train],
      """
      pdb pdb-post-mortem run-with-pdb run-with-profiling use-cprofile-for-profiling only-check-args
      """
    ),
    (
      .noEffect("standard error has all messages"), .value, [.train],
      "stderrthreshold logger-levels"
    ),
    (
      .noEffect("it is about Python"), .value, [.train],
      """
      profile-file undefok test-random-seed test-srcdir test-tmpdir test-randomize-ordering-seed \
      xml-output-file
      """
    ),
  ]

  private static let olderReleases: [Group] = [
    (.renamed("epochs"), .value, [.train], "epoch"),
    (.renamed("es-epochs"), .value, [.train], "es-steps earlystop-nsteps"),
    (.renamed("load-train"), .value, [.train], "load"),
    (
      .renamed("load-checkpoint-dir"), .value, [.train],
      "source-model-checkpoint-dir initialize-from-frozen-model cudnn-checkpoint"
    ),
    (.renamed("lm-alpha"), .value, [.train, .evaluate, .transcribe], "lm-weight"),
    (.renamed("lm-beta"), .value, [.train, .evaluate, .transcribe], "valid-word-count-weight"),
    (
      .noEffect(
        "a scorer has both: `parla scorer build --lm FILE --vocabulary WORDS`, then --scorer"),
      .value, [.train, .evaluate, .transcribe], "lm trie lm-binary-path lm-trie-path"
    ),
    (
      .noEffect("the files that are passed select the steps"), .toggle, [.train], "train test"
    ),
    (
      .noEffect("--freeze-layers names the layers that do not learn"), .toggle, [.train],
      "fine-tune"
    ),
    (
      .same, .value, [.train],
      """
      data-aug-features-additive data-aug-features-multiplicative augmentation-spec-dropout-keeprate \
      augmentation-sparse-warp-num-control-points augmentation-freq-and-time-masking-freq-mask-range \
      augmentation-freq-and-time-masking-number-freq-masks \
      augmentation-freq-and-time-masking-time-mask-range \
      augmentation-freq-and-time-masking-number-time-masks augmentation-speed-up-std \
      augmentation-pitch-and-tempo-scaling-min-pitch \
      augmentation-pitch-and-tempo-scaling-max-pitch augmentation-pitch-and-tempo-scaling-max-tempo
      """
    ),
    (
      .same, .toggle, [.train],
      """
      augmentation-sparse-warp augmentation-freq-and-time-masking \
      augmentation-pitch-and-tempo-scaling
      """
    ),
    (
      .noEffect("--augment warp[wt=0.1] sets how far points move"), .value, [.train],
      """
      augmentation-sparse-warp-time-warping-para augmentation-sparse-warp-interpolation-order \
      augmentation-sparse-warp-regularization-weight augmentation-sparse-warp-num-boundary-points
      """
    ),
    (
      .noEffect("later releases of DeepSpeech do without it, too"), .value, [.train],
      """
      display-step validation-step default-stddev estop-mean-thresh estop-std-thresh es-mean-th \
      es-std-th decoder-library-path wer-log-pattern summary-secs export-version \
      word-count-weight train-cached-features-path dev-cached-features-path \
      test-cached-features-path
      """
    ),
    (
      .noEffect("later releases of DeepSpeech do without it, too"), .toggle, [.train],
      "use-seq-length use-warpctc fulltrace log-traffic"
    ),
    (
      .noEffect("--processes and --hosts set the number of processes and the hosts"), .value,
      [.train],
      """
      ps-hosts worker-hosts job-name task-index replicas replicas-to-agg coord-host coord-port \
      coord-retries iters-per-worker
      """
    ),
    (
      .noEffect("--processes and --hosts set the number of processes and the hosts"),
      .toggle, [.train], "horovod"
    ),
  ]

  private static let clients: [Group] = [
    (.same, .value, [.transcribe], "model audio hot-words candidate-transcripts"),
    (.same, .toggle, [.transcribe], "json"),
    (
      .noEffect("the text is printed in any case; --json has words and times"), .toggle,
      [.transcribe], "extended"
    ),
    (
      .noEffect("the text is the same; `parla listen` recognises live sound"), .value,
      [.transcribe], "stream extended-stream"
    ),
    (
      .noEffect("`parla model probabilities` writes them"), .toggle, [.transcribe],
      "keep-emissions"
    ),
    (.noEffect("models are mapped into memory"), .toggle, [.transcribe], "init-from-bytes"),
    (.renamed("audio"), .value, [.transcribe], "src"),
    (.renamed("output"), .value, [.transcribe], "dst"),
    (.renamed("overwrite"), .toggle, [.transcribe], "force"),
    (
      .noEffect("folders are always looked through to the bottom"), .toggle, [.transcribe],
      "recursive"
    ),
    (
      .noEffect("silence is skipped by default; --no-voice-activity keeps it"), .value,
      [.transcribe],
      "vad-aggressiveness"
    ),
    (
      .noEffect("--threads recordings are transcribed at a time"), .value,
      [.transcribe], "outlier-duration-ms outlier-batch-size batch-size"
    ),
    (.renamed("test-files"), .list, [.evaluate], "csv"),
    (.renamed("threads"), .value, [.evaluate], "proc"),
    (.noEffect("--json FILE writes all samples"), .value, [.evaluate], "dump"),
  ]
}
