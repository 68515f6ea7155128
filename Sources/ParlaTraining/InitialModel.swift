import ParlaAcousticModel
import ParlaAudio
import ParlaNeuralNetwork
import ParlaTranscripts

/// What a training starts from that has no checkpoint of its own: weights, and an optimiser if they come with one.
struct InitialModel {
  let path: String
  let model: AcousticModel
  let optimizer: OptimizerState?

  /// Joins weights with the optimiser that moved them.
  init(path: String, model: AcousticModel, optimizer: OptimizerState? = nil) {
    self.path = path
    self.model = model
    self.optimizer = optimizer
  }

  /// Reads the model that `configuration` names; nil when it names none, or the folder that the training itself fills.
  ///
  /// Of a folder of checkpoints the best is taken, or the newest when no development set told the best.
  ///
  /// - Throws: `ModelError`, `TranscriptError`.
  init?(_ configuration: TrainingConfiguration) throws {
    guard let path = configuration.initialModelPath, path != configuration.checkpointFolder else {
      return nil
    }
    let alphabet = try configuration.transfer.sourceAlphabetPath.map { try Alphabet(path: $0) }
    if TensorFlowCheckpoint.isFolder(path) {
      let target = try configuration.alphabetPath.map { try Alphabet(path: $0) }
      try self.init(
        TensorFlowCheckpoint(folder: path), path: path, alphabet: alphabet, otherwise: target)
    } else if let checkpoint = try Self.checkpoint(path) {
      let (state, slots) = (checkpoint.state, checkpoint.optimizer)
      let counts = state.stepCounts(parameterCount: checkpoint.model.parameters.tensors.count)
      self.init(
        path: path, model: checkpoint.model,
        optimizer: OptimizerState(stepCounts: counts, slots: slots))
    } else {
      self.init(path: path, model: try AcousticModel(anyFile: path, alphabet: alphabet))
    }
  }

  /// A checkpoint does not say what it writes: `alphabet` does, or a file beside it, or else what is to be written from now.
  private init(
    _ checkpoint: TensorFlowCheckpoint, path: String, alphabet: Alphabet?, otherwise: Alphabet?
  ) throws(ModelError) {
    let model: AcousticModel
    do {
      model = try checkpoint.model(alphabet: alphabet)
    } catch ModelError.alphabetNeeded(_, let labelCount)
      where otherwise?.labelCount == labelCount + 1
    {
      model = try checkpoint.model(alphabet: otherwise)
    }
    let optimizer = try checkpoint.optimizer(for: model)
    self.init(
      path: path, model: model,
      optimizer: optimizer.map { OptimizerState(stepCounts: $0.stepCounts, slots: $0.slots) })
  }

  /// The best or newest checkpoint of `parla train` in the folder at `path`, if there is one.
  private static func checkpoint(_ path: String) throws(ModelError) -> Checkpoint<TrainingState>? {
    let folder = CheckpointFolder(path: path)
    for kind in [CheckpointKind.best, .last] {
      if let found = try folder.newest(kind, stateType: TrainingState.self) {
        return found.checkpoint
      }
    }
    return nil
  }

  /// Makes sure that the model hears what `features` say, unless its first layer is not used.
  func require(features: FeatureSettings, unless isDropped: Bool) throws(TrainingError) {
    guard !isDropped, features != model.description.features else { return }
    throw .sourceWithOtherFeatures(
      path: path, found: "\(model.description.features)", expected: "\(features)")
  }
}
