extension TrainingConfiguration {
  func require(
    _ holds: Bool, _ name: String, _ found: Any, _ expected: String
  ) throws(TrainingError) {
    guard holds else {
      throw .badSetting(name: name, found: "\(found)", expected: expected)
    }
  }

  func requireValidBatches() throws(TrainingError) {
    try require(batchSize >= 1, "--batch-size", batchSize, "1 or more")
    if let batchSeconds {
      try require(
        batchSeconds > 0 && batchSeconds.isFinite, "--batch-seconds", batchSeconds,
        "a number above 0")
    }
    if let devBatchSize {
      try require(devBatchSize >= 1, "--dev-batch-size", devBatchSize, "1 or more")
    }
    if let memoryLimit {
      try require(memoryLimit > 0, "--memory", memoryLimit, "an amount such as 8G")
    }
    try require(trainLimit >= 0, "--limit-train", trainLimit, "0 for all, or a number of samples")
    try require(devLimit >= 0, "--limit-dev", devLimit, "0 for all, or a number of samples")
  }

  func requireValidCheckpoints() throws(TrainingError) {
    try require(
      checkpointSeconds > 0 && checkpointSeconds.isFinite, "--checkpoint-secs", checkpointSeconds,
      "a number above 0")
    if let checkpointSteps {
      try require(checkpointSteps >= 1, "--checkpoint-steps", checkpointSteps, "1 or more")
    }
    try require(keptCheckpointCount >= 1, "--max-to-keep", keptCheckpointCount, "1 or more")
    try require(exampleCount >= 0, "--report-count", exampleCount, "0 or more")
  }
}
