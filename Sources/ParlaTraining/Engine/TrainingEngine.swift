package import ParlaAcousticModel
package import ParlaNeuralNetwork
package import ParlaTranscripts

/// Where a model learns: a processor, a graphics card, several of them.
///
/// Nobody above knows where its tensors live.
package protocol TrainingEngine {
  /// The model as it is now.
  var model: AcousticModel { get }

  /// The optimiser's tensors and how many steps it took, for a checkpoint.
  var optimizerState: OptimizerState { get }

  /// Learns from `batch`, each parameter at a rate of its own, and returns the loss of each of its samples.
  ///
  /// A rate of 0 leaves a parameter as it is.
  /// A sample whose loss is not finite is left out; where nothing remains, or the gradient is not finite, no step is made.
  /// `partCount` parts go through the network one after another and make one step together, as if they had gone at once.
  mutating func train(
    on batch: ArraySlice<TrainingSample>, partCount: Int, learningRates: [Float],
    dropoutSeed: UInt64
  ) -> StepResult

  /// Takes the memory that a step with `batch` takes, and forgets what came of it.
  func tryOut(_ batch: ArraySlice<TrainingSample>, partCount: Int)

  /// The loss of each sample of `batch`, and what the model hears in it.
  func evaluate(
    _ batch: ArraySlice<TrainingSample>
  ) -> (losses: [Double], probabilities: [LabelProbabilities])
}

/// The optimiser's memory.
package struct OptimizerState: Sendable {
  /// How many steps each parameter took.
  package var stepCounts: [Int]

  /// Its tensors by name, one for each parameter.
  package var slots: [(name: String, parameters: Parameters)]
}

/// What a step brought.
package struct StepResult: Sendable {
  /// The loss of each sample; one that is not finite was left out.
  package var losses: [Double]

  /// Whether the weights were moved.
  package var isMade: Bool
}
