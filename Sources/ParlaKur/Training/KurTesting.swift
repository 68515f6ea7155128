import Foundation

/// A pass over a section's data that learns nothing: validation, test, evaluation.
package struct KurTesting {
  /// What the section's data are, by the names of its sets.
  package let sets: [(name: String, provider: BatchProvider)]

  private let hooks: [any KurHook]
  private let plugins: KurPlugins?
  private let services: KurServices

  /// Prepares the data and the hooks of the section `name` of `kurfile`.
  ///
  /// - Throws: `KurError`, and what is wrong with the data.
  package init(
    _ kurfile: Kurfile, section name: String, plugins: KurPlugins? = nil, _ services: KurServices
  ) throws {
    let settings = try kurfile.settings(of: name)
    sets = try kurfile.providers(of: name, services)
    hooks = try KurHooks.make(settings, services)
    self.plugins = plugins
    self.services = services
  }

  /// The mean losses of each set and of all.
  package struct Result {
    /// Of each set.
    package var sets: [(name: String, losses: [String: Double])] = []
    /// The mean of the sets' losses, each by its entries.
    package var mean: [String: Double] = [:]
  }

  /// The losses of `session` on the data; of the first `batchCount` batches, if there is a limit.
  ///
  /// `verb` and `title` are what people read: Validating, and Validation.
  /// - Throws: what befalls the engine or hooks; `KurConsole.Stopped`.
  package func run(
    _ session: KurSession, verb: String, title: String, batchCount: Int? = nil
  ) throws -> Result? {
    var result = Result()
    var total = 0
    for (name, provider) in sets {
      guard
        let (count, losses) = try run(
          session, provider, name: sets.count > 1 ? name : nil, verb, title, batchCount)
      else { continue }
      result.sets.append((name, losses))
      total += count
      for (output, loss) in losses {
        let share = Double(count) / Double(total)
        result.mean[output] = (result.mean[output] ?? loss) * (1 - share) + loss * share
      }
    }
    return result.sets.isEmpty ? nil : result
  }

  private func run(
    _ session: KurSession, _ provider: BatchProvider, name: String?, _ verb: String,
    _ title: String, _ batchCount: Int?
  ) throws -> (count: Int, losses: [String: Double])? {
    let batches = try provider.nextEpoch().prefix(batchCount ?? .max)
    let total = batches.reduce(0) { $0 + $1.count }
    let label = verb + (name.map { " \"\($0)\"" } ?? "")
    var first: HookData?
    var count = 0
    var means: [String: Double] = [:]
    var retries = BatchRetries(services)
    for (index, indices) in batches.enumerated() {
      let found = try retries.attempt {
        () throws -> (losses: [String: Double], outputs: [String: KurArray], batch: KurBatch)? in
        let batch = try provider.batch(indices)
        guard batch.hasEntries else { return nil }
        try services.console.step(verb == "Testing" ? "Test" : nil, index + 1, batch)
        return try session.test(batch)
      }
      guard let (losses, outputs, batch) = found else { continue }
      if first == nil {
        first = HookData(
          outputs: outputs.mapValues { .array($0) }, batch: batch, truth: batch)
      }
      let size = batch.values.first?.count ?? 0
      count += size
      let share = Double(size) / Double(count)
      for (output, loss) in losses {
        means[output] = (means[output] ?? loss) * (1 - share) + loss * share
      }
      services.console.progress(
        "\(label), loss=\(decimal(means.values.reduce(0, +)))", count, total)
      try services.console.checkInterruption()
    }
    try retries.finish()
    guard let first, count > 0 else {
      services.note("\(title): there is no data.")
      return nil
    }
    services.console.tell(
      1, "\(title) loss: \(name.map { "\"\($0)\"=" } ?? "")\(decimal(means.values.reduce(0, +)))")
    try apply(hooks, to: first, provider)
    return (count, means)
  }

  /// What comes out for all data, after the hooks: `destination` gets it too.
  ///
  /// - Throws: what befalls the engine or hooks.
  package func evaluate(_ session: KurSession, destination: (any KurHook)?) throws {
    guard let provider = sets.first?.provider else { return }
    let batches = try provider.nextEpoch()
    let total = batches.reduce(0) { $0 + $1.count }
    var entries: [String: [KurArray]] = [:]
    var truth: [String: [KurArray]] = [:]
    var first: KurBatch?
    var count = 0
    var retries = BatchRetries(services)
    for (index, indices) in batches.enumerated() {
      let found = try retries.attempt { () throws -> ([String: KurArray], KurBatch)? in
        let batch = try provider.batch(indices)
        guard batch.hasEntries else { return nil }
        try services.console.step("Evaluate", index + 1, batch)
        return (try session.outputs(batch), batch)
      }
      guard let (outputs, batch) = found else { continue }
      for (name, array) in outputs {
        entries[name, default: []] += (0..<array.count).map { array[$0] }
        guard let expected = batch[name]?.array else { continue }
        truth[name, default: []] += (0..<expected.count).map { expected[$0] }
      }
      if first == nil { first = batch }
      count += batch.values.first?.count ?? 0
      services.console.progress("Evaluating", count, total)
      try services.console.checkInterruption()
    }
    try retries.finish()
    guard count > 0 else { throw Self.noData("evaluate") }
    let original = HookData(
      outputs: entries.mapValues(Self.column), batch: first,
      truth: !truth.isEmpty && truth.count == entries.count
        ? truth.mapValues(Self.column) : nil)
    try apply(hooks + (destination.map { [$0] } ?? []), to: original, provider)
  }

  /// Passes `original` from hook to hook, and sends the result to plugins.
  private func apply(
    _ hooks: [any KurHook], to original: HookData, _ provider: BatchProvider
  ) throws {
    var current = original
    for hook in hooks {
      current = try hook.apply(current, original: original, provider.vocabulary)
    }
    plugins?.tell(of: current)
  }
}

extension KurTesting {
  /// What a pass over data ends with that has nothing of use.
  static func noData(_ section: String) -> KurError {
    .data(
      path: "\(section).data",
      problem:
        "found no sample that can be used, expected one or more. What was skipped is reported above"
    )
  }

  /// Entries as one array, where they are of one shape.
  private static func column(_ entries: [KurArray]) -> KurColumn {
    entries.allSatisfy { $0.shape == entries[0].shape }
      ? .array(.stacked(entries)) : .ragged(entries)
  }
}

/// Batches that fail are reported and skipped, up to three in a row; the fourth ends the work.
struct BatchRetries {
  private let services: KurServices
  private var failures = 0
  private var hasSucceeded = false
  private var lastError: (any Error)?
  private static let most = 3

  init(_ services: KurServices) { self.services = services }

  /// What `body` makes of a batch; nil for one that has failed, or has nothing of use.
  mutating func attempt<Value>(_ body: () throws -> Value?) throws -> Value? {
    do {
      let value = try body()
      failures = 0
      hasSucceeded = true
      return value
    } catch let ended as KurConsole.StepsEnded {
      throw ended
    } catch {
      failures += 1
      lastError = error
      guard failures <= Self.most else { throw error }
      services.note("Left out a batch: \(error)")
      return nil
    }
  }
}

extension BatchRetries {
  /// Makes sure that not all batches have failed.
  ///
  /// - Throws: what befell the last one.
  func finish() throws {
    if !hasSucceeded, let lastError { throw lastError }
  }
}

/// `value` with three digits after the point.
func decimal(_ value: Double) -> String {
  guard value.isFinite else { return PythonValue.text(of: value) }
  return String(format: "%.3f", value)
}
