import ArgumentParser
import ParlaTraining

/// How recordings go through the network, and what of them is kept.
struct BatchOptions: ParsableArguments {
  @Option(
    name: [.customLong("batch-size"), .customLong("train-batch-size")],
    help: "Recordings per step. (default: 16)")
  var batchSize: Int?

  @Option(
    help: ArgumentHelp(
      "Seconds of sound per step, instead of --batch-size.", valueName: "seconds"),
    transform: finite)
  var batchSeconds: Double?

  @Option(
    help: ArgumentHelp(
      "Split each batch into this many parts and add up their gradients: less memory, with the same result. "
        + "(default: as few as fit into --memory)", valueName: "count"))
  var batchParts: Int?

  @Flag(
    help: """
      Recompute activations in the backward pass: much less memory for deep networks, for a third more time.
      """)
  var recompute = false

  @Option(help: "Batch size for --dev-files. (default: --batch-size)")
  var devBatchSize: Int?

  @Option(help: "Batch size for --test-files.")
  var testBatchSize: Int = 16

  @Option(
    help: ArgumentHelp(
      "A folder to keep features for further runs. (default: in memory, as far as they fit)",
      valueName: "folder"), completion: .directory)
  var featureCache: String?

  @Option(
    help: ArgumentHelp(
      "The memory limit, such as 8G or 50%; batches that need more are split, with the same result. "
        + "(default: four fifths of the free memory)", valueName: "size"))
  var memory: MemorySize?

  @Flag(help: "Skip unusable recordings instead of stopping.")
  var skipBadSamples = false

  @Option(
    help: ArgumentHelp(
      "Repeat smaller CSVs, for multilingual training: 0.5 triples one that is a ninth of the largest; "
        + "0 makes all equal.",
      valueName: "0...1"), transform: finite)
  var balance: Double?

  @Option(help: "Train on only the N shortest recordings; 0 for all.")
  var limitTrain: Int = 0

  @Option(help: "The same for --dev-files.")
  var limitDev: Int = 0

  @Option(help: "The same for --test-files.")
  var limitTest: Int = 0

  @Flag(help: "In the first epoch, go from long to short recordings.")
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
    configuration.batch.partCount = batchParts ?? 1
    configuration.batch.recomputes = recompute
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
