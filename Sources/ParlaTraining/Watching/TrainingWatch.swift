import Foundation
import ParlaFiles
import Synchronization

/// Records a training in the run's folder: `metrics.jsonl`, files for TensorBoard,
/// `quarantine.csv` and `report.html`.
///
/// None of this may end a training: a failed write is reported once, and the training continues without it.
final class TrainingWatch: Sendable {
  private let folder: String
  private let warn: @Sendable (String) -> Void
  private let state: Mutex<State>

  fileprivate struct State {
    var report = RunReport()
    var metrics: MetricsLog?
    var trainEvents: TensorBoardEvents?
    var devEvents: TensorBoardEvents?
    var lastStep = ContinuousClock.now - .seconds(3600)
    var lastPage = ContinuousClock.now - .seconds(3600)
    var losses = (sum: 0.0, count: 0)
    var step: Int
    var problems: Set<String> = []
  }

  /// A second between lines of steps, and ten between versions of the page, are enough for people and cost nothing.
  private static let stepInterval = Duration.seconds(1)
  private static let pageInterval = Duration.seconds(10)

  /// Watches a training that resumes at `start`.
  init(
    _ configuration: TrainingConfiguration, from start: TrainingState,
    warn: @escaping @Sendable (String) -> Void
  ) {
    folder = configuration.checkpoint.folder
    self.warn = warn
    var state = State(step: start.stepCount)
    state.report.history = start.history
    state.report.configuration = configuration.settings
    self.state = Mutex(state)
    let summaries = configuration.output.summaryFolder ?? folder + "/summaries"
    let hasDev = !configuration.corpus.devFiles.isEmpty
    attempt { [folder] state throws(FileError) in
      state.metrics = try MetricsLog(path: folder + "/metrics.jsonl", after: start.stepCount)
      state.report.steps = state.metrics?.steps ?? []
      let first = start.stepCount + 1
      state.trainEvents = try TensorBoardEvents(folder: summaries + "/train", firstStep: first)
      if hasDev {
        state.devEvents = try TensorBoardEvents(folder: summaries + "/dev", firstStep: first)
      }
      var line = MetricsLine(.start, step: start.stepCount)
      line.configuration = Dictionary(
        configuration.settings.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
      try state.metrics?.append(line)
    }
  }

  /// Takes note of `event`.
  func note(_ event: TrainingEvent) {
    switch event {
    case .started(let samples, let seconds, let labels, let parameters):
      let hours = String(format: seconds < 36000 ? "%.2f" : "%.0f", seconds / 3600)
      update { state in
        state.report.heading =
          "\(samples) samples, \(hours) hours of sound; \(labels) labels; "
          + "a model of \(parameters.formatted(.number.locale(Locale(identifier: "en")))) parameters"
      }
      writePage()
    case .quarantined(let all): note(all)
    case .step(let progress): note(progress)
    case .epoch(let epoch): note(epoch)
    default: break
    }
  }

  /// Writes the last page.
  func end(_ outcome: TrainingOutcome) {
    let text =
      switch outcome {
      case .finished, .doneBefore: "Finished"
      case .stoppedEarly(let epoch): "Stopped after epoch \(epoch), nothing became better"
      case .outOfTime(let epoch): "Stopped in epoch \(epoch), the time was up"
      case .interrupted(let epoch): "Stopped in epoch \(epoch), can be resumed"
      }
    end(text)
  }

  /// Writes the last page of a training that ended with `text`.
  func end(_ text: String) {
    update { $0.report.status = .ended(text) }
    writePage()
  }

  // MARK: Events

  private func note(_ all: [QuarantinedSample]) {
    let path = folder + "/quarantine.csv"
    attempt { state throws(FileError) in
      for sample in all.dropFirst(state.report.quarantine.count) {
        var line = MetricsLine(.quarantine, step: sample.step ?? state.step)
        line.sample = sample.audioPath
        line.reason = sample.reason
        try state.metrics?.append(line)
      }
      state.report.quarantine = all
    }
    do {
      if all.isEmpty {
        try? FileManager.default.removeItem(atPath: path)
      } else {
        try all.write(to: path)
      }
    } catch { complain("\(error)") }
  }

  private func note(_ progress: TrainingProgress) {
    let isPageDue = attempt { state throws(FileError) in
      state.step = progress.step
      state.report.progress = progress
      if let loss = progress.stepLoss {
        state.losses.sum += loss
        state.losses.count += 1
      }
      let now = ContinuousClock.now
      if now - state.lastStep >= Self.stepInterval, state.losses.count > 0 {
        state.lastStep = now
        try state.writeStep(progress)
      }
      return now - state.lastPage >= Self.pageInterval
    }
    if isPageDue == true { writePage() }
  }

  private func note(_ epoch: EpochReport) {
    attempt { state throws(FileError) in
      state.report.history.append(epoch)
      try state.writeEpoch(epoch)
    }
    // Epochs may be so short that a page for each would take longer than the training.
    let isPageDue = update { ContinuousClock.now - $0.lastPage >= Self.stepInterval }
    if isPageDue { writePage() }
  }

  private func writePage() {
    let page = update { state in
      state.lastPage = .now
      return state.report.html()
    }
    do { try AtomicFile.write(Data(page.utf8), to: folder + "/report.html") } catch {
      complain("\(error)")
    }
  }

  // MARK: State

  @discardableResult
  private func update<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
    state.withLock { body(&$0) }
  }

  /// Does what may fail for want of room.
  @discardableResult
  private func attempt<Result: Sendable>(
    _ body: (inout State) throws(FileError) -> Result
  ) -> Result? {
    do { return try state.withLock { state throws(FileError) in try body(&state) } } catch {
      complain("\(error)")
      return nil
    }
  }

  private func complain(_ problem: String) {
    let isNew = update { $0.problems.insert(problem).inserted }
    if isNew { warn("\(problem) The training continues without it.") }
  }
}

extension TrainingWatch.State {
  fileprivate mutating func writeStep(_ progress: TrainingProgress) throws(FileError) {
    let loss = losses.sum / Double(losses.count)
    losses = (0, 0)
    var line = MetricsLine(.step, step: progress.step)
    line.epoch = progress.epoch
    line.loss = loss
    line.learningRate = Double(progress.learningRate)
    line.audioSecondsPerSecond = progress.audioSecondsPerSecond
    line.waitingShare = progress.waitingShare
    try metrics?.append(line)
    report.steps.append(ChartPoint(x: Double(progress.step), y: loss))
    try trainEvents?.add(
      [
        ("step_loss", loss), ("learning_rate", Double(progress.learningRate)),
        ("audio_seconds_per_second", progress.audioSecondsPerSecond),
      ], step: progress.step)
  }

  fileprivate func epochScalars(_ epoch: EpochReport) -> [(tag: String, value: Double)] {
    [
      ("epoch_loss", epoch.devLoss), ("wer", epoch.devWordErrorRate),
      ("cer", epoch.devCharacterErrorRate),
    ].compactMap { tag, value in value.map { (tag, $0) } }
      + (epoch.sets ?? []).flatMap { set in
        [
          ("\(set.path)/epoch_loss", set.loss), ("\(set.path)/wer", set.wordErrorRate),
          ("\(set.path)/cer", set.characterErrorRate),
        ]
      }
  }

  fileprivate mutating func writeEpoch(_ epoch: EpochReport) throws(FileError) {
    var line = MetricsLine(.epoch, step: step)
    line.epoch = epoch.epoch
    line.loss = epoch.trainLoss
    line.devLoss = epoch.devLoss
    line.wer = epoch.devWordErrorRate
    line.cer = epoch.devCharacterErrorRate
    line.learningRate = Double(epoch.learningRate)
    line.audioSecondsPerSecond = epoch.audioSecondsPerSecond
    line.isBest = epoch.isBest
    line.sets = epoch.sets
    try metrics?.append(line)
    try trainEvents?.add([("epoch_loss", epoch.trainLoss)], step: step)
    try devEvents?.add(epochScalars(epoch), step: step)
  }
}

extension TrainingConfiguration {
  /// All settings with their values, for people.
  ///
  /// They are read off the type itself, so that none is ever missing.
  var settings: [(name: String, value: String)] {
    Mirror(reflecting: self).children.flatMap { group in
      Mirror(reflecting: group.value).children.compactMap { child in
        guard let concern = group.label, let label = child.label else { return nil }
        let words = label.replacing(/[A-Z]/) { " " + $0.output.lowercased() }
        return ("\(concern): \(words)", Self.text(child.value))
      }
    }
  }

  private static func text(_ value: Any) -> String {
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .optional: return mirror.children.first.map { text($0.value) } ?? "none"
    case .collection:
      return mirror.children.isEmpty
        ? "none" : mirror.children.map { text($0.value) }.joined(separator: ", ")
    case .dictionary:
      guard let settings = value as? [String: String] else { return "\(value)" }
      return settings.isEmpty
        ? "none"
        : settings.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
          .joined(separator: ", ")
    case .struct:
      if let value = value as? any CustomStringConvertible { return value.description }
      return mirror.children.map { "\($0.label ?? "") \(text($0.value))" }.joined(separator: ", ")
    default: return "\(value)"
    }
  }
}
