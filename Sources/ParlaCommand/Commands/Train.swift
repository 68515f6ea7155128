public import ArgumentParser
import Foundation
import ParlaAcousticModel
public import ParlaTraining

/// `parla train`.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train an acoustic model on recordings with transcripts.",
    discussion: """
      Example:

        parla train --train-files train.csv --dev-files dev.csv \\
          --test-files test.csv --n-hidden 512 --epochs 30 \\
          --checkpoint-dir checkpoints --export-dir model

      CSVs have the columns wav_filename, wav_filesize and transcript. The same command goes on \
      where an interrupted one stopped. Without --dev-files nobody can tell which epoch's model is \
      the best, and the last one is taken.

        parla train --load-checkpoint-dir english/model.safetensors \\
          --save-checkpoint-dir german --train-files train.csv \\
          --dev-files dev.csv --dropout-rate 0.3 --epochs 30

      starts from a model of another language: its layers are taken over, and of its outputs those \
      of the characters that both languages write.

      In the folder of the checkpoints, report.html shows how the training goes, metrics.jsonl says \
      so to programs, `tensorboard --logdir checkpoints/summaries` draws curves, and \
      quarantine.csv lists samples that the training did without.
      """)

  @Option(help: ArgumentHelp("Recordings to learn from.", valueName: "csv,…"))
  var trainFiles: [FileList]

  @Option(help: ArgumentHelp("Recordings that choose the best epoch.", valueName: "csv,…"))
  var devFiles: [FileList] = []

  @Option(
    help: ArgumentHelp(
      "Recordings that are only measured after each epoch.", valueName: "csv,…"))
  var metricsFiles: [FileList] = []

  @Option(help: ArgumentHelp("Recordings to evaluate the best on.", valueName: "csv,…"))
  var testFiles: [FileList] = []

  @Option(
    name: [.customLong("checkpoint-dir"), .customLong("save-checkpoint-dir")],
    help: ArgumentHelp("Where checkpoints are kept.", valueName: "folder"))
  var checkpointDir: String

  @Option(help: ArgumentHelp("Where the best model is exported.", valueName: "folder"))
  var exportDir: String?

  @Option(
    name: [.customLong("alphabet"), .customLong("alphabet-config-path")],
    help: ArgumentHelp("The labels, one a line. (default: made of the transcripts)"))
  var alphabet: String?

  @OptionGroup(title: "Model") var model: NetworkOptions
  @OptionGroup(title: "Optimisation") var optimization: OptimizationOptions
  @OptionGroup(title: "Optimiser") var optimizer: OptimizerOptions
  @OptionGroup(title: "Transfer") var transfer: TransferOptions
  @OptionGroup(title: "Batches") var batches: BatchOptions
  @OptionGroup(title: "Checkpoints") var checkpoints: CheckpointOptions
  @OptionGroup(title: "Watching") var watching: WatchingOptions
  @OptionGroup var threads: ThreadOptions

  @Option(
    help: ArgumentHelp(
      "Of the numbers that are multiplied: bf16 is faster on some processors, which auto knows.",
      valueName: "auto|bf16|float32"))
  var precision: TrainingConfiguration.Precision = .auto

  func run() throws {
    var configuration = TrainingConfiguration(
      trainFiles: trainFiles.paths, devFiles: devFiles.paths, checkpointFolder: checkpointDir)
    configuration.metricsFiles = metricsFiles.paths
    configuration.alphabetPath = alphabet
    configuration.furtherAlphabetFiles = testFiles.paths
    configuration.threadCount = threads.count
    configuration.precision = precision
    model.apply(to: &configuration)
    optimization.apply(to: &configuration)
    optimizer.apply(to: &configuration)
    transfer.apply(to: &configuration)
    batches.apply(to: &configuration)
    checkpoints.apply(to: &configuration)
    watching.apply(to: &configuration)

    if let exportDir { try CheckpointFolder(path: exportDir).prepare() }
    let interrupt = InterruptFlag()
    let reporter = TrainingReporter()
    let outcome = try Trainer(configuration).run(
      report: { reporter.report($0) }, shouldStop: { interrupt.isRaised })
    reporter.finish(outcome, checkpointFolder: checkpointDir)
    if case .interrupted = outcome { throw ExitCode(130) }
    try finish()
  }

  /// Exports and evaluates the best model.
  private func finish() throws {
    guard exportDir != nil || !testFiles.isEmpty else { return }
    let best = try CheckpointFolder(path: checkpointDir).bestModel()
    if let exportDir {
      let path = exportDir + "/model.safetensors"
      try best.write(to: path)
      Terminal.note("Exported the best model to \(path)")
    }
    guard !testFiles.isEmpty else { return }
    let evaluation = try Evaluation(
      best, testFiles: testFiles.paths, decoder: .greedy, batchSize: batches.testBatchSize,
      threadCount: threads.count, limit: batches.limitTest)
    EvaluationReport.print(
      evaluation, testFiles: testFiles.paths, count: watching.reportCount ?? 5)
    if let path = watching.testOutputFile { try EvaluationReport.write(evaluation, to: path) }
  }
}

extension TrainingConfiguration.Precision: ExpressibleByArgument {}
