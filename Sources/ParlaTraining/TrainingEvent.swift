/// What a training tells while it runs.
public enum TrainingEvent: Sendable {
  /// Recordings are being read.
  case reading(done: Int, total: Int)
  /// Samples that cannot be learnt from, each with the reason.
  case leftOut([String])
  /// A checkpoint was found; newer ones that could not be read are named.
  case resumed(epoch: Int, step: Int, passedOver: [String])
  /// The training starts from another model.
  case transferred(TransferReport)
  /// All is read and the first step comes.
  case started(sampleCount: Int, seconds: Double, labelCount: Int, parameterCount: Int)
  /// A step was made.
  case step(TrainingProgress)
  /// An epoch ended.
  case epoch(EpochReport)
  /// An epoch began with other layers standing still than the one before.
  case frozen(layers: [String], epoch: Int)
  /// The learning rate was lowered.
  case learningRateLowered(to: Float)
  /// A checkpoint was written.
  case saved(step: Int)
}

/// How far a training is.
public struct TrainingProgress: Sendable {
  /// The present epoch, counted from 1.
  public let epoch: Int
  /// How many epochs there are to be.
  public let epochCount: Int
  /// Batches of the epoch that are done.
  public let batch: Int
  /// Batches of an epoch.
  public let batchCount: Int
  /// Mean loss of the epoch so far.
  public let loss: Double
  /// Seconds of sound that a second of training goes through.
  public let audioSecondsPerSecond: Double
  /// How long the remaining epochs will take.
  public let secondsLeft: Double
}

/// How a training ended.
public enum TrainingOutcome: Sendable, Equatable {
  /// All epochs are done.
  case finished
  /// Nothing became better for long enough.
  case stoppedEarly(epoch: Int)
  /// Somebody asked it to stop; it can be resumed.
  case interrupted(epoch: Int)
}
