import ParlaAcousticModel
import ParlaNeuralNetwork
import ParlaTranscripts

/// What a training starts from that has no checkpoint of its own: weights, and an optimiser if they come with one.
struct InitialModel {
  let path: String
  let model: AcousticModel
  let optimizer: OptimizerState?

  /// Reads the model that `configuration` names; nil when it names none.
  ///
  /// - Throws: `ModelError`, `TranscriptError`.
  init?(_ configuration: TrainingConfiguration) throws {
    guard let path = configuration.initialModelPath else { return nil }
    self.path = path
    let alphabet = try configuration.alphabetPath.map { try Alphabet(path: $0) }
    guard TensorFlowCheckpoint.isFolder(path) else {
      model = try AcousticModel(anyFile: path)
      optimizer = nil
      return
    }
    let checkpoint = try TensorFlowCheckpoint(folder: path)
    model = try checkpoint.model(alphabet: alphabet)
    optimizer = try checkpoint.optimizer(for: model).map { adam in
      OptimizerState(
        stepCount: adam.stepCount, slots: [("moment1", adam.moment1), ("moment2", adam.moment2)])
    }
  }
}
