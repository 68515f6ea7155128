import ParlaAcousticModel
import ParlaNeuralNetwork

/// The state of a training: with the weights and the optimiser's tensors, everything needed to resume exactly.
struct TrainingState: Codable, Sendable, Equatable {
  /// Epochs that are complete.
  var epoch = 0
  /// Batches of the present epoch that are done.
  var batchInEpoch = 0
  /// Steps of this training.
  var stepCount = 0
  /// Steps that each parameter took, those before a transfer included; nil when they are those of the training.
  var optimizerStepCounts: [Int]?
  /// Sum of the losses of the present epoch's samples.
  var lossSum = 0.0
  /// Samples that the sum is of.
  var lossCount = 0
  /// Length of a step, as plateaus left it.
  var learningRate: Float
  /// The epoch of the best model.
  var bestEpoch: Int?
  /// The epochs whose models can no longer be the best, since the best of them was lost.
  var lostEpochs: Int?
  /// The state of early stopping.
  var earlyStopping = PatienceState()
  /// The state of plateau detection.
  var plateau = PatienceState()
  /// The result of each epoch.
  var history: [EpochReport] = []
  /// Consecutive steps that were skipped because their losses or gradients were not finite.
  var failedSteps: Int?
  /// Samples whose loss was not finite, as they were met.
  var quarantine: [QuarantinedSample]?
  /// Seconds that this training has taken; nil if they are not counted.
  var seconds: Double?
  /// How often weights were taken into their average.
  var averagedCount: Int?
  /// Frames that go through the network together, when larger batches are split.
  var frameLimit: Int?

  /// What a checkpoint calls the weights themselves where its model has their average.
  static let weightsSlot = "weights"

  init(learningRate: Float) { self.learningRate = learningRate }

  /// The checkpoint of the best model is gone: the next epoch's becomes the best.
  mutating func lostBest() {
    bestEpoch = nil
    lostEpochs = history.count
  }

  /// Steps that each of `parameterCount` parameters took.
  func stepCounts(parameterCount: Int) -> [Int] {
    optimizerStepCounts ?? Array(repeating: stepCount, count: parameterCount)
  }
}

extension Checkpoint<TrainingState> {
  /// What `learner` has come to, with the `average` of its weights if there is one.
  init(_ learner: Learner, average: Parameters?, state: TrainingState) throws {
    let (model, optimizer) = try learner.checkpoint
    var state = state
    state.optimizerStepCounts = optimizer?.stepCounts
    let slots = optimizer?.slots ?? []
    guard let average else {
      self.init(model: model, optimizer: slots, state: state)
      return
    }
    self.init(
      model: model.with(average),
      optimizer: slots + [(TrainingState.weightsSlot, model.parameters)], state: state)
  }

  /// The optimiser's state.
  var optimizerSlots: [(name: String, parameters: Parameters)] {
    optimizer.filter { $0.name != TrainingState.weightsSlot }
  }

  /// The weights as the last step left them; nil where they are the model's, which is no average.
  var weights: Parameters? {
    optimizer.first { $0.name == TrainingState.weightsSlot }?.parameters
  }

  /// Whether training can resume from here: a damaged record may contain anything.
  var isPossible: Bool {
    let counts = [
      state.epoch, state.batchInEpoch, state.stepCount, state.lossCount, state.failedSteps ?? 0,
      state.earlyStopping.epochsWithout, state.plateau.epochsWithout, state.averagedCount ?? 0,
    ]
    let steps = state.stepCounts(parameterCount: model.parameters.tensors.count)
    return (counts + steps).allSatisfy { (0...1 << 48).contains($0) }
      && steps.count == model.parameters.tensors.count
      && (1...1 << 48).contains(state.frameLimit ?? 1)
      && state.learningRate.isFinite && (state.seconds ?? 0).isFinite
  }
}

/// How long nothing has become better.
struct PatienceState: Codable, Sendable, Equatable {
  /// The lowest loss so far.
  var lowest: Double?
  /// Epochs since it fell by enough.
  var epochsWithout = 0

  /// Records an epoch's loss and returns whether patience has run out; then counting restarts.
  mutating func ends(
    after loss: Double, patience: TrainingConfiguration.Patience
  ) -> Bool {
    if let lowest, loss > lowest - patience.minimumImprovement {
      epochsWithout += 1
    } else {
      epochsWithout = 0
    }
    lowest = min(lowest ?? loss, loss)
    guard epochsWithout >= patience.epochs else { return false }
    epochsWithout = 0
    return true
  }
}

/// The results of an epoch.
public struct EpochReport: Codable, Sendable, Equatable {
  /// The epoch, counted from 1.
  public let epoch: Int
  /// Mean CTC loss of the training samples, with dropout, while they were trained on.
  public let trainLoss: Double
  /// Mean CTC loss of the development samples; nil without any.
  public let devLoss: Double?
  /// Word error rate of the development samples, decoded greedily.
  public let devWordErrorRate: Double?
  /// Character error rate of the development samples, decoded greedily.
  public let devCharacterErrorRate: Double?
  /// Length of the optimiser's steps.
  public let learningRate: Float
  /// Seconds of sound that a second of training went through.
  public let audioSecondsPerSecond: Double
  /// Whether no epoch before was better.
  public internal(set) var isBest: Bool
  /// A few development samples: the transcript and the recognised text.
  public let examples: [Example]
  /// Each CSV separately, if there are several for development or some that are only measured; nil otherwise.
  public private(set) var sets: [SetReport]?

  /// How one CSV fared.
  public struct SetReport: Codable, Sendable, Equatable {
    /// The CSV.
    public let path: String
    /// Whether it has a say in which epoch is the best.
    public let decides: Bool
    /// Mean CTC loss.
    public let loss: Double
    /// Word error rate, decoded greedily.
    public let wordErrorRate: Double
    /// Character error rate, decoded greedily.
    public let characterErrorRate: Double
  }

  /// A transcript and the recognised text.
  public struct Example: Codable, Sendable, Equatable {
    /// The transcript.
    public let said: String
    /// The text that the model recognised.
    public let recognized: String

    enum CodingKeys: String, CodingKey {
      case said
      case recognized = "heard"
    }
  }
}
