/// All settings of a training, by topic.
public struct TrainingConfiguration: Sendable {
  /// The recordings for training and measurement, and the alphabet of their texts.
  public var corpus = CorpusSettings()

  /// The network that learns.
  public var network = NetworkSettings()

  /// The starting point of a training without a checkpoint of its own.
  public var start = StartSettings()

  /// How recordings become batches, and the resources for that.
  public var batch = BatchSettings()

  /// How gradients become steps of the weights.
  public var optimization = OptimizationSettings()

  /// How long a training lasts, and which of its epochs has the best model.
  public var epochs = EpochSettings()

  /// Which checkpoints are kept, and how often they are saved.
  public var checkpoint = CheckpointSettings()

  /// The device and its use.
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
