package import ParlaNeuralNetwork

/// Everything needed to resume training: the model, the optimiser's tensors and the trainer's own state.
package struct Checkpoint<State: Codable & Sendable>: Sendable {
  /// The model as it is now.
  package var model: AcousticModel

  /// The optimiser's tensors by name, such as its moments; one for each parameter.
  package var optimizer: [(name: String, parameters: Parameters)]

  /// The trainer's state, which only the trainer interprets.
  package var state: State

  /// Joins the parts of a checkpoint.
  package init(
    model: AcousticModel, optimizer: [(name: String, parameters: Parameters)], state: State
  ) {
    self.model = model
    self.optimizer = optimizer
    self.state = state
  }
}

/// Why a checkpoint was kept.
package enum CheckpointKind: String, Sendable, CaseIterable {
  /// The newest.
  case last
  /// The one with the lowest loss on the development set.
  case best
}
