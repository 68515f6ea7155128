/// When weights are saved within a training, and whether that is a time to validate: `checkpoint`.
package struct CheckpointPlan: Sendable {
  /// What is counted.
  package enum Unit: String, CaseIterable, Sendable {
    case epochs, batches, samples, minutes
  }

  /// Where weights go; nil for validation alone.
  package let path: String?

  /// How many batches of each validation set are looked at; nil for all of them.
  package let validationBatchCount: Int?

  /// Whether there is a validation.
  package let validates: Bool

  private var limits: [Unit: Double] = [:]

  /// The counts at the last checkpoint.
  package var last: [Unit: Double] = [:]

  /// Reads the setting: a path, or a mapping; nil for none.
  ///
  /// - Throws: `KurError.section`.
  package init?(_ train: KurSettings) throws(KurError) {
    guard let value = train["checkpoint"] ?? train["weights"]?.dictionary?["checkpoint"] else {
      return nil
    }
    if let path = value.string {
      self.path = KurPath.expanded(path)
      validates = false
      validationBatchCount = nil
      limits[.epochs] = 1
      return
    }
    let settings = try KurSettings(value, path: train.path, place: train.place + ".checkpoint")
    try settings.allow(only: ["path", "validation"] + Unit.allCases.map(\.rawValue))
    // A path that is null, or empty, saves nothing.
    let given = settings.values["path"] ?? .string("checkpoint")
    path = given.string.flatMap { $0.isEmpty ? nil : KurPath.expanded($0) }
    switch settings["validation"] {
    case nil, .bool(false)?: (validates, validationBatchCount) = (false, nil)
    case .bool(true)?: (validates, validationBatchCount) = (true, nil)
    default: (validates, validationBatchCount) = (true, try settings.integer("validation"))
    }
    for unit in Unit.allCases {
      if let limit = try settings.integer(unit.rawValue) { limits[unit] = Double(limit) }
    }
    if limits.isEmpty { limits[.epochs] = 1 }
  }

  /// Whether it is time, by one of `units`, when a session has come to `counts`; then it counts from there on.
  package mutating func isDue(_ units: [Unit], _ counts: [Unit: Double]) -> Bool {
    for unit in units {
      guard let limit = limits[unit],
        counts[unit, default: 0] - last[unit, default: 0] >= limit
      else { continue }
      last = counts
      return true
    }
    return false
  }
}
