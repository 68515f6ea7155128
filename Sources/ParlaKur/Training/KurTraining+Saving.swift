extension KurTraining {
  // MARK: - Validation

  mutating func validate(batchCount: Int?) throws -> Double? {
    guard let validation else { return nil }
    clocks.resume(.validate)
    defer { clocks.pause(.validate) }
    let result = try validation.run(
      session, verb: "Validating", title: "Validation", batchCount: batchCount)
    position.validationCount += 1
    guard let result else { return nil }
    let loss = result.mean.values.reduce(0, +)
    if let path = weights.bestValidation, bestValidationLoss.map({ loss < $0 }) ?? true {
      bestValidationLoss = loss
      try save(path)
    }
    try log.noteValidation(result.sets, mean: result.mean, clocks)
    return loss
  }

  /// The validation of a checkpoint within an epoch.
  mutating func validateAtCheckpoint() throws {
    clocks.pause(.train)
    let loss = try validate(batchCount: checkpoint?.validationBatchCount)
    position.awaitsValidation = false
    tell(KurEvent(.validationEnd, [("Validation loss", loss.map { .float($0) } ?? .none)]))
    clocks.resume(.train)
  }

  // MARK: - Weights

  /// Makes a checkpoint, where one of `units` says that it is time, with a validation if it has one; whether it was time.
  mutating func runCheckpoint(_ units: [CheckpointPlan.Unit]) throws -> Bool {
    guard checkpoint?.isDue(units, counts) == true, let checkpoint else { return false }
    clocks.pause(.train)
    position.awaitsValidation = checkpoint.validates
    if let path = checkpoint.path {
      services.console.say("Checkpoint...")
      let name = WeightPlan.named(path, log)
      try saveToContinue(name)
      if checkpoint.validates {
        try validateAtCheckpoint()
        try saveToContinue(name)
      }
    } else if checkpoint.validates {
      try validateAtCheckpoint()
    }
    clocks.resume(.train)
    return true
  }

  /// Counts an epoch, and makes a checkpoint where that says that it is time.
  ///
  /// Who continues there ends the epoch once more, and so counts it again.
  mutating func runCheckpointOfEpoch() throws {
    let before = (counts, checkpoint)
    counts[.epochs, default: 0] += 1
    guard checkpoint?.isDue([.epochs], counts) == true, let path = checkpoint?.path else { return }
    services.console.say("Checkpoint...")
    let after = (counts, checkpoint)
    (counts, checkpoint) = before
    try saveToContinue(WeightPlan.named(path, log))
    (counts, checkpoint) = after
  }

  /// Saves the last weights, and the log.
  mutating func saveLast() throws {
    if let path = weights.last {
      services.console.tell(1, "Saving most recent weights: \(path)")
      try saveToContinue(WeightPlan.named(path, log))
    }
    if log.path != nil, log.batchCount > 0 { try log.write(clocks) }
  }

  /// Saves weights alone.
  func save(_ path: String) throws {
    let path = WeightPlan.named(path, log)
    TrainingRecord.remove(from: path)
    try session.model.save(path)
  }

  /// Saves weights with all that it takes to continue from them, in the log too.
  private mutating func saveToContinue(_ path: String) throws {
    let model = try session.model
    guard log.path != nil, !services.asKurDid else {
      TrainingRecord.remove(from: path)
      return try model.save(path)
    }
    if log.batchCount > 0 { try log.write(clocks) }
    position.log = log.mark(clocks)
    position.set(\.counts, counts)
    position.set(\.checkpointCounts, checkpoint?.last ?? [:])
    try TrainingRecord(position, model.weights, session.progress).save(to: path) {
      try model.save(path)
    }
  }
}
