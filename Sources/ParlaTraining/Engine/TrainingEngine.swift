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

  /// Learns from `batch`, each parameter at a rate of its own, and returns the loss of each of the samples.
  ///
  /// A rate of 0 leaves a parameter as it is; a loss that is no number changes nothing.
  mutating func train(
    on batch: ArraySlice<TrainingSample>, learningRates: [Float], dropoutSeed: UInt64
  ) -> [Double]

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
