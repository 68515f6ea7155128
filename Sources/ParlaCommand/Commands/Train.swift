public import ArgumentParser
import Foundation
import ParlaAcousticModel
import ParlaCorpus
import ParlaDecoding
import ParlaFiles
import ParlaMPI
import ParlaNeuralNetwork
import ParlaRecognition
import ParlaSpelling
public import ParlaTraining
import ParlaTranscripts

/// `parla train`.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train an acoustic model on recordings with transcripts.",
    discussion: """
      Example:

        parla train --train-files train.csv --dev-files dev.csv \\
          --test-files test.csv --network streaming --epochs 60 \\
          --checkpoint-dir checkpoints --export-dir model

      CSVs have the columns wav_filename, wav_filesize and transcript. Run the same command again \
      to resume an interrupted training. Without --dev-files the best epoch is unknown, so the last is kept.

        parla train --load-checkpoint-dir english/model.safetensors \\
          --save-checkpoint-dir german --train-files train.csv \\
          --dev-files dev.csv --dropout-rate 0.3 --epochs 30

      starts from a model of another language: its layers are copied, and the outputs of the \
      characters that both languages share.

      The commands of DeepSpeech's and Coqui STT's documentation work as documented: all their \
      flags are accepted, and those that have no effect here are reported. With --checkpoint-dir, a \
      training continues from a TensorFlow checkpoint; without --train-files, it is evaluated or exported.

        parla train --processes 2 --hosts one:4,two:4 …

      trains in several processes and on several hosts, with Open MPI; mpirun -n 8 parla train … does the same.

      In the folder of the checkpoints, report.html shows the training's progress, metrics.jsonl has \
      the same data for programs, `tensorboard --logdir checkpoints/summaries` draws curves, and \
      quarantine.csv lists samples that were skipped.
      """)

  @Option(
    help: ArgumentHelp(
      "Recordings to train on; without them, an existing model is evaluated or exported.",
      valueName: "csv,…"))
  var trainFiles: [FileList] = []

  @Option(help: ArgumentHelp("Recordings that choose the best epoch.", valueName: "csv,…"))
  var devFiles: [FileList] = []

  @Option(
    help: ArgumentHelp(
      "Recordings that are only measured after each epoch.", valueName: "csv,…"))
  var metricsFiles: [FileList] = []

  @Option(
    help: ArgumentHelp("Recordings on which the best model is evaluated.", valueName: "csv,…"))
  var testFiles: [FileList] = []

  @Option(
    help: ArgumentHelp(
      "The folder for checkpoints; if it has any, the training resumes from them.",
      valueName: "folder"), completion: .directory)
  var checkpointDir: String?

  @Option(
    help: ArgumentHelp(
      "The folder for checkpoints, if the training starts from elsewhere.", valueName: "folder"),
    completion: .directory)
  var saveCheckpointDir: String?

  @Option(
    help: ArgumentHelp("Where the best model is exported.", valueName: "folder"),
    completion: .directory)
  var exportDir: String?

  @Option(
    help: ArgumentHelp("A recording to transcribe with the best model.", valueName: "file"),
    completion: .file())
  var oneShotInfer: String?

  @OptionGroup var alphabet: AlphabetOptions
  @Flag(
    help: """
      Unify look-alike characters in transcripts, and drop invisible ones; parla corpus check lists them. \
      (Not parla import --normalize, which strips accents.)
      """)
  var normalize = false

  @OptionGroup(title: "Model") var model: NetworkOptions
  @OptionGroup(title: "Optimisation") var optimization: OptimizationOptions
  @OptionGroup(title: "Optimiser") var optimizer: OptimizerOptions
  @OptionGroup(title: "Transfer") var transfer: TransferOptions
  @OptionGroup(title: "Batches") var batches: BatchOptions
  @OptionGroup(title: "Augmentation") var augmentation: AugmentationOptions
  @OptionGroup(title: "Checkpoints") var checkpoints: CheckpointOptions
  @OptionGroup(title: "Watching") var watching: WatchingOptions
  @OptionGroup(title: "Decoder of the evaluation") var decoder: DecoderOptions
  @OptionGroup(title: "Export") var export: ExportOptions
  @OptionGroup(title: "Engine") var engine: EngineOptions
  @OptionGroup(title: "Processes") var processes: ProcessOptions
  @OptionGroup(title: "Processes") var exchange: GradientExchangeOptions
  @OptionGroup var threads: ThreadOptions

  @Option(
    help: ArgumentHelp(
      "The precision of products: bf16 is faster on some processors; auto chooses.",
      valueName: "auto|bf16|float32"))
  var precision: TrainingConfiguration.Precision = .auto

  @Option(
    help: ArgumentHelp(
      "Which checkpoint is evaluated and exported: auto is the best, or else the last.",
      valueName: "auto|best|last"))
  var loadEvaluate: CheckpointChoice = .auto

  func validate() throws {
    guard !trainFiles.isEmpty || usesModel else {
      throw ValidationError(
        "Nothing to do: pass --train-files to train, --test-files to evaluate, --export-dir to export."
      )
    }
    guard (trainFiles.isEmpty ? sourceFolder : savedFolder) != nil else {
      throw ValidationError("Pass --checkpoint-dir FOLDER, where checkpoints are saved.")
    }
  }

  /// Whether a model is needed when the training is done.
  private var usesModel: Bool { exportDir != nil || !testFiles.isEmpty || oneShotInfer != nil }

  /// Where checkpoints are saved; the more particular option wins, as in DeepSpeech.
  private var savedFolder: String? { saveCheckpointDir ?? checkpointDir }

  /// Where a model is that is not trained.
  private var sourceFolder: String? { transfer.loadCheckpointDir ?? savedFolder }

  func run() throws {
    try processes.launch()
    try processes.together(
      sendsBFloat16: exchange.gradientExchange == .bf16,
      resumption: "resumes the training from its last checkpoint", run(among:))
  }

  private func run(among team: ProcessOptions.Team?) throws {
    if team?.peers.isFirst ?? true { try prepareOutputs() }
    for path in testFiles.paths { _ = try Manifest(path: path) }
    try decoder.checkFiles(alphabet: alphabet.read())
    if !trainFiles.isEmpty, let folder = savedFolder { try train(into: folder, among: team) }
    if usesModel, let folder = trainFiles.isEmpty ? sourceFolder : savedFolder {
      try useModel(of: folder, among: team)
    } else {
      team?.peers.finish()
    }
  }

  /// Makes sure, before the training, that what comes after it can be written and read.
  private func prepareOutputs() throws {
    if let exportDir { try CheckpointFolder(path: exportDir).prepare() }
    if let path = watching.testOutputFile, !testFiles.isEmpty { try AtomicFile.prepare(path) }
    if let oneShotInfer { _ = try RecordingList(paths: [oneShotInfer]) }
  }

  private func train(into folder: String, among team: ProcessOptions.Team?) throws {
    var configuration = TrainingConfiguration(
      trainFiles: trainFiles.paths, devFiles: devFiles.paths, checkpointFolder: folder)
    configuration.corpus.metricsFiles = metricsFiles.paths
    configuration.corpus.alphabetPath = alphabet.alphabet
    configuration.corpus.alphabet = try alphabet.read()
    configuration.corpus.writesBytes = alphabet.bytesOutputMode
    configuration.corpus.furtherAlphabetFiles = testFiles.paths
    configuration.output.exportFormats =
      exportDir == nil ? [] : export.chosenFormats.map(\.modelFormat)
    configuration.output.onnxForm = export.onnxForm
    configuration.hardware.threadCount = threads.count
    configuration.corpus.normalizesTranscripts = normalize
    configuration.hardware.precision = precision
    transfer.apply(to: &configuration)
    if configuration.start.modelPath == nil, saveCheckpointDir != nil {
      configuration.start.modelPath = checkpointDir
    }
    configuration.epochs.count = optimization.epochs
    try model.apply(to: &configuration)
    optimization.apply(to: &configuration)
    try optimizer.apply(to: &configuration)
    batches.apply(to: &configuration)
    augmentation.apply(to: &configuration)
    checkpoints.apply(to: &configuration)
    watching.apply(to: &configuration)
    engine.apply(to: &configuration)
    let interrupt = team?.interrupt ?? InterruptFlag()
    let reporter = TrainingReporter()
    if watching.stopWithInput, team?.peers.isFirst ?? true {
      StandardInput.whenItEnds { kill(getpid(), SIGTERM) }
    }
    let outcome = try Trainer(configuration, peers: team?.peers ?? Alone()).run(
      report: { reporter.report($0) }, shouldStop: { interrupt.isRaised })
    reporter.finish(outcome, checkpointFolder: folder)
    if case .interrupted = outcome {
      team?.peers.finish()
      throw ExitCode(130)
    }
  }

  /// Exports and evaluates the best model of `folder`, which only the first process reads.
  private func useModel(of folder: String, among team: ProcessOptions.Team?) throws {
    let peers: any Peers = team?.peers ?? Alone()
    // Only the evaluation is shared.
    if testFiles.isEmpty { team?.peers.finish() }
    guard peers.isFirst || !testFiles.isEmpty else { return }
    func read() throws -> AcousticModel {
      try loadEvaluate.model(at: folder, alphabet: alphabet.read())
    }
    let model = try testFiles.isEmpty ? read() : peers.model(read)
    if let exportDir, peers.isFirst {
      try peers.working { try write(model, to: exportDir) }
    }
    guard !testFiles.isEmpty || oneShotInfer != nil else { return }
    let search = try decoder.beamSearch(
      model.alphabet, model: folder, advisedWidth: model.metadata?.beamWidth)
    if !testFiles.isEmpty {
      let evaluation = try evaluation(of: model, search, peers)
      team?.peers.finish()
      guard peers.isFirst else { return }
      try show(evaluation, of: model, search)
    }
    if let oneShotInfer {
      var recognizer = try Recognizer(model: model, threadCount: threads.count)
      recognizer.decoder = search
      print(try recognizer.transcribe(file: oneShotInfer).text)
    }
  }

  private func write(_ model: AcousticModel, to folder: String) throws {
    for path in try export.write(model, to: folder, namesLikeDeepSpeech: true) {
      Terminal.note("Exported the best model to \(path)")
    }
  }

  private func evaluation(
    of model: AcousticModel, _ search: BeamSearchDecoder?, _ peers: any Peers
  ) throws -> Evaluation {
    try Evaluation(
      model, named: "the model", testFiles: testFiles.paths,
      decoder: search.map { .beamSearch($0) } ?? .greedy,
      precision: RecognitionSettings.standard.precision,
      leavesOutSilence: RecognitionSettings.standard.leavesOutSilence,
      batchSize: batches.testBatchSize, threadCount: threads.count, limit: batches.limitTest,
      normalizer: normalize ? .lookAlikes : nil, peers: peers)
  }

  private func show(
    _ evaluation: Evaluation, of model: AcousticModel, _ search: BeamSearchDecoder?
  ) throws {
    EvaluationReport.print(
      evaluation, testFiles: testFiles.paths, precision: RecognitionSettings.standard.precision,
      leavesOutSilence: RecognitionSettings.standard.leavesOutSilence, decoder: search,
      count: watching.reportCount ?? 5, ranksByCharacters: model.alphabet.isBytes)
    if let path = watching.testOutputFile { try EvaluationReport.write(evaluation, to: path) }
  }
}

extension TrainingConfiguration.Precision: ExpressibleByArgument {}
