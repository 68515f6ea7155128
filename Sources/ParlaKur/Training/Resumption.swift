import Foundation
import ParlaNeuralNetwork

/// A training that was interrupted, or has come to its end before, and its place in the log.
struct Resumption {
  private let record: TrainingRecord
  /// Whether the weights were being written when all ended.
  let isUnfinished: Bool
  private let path: String

  /// Looks next to the weights at `path` for a training whose log is `log`; then `log` returns to its position.
  ///
  /// Nil if there is none, or if Kur's bugs are to be reproduced; Kur continues with the weights alone.
  init?(_ path: String?, _ log: inout KurLog, _ services: KurServices) {
    guard let path, log.path != nil, !services.asKurDid else { return nil }
    do {
      guard let (record, isUnfinished) = try TrainingRecord.read(path) else { return nil }
      if let seed = services.seed, seed != record.state.seed {
        services.note(
          "\(path): was trained by another seed; training starts with its weights alone.")
        return nil
      }
      guard log.goBack(to: record.state.log) else {
        services.console.tell(
          1, "\(path): belongs to another log; training starts with its weights alone.")
        return nil
      }
      (self.record, self.isUnfinished, self.path) = (record, isUnfinished, path)
    } catch {
      services.note("\(error) Training starts with the weights alone.")
      return nil
    }
  }

  /// What random numbers are drawn by.
  var seed: UInt64 { record.state.seed }

  /// The state of the training; it is past the end of a finished command.
  var state: TrainingRecord.State {
    var state = record.state
    if state.isFinished { state.start(state.log) }
    return state
  }

  /// Loads the record's weights into `model`, if the program ended while the files next to it were being written; returns whether it did.
  func restore(_ model: inout KurModel) -> Bool { isUnfinished && record.restore(&model) }

  /// How far steps have come; nil where `model`'s weights or the optimiser are others.
  func progress(
    _ model: KurModel, _ optimizer: KurOptimizer, _ services: KurServices
  ) -> KurSession.Progress? {
    guard record.matches(model) else {
      services.note(
        "\(path): the weights are others than the training left; it starts with them alone.")
      return nil
    }
    guard let progress = record.progress(model, optimizer) else {
      services.note(
        "\(path): another optimiser made the last steps; training starts with the weights alone.")
      return nil
    }
    return progress
  }

  /// Brings orders to where they were; the batches of an epoch that is not over, if there is one.
  func replay(_ provider: BatchProvider, _ validation: KurTesting?) throws -> [[Int]]? {
    var batches: [[Int]]?
    for _ in 0..<record.state.arrangementCount { batches = try provider.nextEpoch() }
    for set in validation?.sets ?? [] {
      for _ in 0..<record.state.validationCount { _ = try set.provider.nextEpoch() }
    }
    return record.state.isEpochOver ? nil : batches
  }
}

extension TrainingRecord.State {
  /// A training that begins, with the log at `mark`.
  init(_ seed: UInt64, _ mark: KurLog.Mark) {
    self.init(
      seed: seed, epochsBefore: mark.epochs, clocksBefore: mark.clocks, arrangementCount: 0,
      batchCount: 0, isEpochOver: true, validationCount: 0, counts: [:], checkpointCounts: [:],
      stepCount: 0, parameterSteps: [], log: mark)
  }

  /// Begins another command, with the log at `mark`.
  mutating func start(_ mark: KurLog.Mark) {
    isFinished = false
    (epochsBefore, clocksBefore) = (mark.epochs, mark.clocks)
    (counts, checkpointCounts) = ([:], [:])
  }

  /// The clocks at the start.
  func clocks(now: @escaping @Sendable () -> Double) -> TrainingClocks {
    var clocks = TrainingClocks(now: now)
    for part in TrainingClocks.Part.allCases {
      clocks.reset(part, to: clocksBefore[part.rawValue] ?? 0)
    }
    return clocks
  }

  /// Counts by their units.
  func units(_ counts: KeyPath<Self, [String: Double]>) -> [CheckpointPlan.Unit: Double] {
    Dictionary(
      uniqueKeysWithValues: self[keyPath: counts].compactMap { name, count in
        CheckpointPlan.Unit(rawValue: name).map { ($0, count) }
      })
  }

  /// Keeps `values` as `counts`.
  mutating func set(
    _ counts: WritableKeyPath<Self, [String: Double]>, _ values: [CheckpointPlan.Unit: Double]
  ) {
    self[keyPath: counts] = Dictionary(
      uniqueKeysWithValues: values.map { ($0.key.rawValue, $0.value) })
  }
}
