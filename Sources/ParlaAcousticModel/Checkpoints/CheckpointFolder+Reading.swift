import ParlaFiles
import ParlaNeuralNetwork
import ParlaPlatform

extension CheckpointFolder {
  /// The newest checkpoint of any of `kinds` that is whole, and what was wrong with newer ones.
  ///
  /// One whose state is not possible does not count.
  ///
  /// - Throws: `ModelError.noReadableCheckpoint` when there are some but none is whole, and `.weightsWithoutRecord` when nothing
  ///   says what the weights that are there are of.
  package func newest<State>(
    _ kinds: CheckpointKind..., stateType: State.Type,
    where isPossible: (Checkpoint<State>) -> Bool = { _ in true }
  ) throws(ModelError) -> (checkpoint: Checkpoint<State>, step: Int, passedOver: [String])? {
    var problems: [String] = []
    // Somebody who trains here may remove one while it is read, after having saved another.
    for _ in 0..<3 {
      problems = []
      let found = kinds.flatMap(names).sorted { $0.step > $1.step }
      for name in found {
        do {
          let checkpoint: Checkpoint<State> = try read(name)
          guard isPossible(checkpoint) else {
            throw ModelError.damaged(
              path: recordPath(name), reason: "its numbers are impossible")
          }
          return (checkpoint, name.step, unrecordedProblems(kinds, after: name.step) + problems)
        } catch { problems.append("\(error)") }
      }
      if Set(kinds.flatMap(names)) == Set(found) { break }
    }
    if !problems.isEmpty { throw .noReadableCheckpoint(folder: path, reasons: problems) }
    if let name = unrecorded().first(where: { kinds.contains($0.kind) }) {
      throw .weightsWithoutRecord(weights: weightsPath(name), record: recordPath(name))
    }
    return nil
  }

  private func unrecordedProblems(_ kinds: [CheckpointKind], after step: Int) -> [String] {
    unrecorded().filter { $0.step > step && kinds.contains($0.kind) }.map { name in
      ModelError.weightsWithoutRecord(weights: weightsPath(name), record: recordPath(name))
        .description
    }
  }

  /// The model to use from here: the best one, or the newest if no development set selected the best; or with other `kinds`,
  /// the first that exists.
  ///
  /// - Throws: `ModelError.noCheckpoint`, `.noReadableCheckpoint`, `.weightsWithoutRecord`.
  package func bestModel(
    of kinds: [CheckpointKind] = [.best, .last]
  ) throws(ModelError) -> AcousticModel {
    for kind in kinds {
      if let found = try newest(kind, stateType: NoState.self) { return found.checkpoint.model }
    }
    throw .noCheckpoint(folder: path)
  }

  func read<State>(_ name: Name) throws(ModelError) -> Checkpoint<State> {
    let record = try CheckpointRecord<State>(path: recordPath(name))
    let weights = weightsPath(name)
    let size = FileStatus(weights)?.byteCount ?? 0
    guard size == record.size else {
      throw .cutOff(path: weights, found: size, expected: record.size)
    }
    let file = try SafeTensors(path: weights)
    guard file.checksum == record.checksum else {
      throw .damaged(path: weights, reason: "its checksum is not the recorded one")
    }
    let model = try AcousticModel.reading(file, path: weights)
    let slots = (file.metadata["optimizer"] ?? "").split(separator: ",").map(String.init)
    var optimizer: [(name: String, parameters: Parameters)] = []
    for slot in slots {
      let parameters = try Parameters(
        file, for: model.parameters.specifications, prefix: Self.slotPrefix(slot), path: weights)
      optimizer.append((slot, parameters))
    }
    return Checkpoint(model: model, optimizer: optimizer, state: record.state)
  }

  static func slotPrefix(_ name: String) -> String { "optimizer/\(name)/" }
}

/// The state of one who only wants the model: nothing.
struct NoState: Codable, Sendable {}
