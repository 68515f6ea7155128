/// When a training ends: `stop_when`, or the older `epochs`.
package struct StopCondition: Sendable, Equatable {
  /// The number of the last epoch, of all sessions; nil for no end.
  package var lastEpoch: Int?

  /// The clock that ends it, and at how many seconds.
  package var end: (clock: TrainingClocks.Part, seconds: Double)? {
    endSeconds.map { (clock, $0) }
  }

  private var clock = TrainingClocks.Part.all
  private var endSeconds: Double?

  private static let endless = ["inf", "all", "infinite", "infinity"]

  /// Reads the settings of the section `train`, when `completed` epochs and `clocks` are behind.
  ///
  /// - Throws: `KurError.section`.
  package init(
    _ train: KurSettings, completed: Int, _ clocks: TrainingClocks
  ) throws(KurError) {
    var settings = try train.settings("stop_when")
    try settings.allow(only: ["epochs", "elapsed", "mode"])
    if let epochs = train["epochs"], settings["epochs"] == nil {
      settings = try KurSettings(
        .dictionary(Self.older(epochs, settings.values)), path: settings.path,
        place: settings.place)
    }
    let mode = try settings.text("mode") ?? "additional"
    guard ["additional", "total"].contains(mode) else {
      throw settings.problem("mode", mode, "additional or total")
    }
    let isTotal = mode == "total"
    if let value = settings["epochs"], !Self.endless.contains(value.text) {
      guard let count = try settings.integer("epochs", in: 0...Int.max) else { return }
      let (sum, isEndless) = completed.addingReportingOverflow(count)
      lastEpoch = isTotal ? count : isEndless ? Int.max : sum
    }
    try readElapsed(settings)
    if let endSeconds, !isTotal { self.endSeconds = endSeconds + clocks(clock) }
  }

  private static func older(_ value: PythonValue, _ settings: PythonDictionary) -> PythonDictionary
  {
    var settings = settings
    if let mapping = value.dictionary {
      if let number = mapping["number"] { settings["epochs"] = number }
      if let mode = mapping["mode"], settings["mode"] == nil { settings["mode"] = mode }
    } else {
      settings["epochs"] = value
    }
    return settings
  }

  /// A number counts as minutes, as Kur means it.
  private mutating func readElapsed(_ settings: KurSettings) throws(KurError) {
    guard let value = settings["elapsed"], !Self.endless.contains(value.string ?? "") else {
      return
    }
    var minutes = value.number?.double ?? 0
    if value.dictionary != nil {
      let elapsed = try settings.settings("elapsed")
      try elapsed.allow(only: ["minutes", "hours", "days", "clock"])
      for (name, factor) in [("minutes", 1.0), ("hours", 60), ("days", 1440)] {
        minutes += (try elapsed.number(name) ?? 0) * factor
      }
      if let name = try elapsed.text("clock") {
        guard let part = TrainingClocks.Part(rawValue: name) else {
          throw elapsed.problem(
            "clock", name, TrainingClocks.Part.allCases.map(\.rawValue).joined(separator: ", "))
        }
        clock = part
      }
    }
    guard minutes > 0, minutes.isFinite else {
      throw settings.problem(
        "elapsed", value.representation, "minutes, or a mapping such as {hours: 8}")
    }
    endSeconds = minutes * 60
  }

  /// Whether the time is over.
  package func isOver(_ clocks: TrainingClocks) -> Bool {
    endSeconds.map { clocks(clock) > $0 } ?? false
  }
}
