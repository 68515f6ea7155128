import ParlaNeuralNetwork

extension TrainingConfiguration {
  func validate() throws(TrainingError) {
    try require(!corpus.trainFiles.isEmpty, "--train-files", "none", "one CSV at least")
    try require(epochs.count >= 1, "--epochs", epochs.count, "1 or more")
    try requireValidBatches()
    try requireValidCheckpoints()
    try require(
      optimization.learningRate > 0 && optimization.learningRate.isFinite, "--learning-rate",
      optimization.learningRate, "a number above 0"
    )
    do { try optimization.optimizer.validate() } catch { throw TrainingError(error) }
    if let gradientNormLimit = optimization.gradientNormLimit {
      try require(
        gradientNormLimit > 0 && gradientNormLimit.isFinite, "--clip-gradient-norm",
        gradientNormLimit, "a number above 0")
    }
    for patience in [epochs.earlyStopping, optimization.plateau?.patience].compactMap(\.self) {
      try require(
        patience.minimumImprovement.isFinite, "--es-min-delta", patience.minimumImprovement,
        "a finite number")
    }
    if let timeLimit = epochs.timeLimit {
      try require(
        timeLimit > 0 && timeLimit.isFinite, "--max-minutes", timeLimit / 60, "a number above 0")
    }
    _ = try rateSchedules()
    _ = try weightAveraging()
    try require(
      optimization.warmUpSteps >= 0, "--warm-up-steps", optimization.warmUpSteps, "0 or more")
    try require(hardware.threadCount >= 1, "--threads", hardware.threadCount, "1 or more")
    if let plateau = optimization.plateau {
      try require(
        plateau.factor > 0 && plateau.factor < 1, "--plateau-reduction", plateau.factor,
        "a number between 0 and 1")
    }
    if corpus.devFiles.isEmpty && epochs.earlyStopping != nil {
      throw .badSetting(
        name: "--dev-files", found: "none",
        expected: "a CSV, which early stopping and plateaus look at")
    }
  }

  func require(
    _ holds: Bool, _ name: String, _ found: Any, _ expected: String
  ) throws(TrainingError) {
    guard holds else {
      throw .badSetting(name: name, found: "\(found)", expected: expected)
    }
  }

  func requireValidBatches() throws(TrainingError) {
    try require(batch.size >= 1, "--batch-size", batch.size, "1 or more")
    try require(batch.partCount >= 1, "--batch-parts", batch.partCount, "1 or more")
    if let seconds = batch.seconds {
      try require(
        seconds > 0 && seconds.isFinite, "--batch-seconds", seconds,
        "a number above 0")
    }
    if let devSize = batch.devSize {
      try require(devSize >= 1, "--dev-batch-size", devSize, "1 or more")
    }
    if let memoryLimit = batch.memoryLimit {
      try require(memoryLimit > 0, "--memory", memoryLimit, "an amount such as 8G")
    }
    try require(
      corpus.trainLimit >= 0, "--limit-train", corpus.trainLimit,
      "0 for all, or a number of samples")
    if let balance = corpus.balance {
      try require((0...1).contains(balance), "--balance", balance, "a number from 0 to 1")
    }
    try require(
      corpus.devLimit >= 0, "--limit-dev", corpus.devLimit, "0 for all, or a number of samples")
  }

  func requireValidCheckpoints() throws(TrainingError) {
    try require(
      checkpoint.seconds > 0 && checkpoint.seconds.isFinite, "--checkpoint-secs",
      checkpoint.seconds,
      "a number above 0")
    if let steps = checkpoint.steps {
      try require(steps >= 1, "--checkpoint-steps", steps, "1 or more")
    }
    try require(checkpoint.keptCount >= 1, "--max-to-keep", checkpoint.keptCount, "1 or more")
    try require(output.exampleCount >= 0, "--report-count", output.exampleCount, "0 or more")
  }
}
