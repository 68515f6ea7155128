import Foundation
import ParlaAcousticModel
import ParlaFiles
import ParlaNeuralNetwork

extension Trainer {
  /// The path of a checkpoint on its way from one process to the others.
  private var startFolder: String {
    NSTemporaryDirectory().appendingName("parla-start-\(UUID().uuidString)")
  }

  /// Sends the start of the training to the other peers: the checkpoint that would be saved there.
  func send(_ start: Start) throws {
    guard peers.count > 1 else { return }
    let place = try TemporaryFolder(path: startFolder)
    let checkpoint = try Checkpoint(start.learner, average: start.average, state: start.state)
    try CheckpointFolder(path: place.path).save(
      checkpoint, as: .last, step: start.state.stepCount, keeping: 1)
    let names = try FileManager.default.contentsOfDirectory(atPath: place.path).sorted()
    _ = try peers.gather(names)
    for name in names {
      _ = peers.gather(
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: place.path.appendingName(name)))))
    }
  }

  /// Where the training begins, as the first peer says.
  func receivedStart() throws -> Start {
    let place = try TemporaryFolder(path: startFolder)
    let names = try peers.gather([String]())[0]
    for name in names {
      let bytes = peers.gather([UInt8]())[0]
      try AtomicFile.write(Data(bytes), to: place.path.appendingName(name.fileName))
    }
    let folder = CheckpointFolder(path: place.path)
    guard let found = try folder.newest(.last, stateType: TrainingState.self) else {
      throw ModelError.noCheckpoint(folder: place.path)
    }
    let (model, state) = (found.checkpoint.model, found.checkpoint.state)
    let optimizer = OptimizerState(
      stepCounts: state.stepCounts(parameterCount: model.parameters.tensors.count),
      slots: found.checkpoint.optimizerSlots)
    let weights = found.checkpoint.weights.map { model.with($0) } ?? model
    return Start(
      learner: try Learner(
        weights, optimizer: optimizer, configuration: configuration, peers: peers), state: state,
      average: model.parameters)
  }
}
