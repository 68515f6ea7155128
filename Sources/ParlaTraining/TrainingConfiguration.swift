public import ParlaModelExchange
public import ParlaNeuralNetwork

/// Everything that decides how a training runs.
public struct TrainingConfiguration: Sendable {
  /// CSVs of the recordings to learn from.
  public var trainFiles: [String]

  /// CSVs of the recordings that tell after each epoch how good the model is; may be empty.
  public var devFiles: [String]

  /// CSVs of recordings that are measured after each epoch and decide nothing; may be empty.
  public var metricsFiles: [String] = []

  /// Where checkpoints are kept; a training that finds one there goes on from it.
  public var checkpointFolder: String

  /// A model or a folder of checkpoints, Parla's or TensorFlow's, that a training without a checkpoint of its own starts from.
  public var initialModelPath: String?

  /// Which of several checkpoints is started from.
  public var startingPoint: StartingPoint = .auto

  /// Which of its layers are taken over.
  public var transfer = TransferSettings()

  /// The alphabet's file; without one the alphabet is the checkpoint's, or made of the transcripts' characters.
  public var alphabetPath: String?

  /// Whether the labels are the bytes of UTF-8 instead of an alphabet's characters.
  public var writesBytes: Bool = false

  /// Further CSVs whose transcripts' characters the alphabet must cover, such as those of the test.
  public var furtherAlphabetFiles: [String] = []

  /// The model's description: a preset's name, or a file; nil for DeepSpeech's.
  public var modelPath: String?

  /// Settings of the description in place of its own, such as `n_hidden`.
  public var modelSettings: [String: String] = [:]

  /// Whether the output of each activation is normalised, in DeepSpeech's network.
  public var normalizesLayers: Bool = false

  /// What the model is to be exported as, so that what a format cannot carry is found before the training.
  public var exportFormats: [ModelFormat] = []

  /// How often all recordings are gone through.
  public var epochs: Int = 75

  /// How many recordings make one step.
  public var batchSize: Int = 16

  /// How many seconds of sound make one step, silence that fills up shorter recordings included; nil counts recordings.
  public var batchSeconds: Double?

  /// How many recordings of the development set go through the network together; nil for as many as in training.
  public var devBatchSize: Int?

  /// How recordings are changed each time they are trained on, as DeepSpeech specifies it: `pitch[p=0.1,pitch=1~0.2]`.
  public var augmentations: [String] = []

  /// A folder that keeps features for further runs; nil keeps them in memory, as far as there is room.
  public var featureCacheFolder: String?

  /// How many bytes of memory the training may take; nil for four fifths of what is free.
  public var memoryLimit: Int?

  /// Whether recordings that cannot be read are left out; otherwise they end the training before it starts.
  public var skipsBadSamples: Bool = false

  /// Whether characters of transcripts that look alike become one, and invisible ones nothing.
  public var normalizesTranscripts: Bool = false

  /// How many of the shortest recordings are trained on; 0 for all.
  public var trainLimit: Int = 0

  /// How many of the shortest recordings of the development set are evaluated; 0 for all.
  public var devLimit: Int = 0

  /// Whether the first epoch goes from long to short.
  public var startsWithLongest: Bool = false

  /// Length of a step of the optimiser.
  public var learningRate: Float = 0.001

  /// Whether a training that goes on takes `learningRate` instead of what its checkpoint had come to.
  public var restartsLearningRate: Bool = false

  /// How gradients become steps.
  public var optimizer: OptimizationMethod = .adam()

  /// The norm of all gradients together that is never exceeded: longer ones are shortened; nil for no limit.
  public var gradientNormLimit: Double?

  /// How the learning rate changes, such as `cosine` or `annealing[factor=0.9]`; several are multiplied.
  public var schedules: [String] = []

  /// How weights are averaged, such as `ema[decay=0.998]`; nil for not at all.
  ///
  /// The average is what is evaluated and exported.
  public var averaging: String?

  /// After how many seconds the training ends, whatever epoch it is in; nil for no such end.
  public var timeLimit: Double?

  /// Over how many steps the learning rate rises to its full length.
  public var warmUpSteps: Int = 0

  /// How fast each layer learns, where it is not as fast as the others.
  public var layerLearning = LayerLearning()

  /// When to stop before the last epoch; nil for never.
  public var earlyStopping: Patience?

  /// When to lower the learning rate, and by what factor; nil for never.
  public var plateau: Plateau?

  /// Which of the epochs' models is the best.
  ///
  /// The loss is lowest long before the text is best: English of 80 minutes, 37 epochs, had a CER of 27.1 % on held-out
  /// recordings with the model of the lowest loss, and 23.5 % with that of the last epoch.
  public var bestBy: Criterion = .cer

  /// What the random numbers start from: weights, order of batches, dropout.
  public var seed: UInt64 = 4568

  /// What computes: `cpu`, or `torch` for graphics cards by libtorch.
  public var engine: String = "cpu"

  /// Where, for engines that have a choice: `cuda`, `cuda:1`, `cpu`; empty for the engine's own.
  public var device: String = ""

  /// Where the library may be that joins Parla with libtorch; the first that is there is loaded.
  public var torchLibraryPaths: [String] = []

  /// How many threads compute.
  public var threadCount: Int = 1

  /// How exact the operands of matrix products are.
  public var precision: Precision = .auto

  /// How many seconds may be lost when the machine fails.
  public var checkpointSeconds: Double = 120

  /// How many steps may be lost; nil when only time counts.
  public var checkpointSteps: Int?

  /// How many of the newest checkpoints are kept, beside the best.
  public var keptCheckpointCount: Int = 2

  /// Where files for TensorBoard are written; nil for `summaries` in the folder of the checkpoints.
  public var summaryFolder: String?

  /// How many samples of the development set are shown after each epoch.
  public var exampleCount: Int = 3

  /// Trains on `trainFiles` and keeps checkpoints in `checkpointFolder`.
  public init(trainFiles: [String], devFiles: [String], checkpointFolder: String) {
    self.trainFiles = trainFiles
    self.devFiles = devFiles
    self.checkpointFolder = checkpointFolder
  }

  /// How long to wait for a better model.
  public struct Patience: Sendable, Equatable {
    /// How many epochs without improvement are enough.
    public var epochs: Int

    /// By how much the loss must fall to count as an improvement.
    public var minimumImprovement: Double

    /// Waits `epochs` epochs for the loss to fall by `minimumImprovement`.
    public init(epochs: Int = 25, minimumImprovement: Double = 0.05) {
      self.epochs = epochs
      self.minimumImprovement = minimumImprovement
    }
  }

  /// What to do when the loss no longer falls.
  public struct Plateau: Sendable, Equatable {
    /// When the loss counts as falling no longer.
    public var patience: Patience

    /// What the learning rate is multiplied by.
    public var factor: Float

    /// Multiplies the learning rate by `factor` whenever `patience` ends.
    public init(patience: Patience = Patience(epochs: 10), factor: Float = 0.1) {
      self.patience = patience
      self.factor = factor
    }
  }

  /// How exact the operands of matrix products are; weights, gradients and sums are float32 in any case.
  public enum Precision: String, Sendable, CaseIterable {
    /// `bf16` where the processor multiplies that faster, else `float32`.
    case auto
    /// 8 significant bits, in the range of float32.
    case bf16
    /// 24 significant bits.
    case float32
  }

  /// Where a training starts (DeepSpeech's flag `load_train`).
  public enum StartingPoint: String, Sendable, CaseIterable {
    /// The newest of its own checkpoints; else the best of another model's, or its newest; else fresh weights.
    case auto
    /// The best checkpoint, and no other.
    case best
    /// The newest checkpoint, and no other.
    case last
    /// Fresh weights, in a folder without checkpoints of its own.
    case scratch = "init"
  }

  /// What makes one model better than another.
  public enum Criterion: String, Sendable, CaseIterable, Codable {
    /// A lower CTC loss on the development set.
    case loss
    /// A lower character error rate on the development set, decoded greedily; of equal ones, a lower loss.
    case cer

    /// Whether the model of one epoch is better than that of another; without a development set, the later one.
    func isBetter(_ epoch: EpochReport, than other: EpochReport) -> Bool {
      guard let loss = epoch.devLoss, let otherLoss = other.devLoss else { return true }
      guard self == .cer, let rate = epoch.devCharacterErrorRate,
        let otherRate = other.devCharacterErrorRate
      else { return loss < otherLoss }
      return (rate, loss) < (otherRate, otherLoss)
    }
  }

  func validate() throws(TrainingError) {
    try require(!trainFiles.isEmpty, "--train-files", "none", "one CSV at least")
    try require(epochs >= 1, "--epochs", epochs, "1 or more")
    try requireValidBatches()
    try requireValidCheckpoints()
    try require(
      learningRate > 0 && learningRate.isFinite, "--learning-rate", learningRate, "a number above 0"
    )
    do { try optimizer.validate() } catch { throw TrainingError(error) }
    if let gradientNormLimit {
      try require(
        gradientNormLimit > 0 && gradientNormLimit.isFinite, "--clip-gradient-norm",
        gradientNormLimit, "a number above 0")
    }
    for patience in [earlyStopping, plateau?.patience].compactMap(\.self) {
      try require(
        patience.minimumImprovement.isFinite, "--es-min-delta", patience.minimumImprovement,
        "a finite number")
    }
    if let timeLimit {
      try require(
        timeLimit > 0 && timeLimit.isFinite, "--max-minutes", timeLimit / 60, "a number above 0")
    }
    _ = try rateSchedules()
    _ = try weightAveraging()
    try require(warmUpSteps >= 0, "--warm-up-steps", warmUpSteps, "0 or more")
    try require(threadCount >= 1, "--threads", threadCount, "1 or more")
    if let plateau {
      try require(
        plateau.factor > 0 && plateau.factor < 1, "--plateau-reduction", plateau.factor,
        "a number between 0 and 1")
    }
    if devFiles.isEmpty && earlyStopping != nil {
      throw .badSetting(
        name: "--dev-files", found: "none",
        expected: "a CSV, which early stopping and plateaus look at")
    }
  }
}
