/// Everything that decides how a training runs, by what it concerns.
public struct TrainingConfiguration: Sendable {
  /// What a training learns from and is measured on, and what its texts are written in.
  public var corpus = CorpusSettings()

  /// The network that learns.
  public var network = NetworkSettings()

  /// What a training without a checkpoint of its own starts from.
  public var start = StartSettings()

  /// How recordings become steps, and what they need on the way.
  public var batch = BatchSettings()

  /// How gradients become steps of the weights.
  public var optimization = OptimizationSettings()

  /// How long a training lasts, and which of its epochs has the best model.
  public var epochs = EpochSettings()

  /// What is kept of a training, and how often.
  public var checkpoint = CheckpointSettings()

  /// What computes.
  public var hardware = HardwareSettings()

  /// The files that a training writes in addition to checkpoints.
  public var output = OutputSettings()

  /// Trains on `trainFiles` and keeps checkpoints in `checkpointFolder`.
  public init(trainFiles: [String], devFiles: [String], checkpointFolder: String) {
    corpus.trainFiles = trainFiles
    corpus.devFiles = devFiles
    checkpoint.folder = checkpointFolder
  }
}
