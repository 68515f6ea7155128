import Foundation
import ParlaFiles

/// A training as a Kurfile describes it: epochs, checkpoints, validation, logs, hooks.
///
/// Kur 0.7, `kur/model/executor.py`.
package struct KurTraining {
  let services: KurServices
  let provider: BatchProvider
  let validation: KurTesting?
  let hooks: [any KurHook]
  let plugins: KurPlugins?
  let weights: WeightPlan
  /// What keeps other trainings from its folders.
  private let folders: TrainingFolders
  let stop: StopCondition
  var checkpoint: CheckpointPlan?
  var log: KurLog
  var clocks: TrainingClocks
  var session: KurSession
  var bestTrainingLoss: Double?
  var bestValidationLoss: Double?
  /// What was done, for checkpoints.
  var counts: [CheckpointPlan.Unit: Double] = [:]
  /// The state of the training.
  var position: TrainingRecord.State
  /// The batches of an epoch that an earlier session began.
  private var begunBatches: [[Int]]?
  private let startMinutes: Double
  private let now: @Sendable () -> Double

  /// Reads the sections of `kurfile`, loads its data and creates its model; `now` returns seconds since any moment.
  ///
  /// - Throws: `KurError`, and errors of data and weights.
  package init(
    _ kurfile: Kurfile, _ conventions: KurConventions, plugins: KurPlugins? = nil,
    now: @escaping @Sendable () -> Double, _ services: KurServices
  ) throws {
    self.plugins = plugins
    self.now = now
    let plan = try TrainingPlan(kurfile, services)
    (weights, hooks) = (plan.weights, plan.hooks)
    log = try plan.log()
    folders = try TrainingFolders(plan.folders)
    if let path = log.path {
      services.console.tell(
        1, log.isNew ? "Log does not exist. Creating path: \(path)" : "Loading log data: \(path)")
    }
    var resumption = Resumption(weights.initial, &log, services)
    var services = services
    services.sessionSeed = resumption?.seed ?? .random(in: .min ... .max)
    let learnt = LearntNormalizations()
    services.learntNormalizations = learnt
    let isUnfinished = resumption?.isUnfinished == true
    let source = isUnfinished ? nil : try Self.initialWeights(weights, kurfile, services)
    if plan.continues { services.trainedWeights = weights.initial }
    let provider = try kurfile.provider(of: "train", services)
    validation =
      kurfile.validates
      ? try KurTesting(kurfile, section: "validate", plugins: plugins, services) : nil
    var model = try KurModel(kurfile, conventions, provider, services)
    let losses = try KurLoss.all(kurfile, outputs: model.outputNames)
    if resumption?.restore(&model) != true,
      let source = isUnfinished ? try Self.initialWeights(weights, kurfile, services) : source
    {
      try model.load(source, services)
    }
    let progress = resumption?.progress(model, plan.optimizer, services)
    if progress == nil, resumption != nil {
      // Without what the optimiser remembers, the training does not go back in its log.
      resumption = nil
      log = try plan.log()
    }
    clocks = TrainingClocks(now: now)
    for (part, seconds) in log.earlierClocks { clocks.reset(part, to: seconds) }
    position = resumption?.state ?? TrainingRecord.State(services.randomSeed, log.mark(clocks))
    stop = try StopCondition(
      plan.settings, completed: position.epochsBefore, position.clocks(now: now))
    checkpoint = plan.checkpoint
    checkpoint?.last = position.units(\.checkpointCounts)
    counts = position.units(\.counts)
    startMinutes = now() / 60 - counts[.minutes, default: 0]
    begunBatches = try resumption?.replay(provider, validation)
    session = try KurSession(
      model, losses: losses, optimizer: plan.optimizer, from: progress ?? KurSession.Progress(),
      services)
    try Self.write(learnt, source, services)
    bestTrainingLoss = log.bestTrainingLoss
    bestValidationLoss = log.bestValidationLoss
    self.provider = provider
    self.services = services
  }

  /// The weights that the training starts with, read before its data; nil for random ones.
  private static func initialWeights(
    _ weights: WeightPlan, _ kurfile: Kurfile, _ services: KurServices
  ) throws(KurError) -> WeightSource? {
    guard let path = weights.initial else { return nil }
    if WeightSource.isThere(path) { return try WeightSource(path: path) }
    if weights.mustExist {
      throw KurError.section(
        path: kurfile.path, place: "train.weights.initial", found: "\(path), which is not there",
        expected: "weights; with must_exist: no, training starts with random ones")
    }
    services.console.tell(1, "Ignoring missing initial weights: \(path).")
    return nil
  }

  /// Writes what was learnt of recordings, now that nothing else can be wrong.
  private static func write(
    _ learnt: LearntNormalizations, _ source: WeightSource?, _ services: KurServices
  ) throws(KurError) {
    if let source, let path = learnt.paths.first {
      services.note(
        "\(path): is learnt of these recordings, though the weights \(source.path) were trained with other statistics. "
          + "If those are to be had, stop, and bring that file here.")
    }
    do { try learnt.write() } catch { throw .file(error) }
  }

  // MARK: - Running

  /// Trains until the end, and saves the last weights whatever happens; whether it came to its end, and was not asked to stop.
  ///
  /// - Throws: what goes wrong on the way.
  package mutating func run() throws -> Bool {
    var reason = "success"
    defer {
      tell(KurEvent(.trainingEnd, [("Reason", .string(reason))]))
      plugins?.finish()
    }
    do {
      position.isFinished = try train()
      if !position.isFinished { reason = "interrupted" }
    } catch is KurConsole.Stopped {
      services.note("Stopped as asked.")
      reason = "interrupted"
    } catch {
      reason = "\(error)"
      try? saveLast()
      throw error
    }
    try saveLast()
    return position.isFinished
  }

  /// Trains; whether it came to its end, and was not asked to stop.
  private mutating func train() throws -> Bool {
    tellHistory()
    if let lastEpoch = stop.lastEpoch, log.epochCount >= lastEpoch {
      services.console.say("Epoch stopping-criterion met.")
      tellOfUntrained()
      return true
    }
    if stop.isOver(clocks) {
      services.console.say("Elapsed-time stopping criterion met.")
      tellOfUntrained()
      return true
    }
    log.beginSession()
    if services.asKurDid { try session.warmUp(provider.batch(provider.firstEntries(2))) }
    tell(KurEvent(.trainingStart))
    clocks.resume(.all)
    if position.awaitsValidation {
      clocks.resume(.train)
      try validateAtCheckpoint()
    }
    var epoch = log.epochCount
    while true {
      if let lastEpoch = stop.lastEpoch, epoch >= lastEpoch {
        services.console.say("Completed \(lastEpoch) epochs.")
        return true
      }
      services.console.say("")
      switch try runEpoch(epoch + 1) {
      case .whole: epoch += 1
      case .timeIsOver: return true
      case .interrupted: return false
      }
    }
  }

  private func tellHistory() {
    let console = services.console
    if log.path == nil {
      console.tell(1, "No log specified, so no historical loss information is available.")
    } else {
      console.tell(
        1,
        bestTrainingLoss.map { "Best historical training loss: \(decimal($0))" }
          ?? "No historical training loss available from logs.")
      console.tell(
        1,
        bestValidationLoss.map { "Best historical validation loss: \(decimal($0))" }
          ?? "No historical validation loss available from logs.")
      if !log.earlierClocks.isEmpty { sayTimes() }
    }
    console.tell(
      1,
      log.epochCount == 0 ? "No previous epochs." : "Restarting from epoch \(log.epochCount + 1).")
  }

  /// Says what becomes of the last weights where nothing is trained.
  private func tellOfUntrained() {
    guard let last = weights.last.map({ WeightPlan.named($0, log) }), last != weights.initial else {
      return
    }
    let there = weights.initial.flatMap { WeightSource.isThere($0) ? $0 : nil }
    services.note(
      "\(last): gets \(there.map { "the weights of \($0)" } ?? "random weights"), since nothing is left to train."
    )
  }

  func sayTimes() {
    var lines: [(String, TrainingClocks.Part)] = [
      ("     Total wall-clock time", .all), ("  Training wall-clock time", .train),
    ]
    if validation != nil { lines.append(("Validation wall-clock time", .validate)) }
    lines.append(("     Batch wall-clock time", .batch))
    for (title, part) in lines {
      let seconds = Int(clocks(part))
      services.console.say(
        String(
          format: "\(title): %02dh %02dm %02ds", seconds / 3600, seconds / 60 % 60, seconds % 60))
    }
  }

  private enum EpochEnd {
    case whole, timeIsOver, interrupted
  }

  private mutating func runEpoch(_ number: Int) throws -> EpochEnd {
    let title = "Epoch \(number)/\(stop.lastEpoch.map(String.init) ?? "inf")"
    clocks.resume(.train)
    let batches = try begunBatches ?? newBatches()
    begunBatches = nil
    let total = batches.reduce(0) { $0 + $1.count }
    var done = batches.prefix(position.batchCount).reduce(0) { $0 + $1.count }
    var retries = BatchRetries(services)
    for (index, indices) in batches.enumerated().dropFirst(position.batchCount) {
      let found = try retries.attempt { () throws -> (losses: [String: Double], size: Int)? in
        let batch = try provider.batch(indices)
        guard batch.hasEntries else { return nil }
        try services.console.step("Train, Epoch \(number)", index + 1, batch)
        clocks.resume(.batch)
        defer { clocks.pause(.batch) }
        return try session.step(batch)
      }
      guard let (losses, size) = found else { continue }
      try log.noteBatch(size, losses, clocks)
      position.batchCount = index + 1
      counts[.batches, default: 0] += 1
      counts[.samples, default: 0] += Double(size)
      counts[.minutes] = now() / 60 - startMinutes
      done += indices.count
      let running = log.runningLoss?.values.reduce(0, +) ?? 0
      services.console.progress("\(title), loss=\(decimal(running))", done, total)
      try checkLosses(losses)
      if try runCheckpoint([.samples, .batches, .minutes]) { sayTimes() }
      if services.console.isInterrupted() {
        services.note("Stopped as asked.")
        clocks.pause(.train)
        return .interrupted
      }
      if stop.isOver(clocks) {
        services.console.say("Timer expired. Finishing up training.")
        clocks.pause(.train)
        try endEpoch(number)
        return .timeIsOver
      }
    }
    clocks.pause(.train)
    try retries.finish()
    try endEpoch(number)
    return .whole
  }

  private mutating func newBatches() throws -> [[Int]] {
    let batches = try provider.nextEpoch()
    position.arrangementCount += 1
    position.batchCount = 0
    position.isEpochOver = false
    return batches
  }

  private func checkLosses(_ losses: [String: Double]) throws(KurError) {
    for (output, loss) in losses where !loss.isFinite {
      throw .data(
        path: "loss of \(output)",
        problem:
          "Model loss is \(loss.isNaN ? "NaN" : "infinite"): make sure that inputs are normalised, that "
          + "the learning rate is not too high, and that gradients are clipped")
    }
  }

  private mutating func endEpoch(_ number: Int) throws {
    let before = (counts, checkpoint, log.mark(clocks))
    try runCheckpointOfEpoch()
    var trainingLoss: Double?
    guard let losses = log.runningLoss else {
      throw KurError.data(
        path: "train.data",
        problem:
          "found no sample in the whole epoch that can be used, expected one or more. What was skipped is reported "
          + "above; with force_batch_size, only whole batches count")
    }
    let loss = losses.values.reduce(0, +)
    trainingLoss = loss
    services.console.tell(1, "Training loss: \(decimal(loss))")
    if let path = weights.bestTraining, bestTrainingLoss.map({ loss < $0 }) ?? true {
      bestTrainingLoss = loss
      try save(path)
    }
    try log.noteEpoch(losses, clocks)
    let validationLoss: Double?
    do { validationLoss = try validate(batchCount: nil) } catch let stop as KurConsole.Stopped {
      // Who continues ends the epoch once more.
      (counts, checkpoint) = (before.0, before.1)
      _ = log.goBack(to: before.2)
      throw stop
    }
    position.isEpochOver = true
    tell(
      KurEvent(
        .epochEnd,
        [
          ("epoch", .int(number)), ("total_epochs", stop.lastEpoch.map { .int($0) } ?? .none),
          ("Training loss", trainingLoss.map { .float($0) } ?? .none),
          ("Validation loss", validationLoss.map { .float($0) } ?? .none),
        ]))
    sayTimes()
  }

  func tell(_ event: KurEvent) {
    for hook in hooks {
      do { try hook.notify(event, log) } catch { services.note("\(type(of: hook).kind): \(error)") }
    }
    plugins?.tell(event)
  }
}
