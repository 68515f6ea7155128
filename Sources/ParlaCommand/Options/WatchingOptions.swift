import ArgumentParser
import ParlaTraining

/// What is shown and written down of a training.
struct WatchingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Folder for TensorBoard's files. (default: summaries in --checkpoint-dir)",
      valueName: "folder"), completion: .directory)
  var summaryDir: String?

  @Option(
    help: ArgumentHelp(
      "Samples to show after each epoch; with --test-files, of the best, middle and worst each "
        + "(default: 3, and 5).", valueName: "count"))
  var reportCount: Int?

  @Option(
    help: ArgumentHelp("Write every test sample with its errors as JSON.", valueName: "file"),
    completion: .file())
  var testOutputFile: String?

  @Flag(
    help: """
      Save and stop as with Ctrl-C when standard input ends, as it does when the program that started this one ends.
      """)
  var stopWithInput = false

  /// Puts what was asked for into `configuration`.
  func apply(to configuration: inout TrainingConfiguration) {
    configuration.output.summaryFolder = summaryDir
    configuration.output.exampleCount = reportCount ?? 3
  }
}
