import ArgumentParser
import ParlaTraining

/// How recordings go through the network, and what of them is kept.
struct BatchOptions: ParsableArguments {
  @Option(
    name: [.customLong("batch-size"), .customLong("train-batch-size")],
    help: "Recordings that make one step. (default: 16)")
  var batchSize: Int?

  @Option(
    help: ArgumentHelp(
      "Seconds of sound that make one step, instead of --batch-size: few long recordings or many "
        + "short ones.", valueName: "seconds"), transform: finite)
  var batchSeconds: Double?

  @Option(help: "Recordings of --dev-files that go together. (default: --batch-size)")
  var devBatchSize: Int?

  @Option(help: "Recordings of --test-files that go together.")
  var testBatchSize: Int = 16

  @Option(
    help: ArgumentHelp(
      "Keep features here for further runs. (default: in memory, as far as there is room)",
      valueName: "folder"))
  var featureCache: String?

  @Option(
    help: ArgumentHelp(
      "Memory to take, such as 8G or 50%; batches that need more are split, with the same result. "
        + "(default: four fifths of what is free)", valueName: "size"))
  var memory: MemorySize?

  @Flag(help: "Train without the recordings that cannot be used, instead of stopping.")
  var skipBadSamples = false

  @Option(
    help: ArgumentHelp(
      "Let small CSVs of --train-files count for more, as languages of one network: 0.5 repeats the "
        + "recordings of one that has a ninth of the largest three times, 0 makes all alike.",
      valueName: "0...1"), transform: finite)
  var balance: Double?

  @Option(help: "Train on so many of the shortest recordings only.")
  var limitTrain: Int = 0

  @Option(help: "The same for --dev-files.")
  var limitDev: Int = 0

  @Option(help: "The same for --test-files.")
  var limitTest: Int = 0

  @Flag(help: "Let the first epoch go from long to short.")
  var reverseTrain = false

  func validate() throws {
    guard testBatchSize >= 1 else {
      throw ValidationError("--test-batch-size: found \(testBatchSize), expected 1 or more.")
    }
    guard limitTest >= 0 else {
      throw ValidationError("--limit-test: found \(limitTest), expected 0 or more.")
    }
  }

  /// Puts what was asked for into `configuration`.
  func apply(to configuration: inout TrainingConfiguration) {
    if let batchSize { configuration.batch.size = batchSize }
    configuration.batch.seconds = batchSeconds
    configuration.batch.devSize = devBatchSize
    configuration.batch.featureCacheFolder = featureCache
    configuration.batch.memoryLimit = memory?.bytes
    configuration.corpus.skipsBadSamples = skipBadSamples
    configuration.corpus.trainLimit = limitTrain
    configuration.corpus.devLimit = limitDev
    configuration.batch.startsWithLongest = reverseTrain
    configuration.corpus.balance = balance
  }
}
