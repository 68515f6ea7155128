/// The events of a training.
public enum TrainingEvent: Sendable {
  /// Recordings are being read.
  case reading(done: Int, total: Int)
  /// Samples unfit for training, each with the reason.
  case leftOut([String])
  /// All samples so far that the training does without; the last of them are new.
  case quarantined([QuarantinedSample])
  /// Memory was estimated, and the largest batch goes through the network as a trial.
  case planned(MemoryPlan)
  /// A checkpoint was found; newer ones that could not be read are named.
  case resumed(epoch: Int, step: Int, passedOver: [String])
  /// The training starts from another model.
  case transferred(TransferReport)
  /// Everything is read, and the first step follows.
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
  /// A checkpoint could not be written; the training continues, and the newest one on disk is that of `lastSaved`.
  case notSaved(step: Int, lastSaved: Int?, reason: String)
  /// Something went wrong that does not stop the training.
  case warning(String)
}

/// How far a training is.
public struct TrainingProgress: Sendable {
  /// The present epoch, counted from 1.
  public let epoch: Int
  /// The total number of epochs.
  public let epochCount: Int
  /// Batches of the epoch that are done.
  public let batch: Int
  /// Batches of an epoch.
  public let batchCount: Int
  /// Steps since the training began.
  public let step: Int
  /// Mean loss of the epoch so far.
  public let loss: Double
  /// Mean loss of the step; nil if it was skipped.
  public let stepLoss: Double?
  /// Length of the optimiser's steps.
  public let learningRate: Float
  /// Seconds of sound trained per second.
  public let audioSecondsPerSecond: Double
  /// The share of the epoch's time in which steps waited for their samples to be loaded and augmented.
  public let waitingShare: Double
  /// The estimated time for the remaining epochs.
  public let secondsLeft: Double
}

/// How a training ended.
public enum TrainingOutcome: Sendable, Equatable {
  /// The requested number of epochs was already done: nothing was trained.
  case doneBefore(epochs: Int)
  /// All epochs are done.
  case finished
  /// Nothing became better for long enough.
  case stoppedEarly(epoch: Int)
  /// The time limit was reached.
  case outOfTime(epoch: Int)
  /// The user stopped it; it can be resumed.
  case interrupted(epoch: Int)
}
