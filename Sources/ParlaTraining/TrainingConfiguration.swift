public import ParlaNeuralNetwork

/// Everything that decides how a training runs.
public struct TrainingConfiguration: Sendable {
  /// CSVs of the recordings to learn from.
  public var trainFiles: [String]

  /// CSVs of the recordings that tell after each epoch how good the model is; may be empty.
  public var devFiles: [String]

  /// Where checkpoints are kept; a training that finds one there goes on from it.
  public var checkpointFolder: String

  /// A model or a folder of checkpoints, Parla's or TensorFlow's, that a training without a checkpoint of its own starts from.
  public var initialModelPath: String?

  /// Which of its layers are taken over.
  public var transfer = TransferSettings()

  /// The alphabet's file; without one the alphabet is the checkpoint's, or made of the transcripts' characters.
  public var alphabetPath: String?

  /// Further CSVs whose transcripts' characters the alphabet must cover, such as those of the test.
  public var furtherAlphabetFiles: [String] = []

  /// The model's description; nil for DeepSpeech's.
  public var modelPath: String?

  /// Settings of the description in place of its own, such as `n_hidden`.
  public var modelSettings: [String: String] = [:]

  /// How often all recordings are gone through.
  public var epochs: Int = 75

  /// How many recordings make one step.
  public var batchSize: Int = 16

  /// Length of a step of the optimiser.
  public var learningRate: Float = 0.001

  /// How gradients become steps.
  public var optimizer: OptimizationMethod = .adam()

  /// The norm of all gradients together that is never exceeded: longer ones are shortened; nil for no limit.
  public var gradientNormLimit: Double?

  /// Over how many steps the learning rate rises to its full length.
  public var warmUpSteps: Int = 0

  /// How fast each layer learns, where it is not as fast as the others.
  public var layerLearning = LayerLearning()

  /// When to stop before the last epoch; nil for never.
  public var earlyStopping: Patience?

  /// When to lower the learning rate, and by what factor; nil for never.
  public var plateau: Plateau?

  /// Which of the epochs' models is the best.
  public var bestBy: Criterion = .loss

  /// What the random numbers start from: weights, order of batches, dropout.
  public var seed: UInt64 = 4568

  /// How many threads compute.
  public var threadCount: Int = 1

  /// How many seconds may be lost when the machine fails.
  public var checkpointSeconds: Double = 120

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

  /// What makes one model better than another.
  public enum Criterion: String, Sendable, CaseIterable, Codable {
    /// A lower CTC loss on the development set.
    case loss
    /// A lower character error rate on the development set, decoded greedily.
    case cer
  }

  func validate() throws(TrainingError) {
    func require(
      _ holds: Bool, _ name: String, _ found: Any, _ expected: String
    ) throws(TrainingError) {
      guard holds else {
        throw .badSetting(name: name, found: "\(found)", expected: expected)
      }
    }
    try require(!trainFiles.isEmpty, "--train-files", "none", "one CSV at least")
    try require(epochs >= 1, "--epochs", epochs, "1 or more")
    try require(batchSize >= 1, "--batch-size", batchSize, "1 or more")
    try require(
      learningRate > 0 && learningRate.isFinite, "--learning-rate", learningRate, "a number above 0"
    )
    if let problem = optimizer.problem { throw problem }
    if let gradientNormLimit {
      try require(
        gradientNormLimit > 0, "--clip-gradient-norm", gradientNormLimit, "a number above 0")
    }
    try require(warmUpSteps >= 0, "--warm-up-steps", warmUpSteps, "0 or more")
    try require(threadCount >= 1, "--threads", threadCount, "1 or more")
    if let plateau {
      try require(
        plateau.factor > 0 && plateau.factor < 1, "--plateau-reduction", plateau.factor,
        "a number between 0 and 1")
    }
    if devFiles.isEmpty && (earlyStopping != nil || plateau != nil || bestBy != .loss) {
      throw .badSetting(
        name: "--dev-files", found: "none",
        expected: "a CSV, which early stopping, plateaus and --best-by look at")
    }
  }
}
