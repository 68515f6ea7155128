import Foundation
import ParlaAcousticModel
import ParlaFiles
import ParlaNeuralNetwork
import ParlaTestSupport
import Synchronization
import Testing

@testable import ParlaTraining

@Suite struct TrainerTests {
  static func configuration(
    _ folder: String, checkpoints: String, epochs: Int = 3
  ) throws -> TrainingConfiguration {
    let corpus = ToneCorpus(folder: folder)
    var configuration = TrainingConfiguration(
      trainFiles: [try corpus.write("train", count: 20, seed: 1)],
      devFiles: [try corpus.write("dev", count: 4, seed: 2)],
      checkpointFolder: "\(folder)/\(checkpoints)")
    configuration.network.settings = ["n_hidden": "8", "dropout_rate": "0.2"]
    configuration.batch.size = 4
    configuration.epochs.count = epochs
    return configuration
  }

  static func newest(_ folder: String) throws -> Checkpoint<TrainingState> {
    let found = try CheckpointFolder(path: folder).newest(.last, stateType: TrainingState.self)
    return try #require(found).checkpoint
  }

  @Test(arguments: [1, 5, 7, 10], [TrainingConfiguration.Precision.float32, .bf16])
  func stoppedAndResumedItEndsAsIfNeverStopped(
    steps: Int, precision: TrainingConfiguration.Precision
  ) throws {
    try withTemporaryFolder { folder in
      var straight = try Self.configuration(folder, checkpoints: "straight")
      straight.hardware.precision = precision
      #expect(try Trainer(straight).run() == .finished)

      var interrupted = try Self.configuration(folder, checkpoints: "interrupted")
      interrupted.hardware.precision = precision
      let asked = Atomic<Int>(0)
      let outcome = try Trainer(interrupted).run(shouldStop: {
        asked.add(1, ordering: .relaxed).oldValue == steps
      })
      #expect(outcome == .interrupted(epoch: steps / 5 + 1))
      #expect(try Trainer(interrupted).run() == .finished)

      let expected = try Self.newest("\(folder)/straight")
      let resumed = try Self.newest("\(folder)/interrupted")
      #expect(resumed.model.parameters == expected.model.parameters)
      #expect(resumed.optimizer.map(\.parameters) == expected.optimizer.map(\.parameters))
      #expect(resumed.state.stepCount == 15)
      #expect(resumed.state.history.map(\.trainLoss) == expected.state.history.map(\.trainLoss))
      #expect(resumed.state.history.map(\.devLoss) == expected.state.history.map(\.devLoss))
    }
  }

  @Test func largerBatchesMayFollowInMidEpoch() throws {
    try withTemporaryFolder { folder in
      var configuration = try Self.configuration(folder, checkpoints: "c", epochs: 1)
      let asked = Atomic<Int>(0)
      let outcome = try Trainer(configuration).run(shouldStop: {
        asked.add(1, ordering: .relaxed).oldValue == 4
      })
      #expect(outcome == .interrupted(epoch: 1))
      configuration.batch.size = 20
      #expect(try Trainer(configuration).run() == .finished)
    }
  }

  @Test(
    arguments: ["stepCount", "batchInEpoch", "frameLimit", "optimizerStepCounts", "epoch"],
    [[-7], [.max]])
  func aRecordWithImpossibleNumbersIsPassedOver(name: String, numbers: [Int]) throws {
    try withTemporaryFolder { folder in
      let configuration = try Self.configuration(folder, checkpoints: "c", epochs: 1)
      try Trainer(configuration).run()
      let file = URL(fileURLWithPath: "\(folder)/c/last-5.json")
      let object = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
      var record = try #require(object as? [String: Any])
      var state = try #require(record["state"] as? [String: Any])
      state[name] = name == "optimizerStepCounts" ? numbers : numbers[0]
      record["state"] = state
      try JSONSerialization.data(withJSONObject: record).write(to: file)
      let newest = try CheckpointFolder(path: "\(folder)/c").newest(
        .last, .best, stateType: TrainingState.self, where: \.isPossible)
      #expect(newest?.passedOver.count == 1)
      #expect(newest?.passedOver.first?.contains("impossible") == true)
    }
  }

  @Test func aFolderThatAnotherTrainingUsesIsRefused() throws {
    try withTemporaryFolder { folder in
      let configuration = try Self.configuration(folder, checkpoints: "c", epochs: 1)
      try Trainer(configuration).run { event in
        guard case .epoch = event else { return }
        let found = #expect(throws: FileError.self) { try Trainer(configuration).run() }
        guard case .inUse(configuration.checkpoint.folder, let owner)? = found else {
          Issue.record("\(String(describing: found))")
          return
        }
        #expect(owner.hasPrefix("process \(ProcessInfo.processInfo.processIdentifier) on "))
      }
      try Trainer(configuration).run()
    }
  }

  @Test func theNextBecomesTheBestWhenTheBestIsLost() throws {
    try withTemporaryFolder { folder in
      var configuration = try Self.configuration(folder, checkpoints: "c", epochs: 2)
      try Trainer(configuration).run()
      let files = try FileManager.default.contentsOfDirectory(
        atPath: configuration.checkpoint.folder)
      for file in files where file.hasPrefix("best-") && file.hasSuffix(".safetensors") {
        try Data([0]).write(
          to: URL(fileURLWithPath: "\(configuration.checkpoint.folder)/\(file)"))
      }
      configuration.epochs.count = 3
      // Nothing is better than what was best, were it there.
      configuration.optimization.learningRate = 1e-9
      configuration.optimization.restartsLearningRate = true
      try Trainer(configuration).run()
      let best = try CheckpointFolder(path: configuration.checkpoint.folder)
        .newest(.best, stateType: TrainingState.self)
      #expect(best?.checkpoint.state.bestEpoch == 3)
      #expect(best?.passedOver.isEmpty == true)
    }
  }

  @Test func aFinishedTrainingIsFinishedAtOnce() throws {
    try withTemporaryFolder { folder in
      let configuration = try Self.configuration(folder, checkpoints: "c")
      try Trainer(configuration).run()
      let steps = Atomic<Int>(0)
      for epochs in [3, 1] {
        var again = configuration
        again.epochs.count = epochs
        let outcome = try Trainer(again).run { event in
          if case .step = event { steps.add(1, ordering: .relaxed) }
        }
        #expect(outcome == .doneBefore(epochs: 3))
      }
      #expect(steps.load(ordering: .relaxed) == 0)
    }
  }

  @Test func aLowerRateIsBetterThanALowerLossUnlessTheLossDecides() {
    func epoch(_ number: Int, loss: Double, rate: Double) -> EpochReport {
      EpochReport(
        epoch: number, trainLoss: 1, devLoss: loss, devWordErrorRate: 1,
        devCharacterErrorRate: rate, learningRate: 1, audioSecondsPerSecond: 1, isBest: false,
        examples: [])
    }
    let (early, late) = (epoch(1, loss: 2, rate: 0.4), epoch(2, loss: 3, rate: 0.3))
    #expect(TrainingConfiguration.Criterion.cer.isBetter(late, than: early))
    #expect(TrainingConfiguration.Criterion.loss.isBetter(early, than: late))
    let equal = epoch(3, loss: 1, rate: 0.4)
    #expect(TrainingConfiguration.Criterion.cer.isBetter(equal, than: early), "a lower loss")
    #expect(!TrainingConfiguration.Criterion.cer.isBetter(early, than: early))
  }

  @Test(arguments: TrainingConfiguration.Criterion.allCases)
  func theBestEpochsModelIsKept(by criterion: TrainingConfiguration.Criterion) throws {
    try withTemporaryFolder { folder in
      var configuration = try Self.configuration(folder, checkpoints: "c", epochs: 6)
      configuration.epochs.bestBy = criterion
      try Trainer(configuration).run()
      let checkpoints = CheckpointFolder(path: configuration.checkpoint.folder)
      let last = try Self.newest(configuration.checkpoint.folder)
      let best = try #require(
        try checkpoints.newest(.best, stateType: TrainingState.self)
      ).checkpoint
      let epochs = last.state.history
      let lowest = try #require(
        epochs.min { criterion.isBetter($0, than: $1) }, "6 epochs with a development set")
      #expect(best.state.bestEpoch == lowest.epoch)
      #expect(best.state.history.last == lowest)
      #expect(epochs.allSatisfy { ($0.devLoss ?? 0) >= (lowest.devLoss ?? 0) } || criterion == .cer)
      #expect(try checkpoints.bestModel().parameters == best.model.parameters)
    }
  }
}
