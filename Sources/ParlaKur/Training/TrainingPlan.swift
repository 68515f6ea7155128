/// What the section `train` of a Kurfile says of a training, the data aside.
struct TrainingPlan {
  let settings: KurSettings
  let weights: WeightPlan
  let optimizer: KurOptimizer
  let checkpoint: CheckpointPlan?
  let hooks: [any KurHook]
  /// The folder of the log; nil for a log that is not kept.
  let logFolder: String?

  private let path: String

  /// Reads the section of `kurfile`, all of it, so that mistakes are errors before any work.
  ///
  /// - Throws: `KurError`.
  init(_ kurfile: Kurfile, _ services: KurServices) throws {
    path = kurfile.path
    settings = try kurfile.settings(of: "train")
    try settings.allow(only: [
      "data", "provider", "weights", "log", "optimizer", "hooks", "epochs", "stop_when",
      "checkpoint",
    ])
    let validate = try kurfile.validates ? kurfile.settings(of: "validate") : nil
    weights = try WeightPlan(train: settings, validate: validate)
    optimizer = try KurOptimizer(settings)
    checkpoint = try CheckpointPlan(settings)
    _ = try StopCondition(settings, completed: 0, TrainingClocks { 0 })
    logFolder = try KurLog.settings(settings["log"], path: path, place: Self.logPlace)?.folder
    hooks = try KurHooks.make(settings, services)
  }

  private static let logPlace = "train.log"

  /// The log as it stands.
  ///
  /// - Throws: `KurError`, where it is damaged.
  func log() throws(KurError) -> KurLog {
    try KurLog(settings["log"], path: path, place: Self.logPlace) ?? KurLog()
  }

  /// The folders that the training writes to.
  var folders: [String] {
    [weights.bestTraining, weights.bestValidation, weights.last, checkpoint?.path, logFolder]
      .compactMap(\.self)
  }

  /// Whether the training continues one that has written to its own folders before.
  var continues: Bool {
    guard let initial = weights.initial else { return false }
    return folders.contains(initial) && WeightSource.isThere(initial)
  }
}

extension Kurfile {
  /// Whether a training is validated.
  var validates: Bool { section("validate")?.isTrue ?? false }
}
