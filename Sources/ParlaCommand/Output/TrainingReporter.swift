import ParlaFiles
import ParlaTraining

/// Shows a training as it goes: a line that moves, and a few lines for each epoch.
final class TrainingReporter: Sendable {
  private let status = StatusLine()
  private let start = ContinuousClock.now

  /// Shows one event.
  func report(_ event: TrainingEvent) {
    switch event {
    case .reading(let done, let total):
      status.show("Reading recordings: \(done) of \(total)")
    case .leftOut(let reasons):
      let shown = reasons.prefix(5).map { "  \($0)" }.joined(separator: "\n")
      let more = reasons.count > 5 ? "\n  … and \(reasons.count - 5) more" : ""
      status.note("Left out \(counted(reasons.count, "sample")):\n\(shown)\(more)")
    case .resumed(let epoch, let step, let passedOver):
      for problem in passedOver { status.note("Passed over a checkpoint: \(problem)") }
      status.note(
        "Resuming from the checkpoint of step \(step), in epoch \(epoch)"
          + (passedOver.isEmpty ? "" : "; the steps after it are made again"))
    case .transferred(let report): status.note(TransferText.lines(report))
    case .frozen(let layers, let epoch):
      status.note(
        layers.isEmpty
          ? "All layers learn from epoch \(epoch)"
          : "Frozen in epoch \(epoch): \(layers.joined(separator: ", "))")
    case .started(let samples, let seconds, let labels, let parameters):
      status.note(
        "Training on \(counted(samples, "sample")), \(readable(seconds: seconds)) of sound, "
          + "\(counted(labels, "label")); the model has \(parameters) parameters")
    case .step(let progress): status.show(line(progress))
    case .epoch(let epoch): show(epoch)
    case .learningRateLowered(let rate): status.note("Learning rate lowered to \(rate)")
    case .saved, .quarantined: break
    case .planned(let plan): show(plan)
    case .notSaved(let step, let lastSaved, let reason):
      let newest = lastSaved.map { "the newest on disk is that of step \($0)" }
      status.note(
        "The checkpoint of step \(step) was not saved: \(reason) "
          + "The training continues and tries again; \(newest ?? "this run has saved none").")
    case .warning(let text): status.note(text)
    }
  }

  /// Says how the training ended.
  func finish(_ outcome: TrainingOutcome, checkpointFolder: String) {
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    switch outcome {
    case .doneBefore(let epochs):
      status.note(
        "\(epochs == 1 ? "1 epoch is" : "\(epochs) epochs are") done already; "
          + "raise --epochs to train further")
    case .finished:
      status.note("Finished all epochs after \(readable(seconds: elapsed))")
    case .stoppedEarly(let epoch):
      status.note("Stopped after epoch \(epoch): the development loss no longer fell")
    case .outOfTime(let epoch):
      status.note("Stopped in epoch \(epoch): the time that --max-minutes gives is up")
    case .interrupted(let epoch):
      status.note(
        "Stopped in epoch \(epoch); all is saved in \(checkpointFolder). "
          + "The same command resumes it.")
    }
  }

  private func show(_ plan: MemoryPlan) {
    var further =
      plan.partCount > 1
      ? "; it is split into \(plan.partCount) parts, whose gradients are added up." : ""
    if plan.isTight {
      further += " Should the system end the program here, pass a smaller --memory or --batch-size."
    }
    status.note(
      "Trying the largest batch: \(counted(plan.sampleCount, "sample")) of \(plan.frameCount) frames, about "
        + "\(plan.expectedMemory) of \(plan.allowedMemory)\(further)")
  }

  private func line(_ progress: TrainingProgress) -> String {
    let width = 20
    let filled = width * progress.batch / max(progress.batchCount, 1)
    let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled)
    return "Epoch \(progress.epoch)/\(progress.epochCount) [\(bar)] "
      + "loss \(rounded(progress.loss, 2))  "
      + "\(rounded(progress.audioSecondsPerSecond, 0)) s of sound a second  "
      + "\(readable(seconds: progress.secondsLeft)) left"
  }

  private func show(_ epoch: EpochReport) {
    var line = "Epoch \(epoch.epoch): loss \(rounded(epoch.trainLoss, 2))"
    if let loss = epoch.devLoss, let wer = epoch.devWordErrorRate,
      let cer = epoch.devCharacterErrorRate
    {
      line += "  dev loss \(rounded(loss, 2))  WER \(rounded(wer, 4))  CER \(rounded(cer, 4))"
      line += epoch.isBest ? "  (best)" : ""
    }
    line += "  \(rounded(epoch.audioSecondsPerSecond, 0)) s of sound a second"
    status.note(line)
    for set in epoch.sets ?? [] {
      status.note(
        "  \(set.path): loss \(rounded(set.loss, 2))  WER \(rounded(set.wordErrorRate, 4))  "
          + "CER \(rounded(set.characterErrorRate, 4))" + (set.decides ? "" : "  (only measured)"))
    }
    for example in epoch.examples {
      status.note(
        "  said:       \(example.said.trimmed)\n  recognised: \(example.recognized.trimmed)")
    }
  }
}
