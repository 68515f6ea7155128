import ParlaAcousticModel
import ParlaNeuralNetwork

extension Trainer {
  /// Sends the start of the training to the other peers: the checkpoint that would be saved there.
  func send(_ start: Start) throws {
    guard peers.count > 1 else { return }
    let checkpoint = try Checkpoint(start.learner, average: start.average, state: start.state)
    try peers.sendFiles { folder in
      try CheckpointFolder(path: folder).save(
        checkpoint, as: .last, step: start.state.stepCount, keeping: 1)
    }
  }

  /// Where the training begins, as the first peer says.
  func receivedStart() throws -> Start {
    let found = try peers.receiveFiles { folder in
      guard
        let found = try CheckpointFolder(path: folder).newest(
          .last, stateType: TrainingState.self)
      else { throw ModelError.noCheckpoint(folder: folder) }
      return found.checkpoint
    }
    let (model, state) = (found.model, found.state)
    let optimizer = OptimizerState(
      stepCounts: state.stepCounts(parameterCount: model.parameters.tensors.count),
      slots: found.optimizerSlots)
    let weights = found.weights.map { model.with($0) } ?? model
    return Start(
      learner: try Learner(
        weights, optimizer: optimizer, configuration: configuration, peers: peers), state: state,
      average: model.parameters)
  }
}
