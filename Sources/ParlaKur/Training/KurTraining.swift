import Foundation
import ParlaFiles

/// A training as a Kurfile describes it: epochs, checkpoints, validation, logs, hooks.
///
/// Kur 0.7, `kur/model/executor.py`.
package struct KurTraining {
  private let services: KurServices
  private let provider: BatchProvider
  private let validation: KurTesting?
  private let hooks: [any KurHook]
  private let plugins: KurPlugins?
  private let weights: WeightPlan
  private let lastEpoch: Int?
  private let stop: StopCondition
  private var checkpoint: CheckpointPlan?
  private var log: KurLog
  private var clocks: TrainingClocks
  private var session: KurSession
  private var bestTrainingLoss: Double?
  private var bestValidationLoss: Double?
  /// What this session did, for checkpoints.
  private var counts: [CheckpointPlan.Unit: Double] = [:]
  private let startSeconds: Double
  private let now: @Sendable () -> Double

  /// Reads the sections of `kurfile`, loads its data and makes its model; `now` tells seconds since any moment.
  ///
  /// - Throws: `KurError`, and what is wrong with data and weights.
  package init(
    _ kurfile: Kurfile, _ conventions: KurConventions, plugins: KurPlugins? = nil,
    now: @escaping @Sendable () -> Double, _ services: KurServices
  ) throws {
    self.services = services
    self.plugins = plugins
    self.now = now
    startSeconds = now()
    let train = try kurfile.settings(of: "train")
    try train.allow(only: [
      "data", "provider", "weights", "log", "optimizer", "hooks", "epochs", "stop_when",
      "checkpoint",
    ])
    log =
      try KurLog(train["log"], path: kurfile.path, place: "train.log") ?? KurLog()
    clocks = TrainingClocks(now: now)
    for (part, seconds) in log.earlierClocks { clocks.reset(part, to: seconds) }
    stop = try StopCondition(train, completed: log.epochCount, clocks)
    lastEpoch = stop.lastEpoch
    checkpoint = try CheckpointPlan(train)
    let validate = kurfile.section("validate").map { $0.isTrue } ?? false
    weights = try WeightPlan(
      train: train, validate: validate ? kurfile.settings(of: "validate") : nil)
    hooks = try KurHooks.make(train, services)
    let optimizer = try KurOptimizer(train)
    provider = try kurfile.provider(of: "train", services)
    validation = validate ? try KurTesting(kurfile, section: "validate", services) : nil
    var model = try KurModel(kurfile, conventions, provider, services)
    let losses = try KurLoss.all(kurfile, outputs: model.outputNames)
    if let path = weights.initial {
      if FileManager.default.fileExists(atPath: path) {
        try model.load(path, services)
      } else if weights.mustExist {
        throw KurError.section(
          path: kurfile.path, place: "train.weights.initial", found: "\(path), which is not there",
          expected: "weights; with must_exist: no, training starts with random ones")
      } else {
        services.console.tell(1, "Ignoring missing initial weights: \(path).")
      }
    }
    session = try KurSession(model, losses: losses, optimizer: optimizer, services)
    bestTrainingLoss = log.bestTrainingLoss
    bestValidationLoss = log.bestValidationLoss
  }

  // MARK: - Running

  /// Trains until the end, and saves the last weights whatever happens.
  ///
  /// - Throws: what goes wrong on the way.
  package mutating func run() throws {
    var reason = "success"
    defer {
      tell(KurEvent(.trainingEnd, [("Reason", .string(reason))]))
      plugins?.finish()
    }
    do {
      try train()
    } catch {
      reason = "\(error)"
      try? saveLast()
      throw error
    }
    try saveLast()
  }

  private mutating func saveLast() throws {
    if let path = weights.last {
      services.console.tell(1, "Saving most recent weights: \(path)")
      try save(path)
    }
    if log.path != nil, log.batchCount > 0 { try log.write(clocks) }
  }

  private mutating func train() throws {
    tellHistory()
    if let lastEpoch, log.epochCount >= lastEpoch {
      services.console.say("Epoch stopping-criterion met.")
      return
    }
    if stop.isOver(clocks) {
      services.console.say("Elapsed-time stopping criterion met.")
      return
    }
    log.beginSession()
    if services.asKurDid { try session.warmUp(provider.batch(provider.firstEntries(2))) }
    tell(KurEvent(.trainingStart))
    clocks.resume(.all)
    var epoch = log.epochCount
    while true {
      if let lastEpoch, epoch >= lastEpoch {
        services.console.say("Completed \(lastEpoch) epochs.")
        return
      }
      services.console.say("")
      let isStopped = try runEpoch(epoch + 1)
      if isStopped { return }
      epoch += 1
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

  private func sayTimes() {
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

  /// Runs one epoch; whether training is to stop after it.
  private mutating func runEpoch(_ number: Int) throws -> Bool {
    let title = "Epoch \(number)/\(lastEpoch.map(String.init) ?? "inf")"
    var isStopped = false
    clocks.resume(.train)
    let batches = try provider.nextEpoch()
    let total = batches.reduce(0) { $0 + $1.count }
    var done = 0
    var retries = BatchRetries(services)
    for (index, indices) in batches.enumerated() {
      services.console.waitForStep?("\(title), batch \(index + 1)")
      clocks.resume(.batch)
      let found = try retries.attempt { try session.step(provider.batch(indices)) }
      clocks.pause(.batch)
      guard let (losses, size) = found else { continue }
      try log.noteBatch(size, losses, clocks)
      counts[.batches, default: 0] += 1
      counts[.samples, default: 0] += Double(size)
      counts[.minutes] = (now() - startSeconds) / 60
      done += indices.count
      let running = log.runningLoss?.values.reduce(0, +) ?? 0
      services.console.progress("\(title), loss=\(decimal(running))", done, total)
      try checkLosses(losses)
      if try runCheckpoint([.samples, .batches, .minutes], mayValidate: true) { sayTimes() }
      if services.console.isInterrupted() {
        services.note("Stopped as asked.")
        clocks.pause(.train)
        return true
      }
      if stop.isOver(clocks) {
        services.console.say("Timer expired. Finishing up training.")
        isStopped = true
        break
      }
    }
    clocks.pause(.train)
    try endEpoch(number)
    return isStopped
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
    counts[.epochs, default: 0] += 1
    _ = try runCheckpoint([.epochs], mayValidate: false)
    var trainingLoss: Double?
    if let losses = log.runningLoss {
      let loss = losses.values.reduce(0, +)
      trainingLoss = loss
      services.console.tell(1, "Training loss: \(decimal(loss))")
      if let path = weights.bestTraining, bestTrainingLoss.map({ loss < $0 }) ?? true {
        bestTrainingLoss = loss
        try save(path)
      }
      try log.noteEpoch(losses, clocks)
    } else {
      services.note("No data provided to training loop.")
    }
    let validationLoss = try validate(batchCount: nil)
    tell(
      KurEvent(
        .epochEnd,
        [
          ("epoch", .int(number)), ("total_epochs", lastEpoch.map { .int($0) } ?? .none),
          ("Training loss", trainingLoss.map { .float($0) } ?? .none),
          ("Validation loss", validationLoss.map { .float($0) } ?? .none),
        ]))
    sayTimes()
  }

  // MARK: - Validation and weights

  private mutating func validate(batchCount: Int?) throws -> Double? {
    guard let validation else { return nil }
    clocks.resume(.validate)
    defer { clocks.pause(.validate) }
    guard
      let result = try validation.run(
        session, verb: "Validating", title: "Validation", batchCount: batchCount)
    else { return nil }
    let loss = result.mean.values.reduce(0, +)
    if let path = weights.bestValidation, bestValidationLoss.map({ loss < $0 }) ?? true {
      bestValidationLoss = loss
      try save(path)
    }
    try log.noteValidation(result.sets, mean: result.mean, clocks)
    return loss
  }

  private mutating func runCheckpoint(
    _ units: [CheckpointPlan.Unit], mayValidate: Bool
  ) throws -> Bool {
    guard checkpoint?.isDue(units, counts) == true, let checkpoint else { return false }
    clocks.pause(.train)
    if let path = checkpoint.path {
      services.console.say("Checkpoint...")
      try save(path)
    }
    if checkpoint.validates, mayValidate {
      let loss = try validate(batchCount: checkpoint.validationBatchCount)
      tell(
        KurEvent(.validationEnd, [("Validation loss", loss.map { .float($0) } ?? .none)]))
    }
    clocks.resume(.train)
    return true
  }

  private func save(_ path: String) throws {
    try session.model.save(WeightPlan.named(path, log))
  }

  private func tell(_ event: KurEvent) {
    for hook in hooks {
      do { try hook.notify(event, log) } catch { services.note("\(type(of: hook).kind): \(error)") }
    }
    plugins?.tell(event)
  }
}
