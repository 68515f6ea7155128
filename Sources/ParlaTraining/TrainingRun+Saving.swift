import ParlaAcousticModel
import ParlaNeuralNetwork

/// The files that a run has saved, and when.
struct Saving {
  /// The best model, as long as it is in memory only.
  var unsavedBest: Checkpoint<TrainingState>?

  /// The step of the newest checkpoint on disk.
  var lastStep: Int?

  /// When it was written, or the last attempt failed.
  var lastTime = ContinuousClock.now

  /// Seconds since then.
  var secondsSince: Double { (ContinuousClock.now - lastTime) / .seconds(1) }
}

extension TrainingRun {
  /// Whether as much would be lost as may be lost.
  var isSaveDue: Bool {
    if saving.secondsSince > configuration.checkpoint.seconds { return true }
    guard let steps = configuration.checkpoint.steps else { return false }
    return state.stepCount % steps == 0
  }

  /// Writes the best model so far, if it is new, and the state of the training.
  ///
  /// A full disk does not end a training: there may be space before the next attempt. Only the last one must succeed. A model
  /// that cannot be saved at all ends it at the first attempt. With several processes, only the first one writes.
  mutating func save(isLast: Bool = false) throws {
    saving.lastTime = .now
    guard peers.isFirst else { return }
    do { try peers.working { try writeCheckpoints() } } catch let error as ModelError
      where error.isLasting
    {
      throw error
    } catch {
      if isLast { throw error }
      let place = peers.count > 1 ? "\(peers.name(of: peers.index)): " : ""
      report(
        .notSaved(
          step: state.stepCount, lastSaved: saving.lastStep, reason: "\(place)\(error)"))
      return
    }
    saving.lastTime = .now
    saving.lastStep = state.stepCount
    report(.saved(step: state.stepCount))
  }

  private mutating func writeCheckpoints() throws {
    if let best = saving.unsavedBest {
      try checkpoints.save(best, as: .best, step: best.state.stepCount, keeping: 1)
      saving.unsavedBest = nil
    }
    try checkpoints.save(
      checkpoint, as: .last, step: state.stepCount, keeping: configuration.checkpoint.keptCount)
  }
}

extension ModelError {
  /// Whether the next checkpoint will be no better.
  fileprivate var isLasting: Bool {
    if case .notReadBack = self { return true }
    return false
  }
}
