package import Foundation

/// Which folders of weights a training reads and writes: `weights` of `train` and `validate`.
package struct WeightPlan: Sendable {
  /// Where it starts.
  package var initial: String?
  /// Whether `initial` has to be there.
  package var mustExist = false
  /// Where the weights of the least training loss go.
  package var bestTraining: String?
  /// Where the weights of the least validation loss go.
  package var bestValidation: String?
  /// Where the last weights go.
  package var last: String?

  /// Reads the settings of both sections; there may be none to validate with.
  ///
  /// A path alone under `train` is where it starts and, unless validation has a path, where the best weights go.
  /// - Throws: `KurError.section`.
  package init(train: KurSettings, validate: KurSettings?) throws(KurError) {
    if let validate, let value = validate["weights"] {
      bestValidation =
        value.string == nil
        ? try validate.settings("weights").file("best") : try validate.file("weights")
    }
    guard let value = train["weights"] else { return }
    if value.string != nil {
      initial = try train.file("weights")
      bestTraining = bestValidation == nil ? initial : nil
      return
    }
    let settings = try train.settings("weights")
    try settings.allow(only: ["initial", "best", "last", "must_exist", "checkpoint"])
    initial = try settings.file("initial")
    bestTraining = try settings.file("best")
    last = try settings.file("last")
    mustExist = settings.flag("must_exist") ?? false
  }

  /// Where the section `settings` of a test or an evaluation has its weights.
  ///
  /// - Throws: `KurError.section`.
  package static func initial(_ settings: KurSettings) throws(KurError) -> String? {
    guard let value = settings["weights"] else { return nil }
    return value.string == nil
      ? try settings.settings("weights").file("initial") : try settings.file("weights")
  }

  /// `path` with `${EPOCH}` and the like replaced by values from `log`, and `${TIME=FORMAT}` by the time.
  package static func named(_ path: String, _ log: KurLog, date: Date = Date()) -> String {
    var name = path
    let counts = [
      "EPOCH": log.epochCount + 1, "BATCH": log.batchCount, "SAMPLE": log.sampleCount,
    ]
    for (key, value) in counts { name = name.replacing("${\(key)}", with: String(value)) }
    for (key, value) in log.latest {
      name = name.replacing(
        "${\(key)}", with: value.map { String(format: "%.3f", $0) } ?? "None")
    }
    name = name.replacing("${TIMESTAMP}", with: text(of: date, "%Y-%m-%d_%H:%M:%S"))
    return name.replacing(/\$\{TIME=([^}]*)\}/) { text(of: date, String($0.1)) }
  }

  /// `date` here, by a format of `strftime`.
  private static func text(of date: Date, _ format: String) -> String {
    var time = time_t(date.timeIntervalSince1970)
    var parts = unsafe tm()
    unsafe localtime_r(&time, &parts)
    var buffer = [CChar](repeating: 0, count: 256)
    let count = unsafe strftime(&buffer, buffer.count, format, &parts)
    return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
