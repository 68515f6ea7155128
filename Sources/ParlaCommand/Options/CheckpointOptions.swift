import ArgumentParser
import ParlaTraining

/// When a training is saved, and what is kept.
struct CheckpointOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Seconds between checkpoints in an epoch.", valueName: "seconds"),
    transform: finite)
  var checkpointSecs: Double?

  @Option(
    help: ArgumentHelp("The same in minutes. (default: 2)", valueName: "minutes"), transform: finite
  )
  var checkpointMinutes: Double?

  @Option(help: ArgumentHelp("Steps between checkpoints, as well.", valueName: "steps"))
  var checkpointSteps: Int?

  @Option(
    help: ArgumentHelp(
      "Checkpoints to keep, in addition to the best.", valueName: "count"))
  var maxToKeep: Int = 2

  func validate() throws {
    guard checkpointSecs == nil || checkpointMinutes == nil else {
      throw ValidationError("Pass either --checkpoint-secs or --checkpoint-minutes.")
    }
  }

  /// Puts what was asked for into `configuration`.
  func apply(to configuration: inout TrainingConfiguration) {
    configuration.checkpoint.seconds = checkpointSecs ?? 60 * (checkpointMinutes ?? 2)
    configuration.checkpoint.steps = checkpointSteps
    configuration.checkpoint.keptCount = maxToKeep
  }
}
