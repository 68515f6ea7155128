import Foundation
import ParlaAcousticModel
import ParlaTestSupport
import Synchronization
import Testing

@testable import ParlaTraining

/// However features are kept and batches split, the same model comes out; what cannot be used is left out and listed.
@Suite struct TrainerBatchesTests {
  static func text(_ path: String) -> String {
    (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
  }

  @Test func cachesChangeNothing() throws {
    try withTemporaryFolder { folder in
      let plain = try TrainerTests.configuration(folder, checkpoints: "plain", epochs: 2)
      try Trainer(plain).run()
      var cached = try TrainerTests.configuration(folder, checkpoints: "cached", epochs: 1)
      cached.batch.featureCacheFolder = folder + "/features"
      try Trainer(cached).run()
      cached.epochs.count = 2
      try Trainer(cached).run()
      let expected = try TrainerTests.newest("\(folder)/plain")
      let found = try TrainerTests.newest("\(folder)/cached")
      #expect(found.model.parameters == expected.model.parameters)
      #expect(found.state.history.map(\.devLoss) == expected.state.history.map(\.devLoss))
    }
  }

  @Test func splitBatchesLearnTheSameAndResumeToTheBit() throws {
    try withTemporaryFolder { folder in
      func configuration(_ name: String, memory: Int?) throws -> TrainingConfiguration {
        var configuration = try TrainerTests.configuration(folder, checkpoints: name, epochs: 2)
        configuration.batch.seconds = 6
        configuration.batch.memoryLimit = memory
        return configuration
      }
      let whole = try configuration("whole", memory: nil)
      try Trainer(whole).run()
      let parts = Mutex<Int>(0)
      let limit = 1 << 20
      let split = try configuration("split", memory: limit)
      try Trainer(split).run { event in
        if case .planned(let plan) = event { parts.withLock { $0 = plan.partCount } }
      }
      #expect(parts.withLock { $0 } > 1)
      let expected = try TrainerTests.newest("\(folder)/whole").state.history.map(\.trainLoss)
      let found = try TrainerTests.newest("\(folder)/split")
      expectClose(
        found.state.history.map { Float($0.trainLoss) }, expected.map { Float($0) },
        relative: 1e-3)

      let interrupted = try configuration("interrupted", memory: limit)
      let asked = Atomic<Int>(0)
      try Trainer(interrupted).run(shouldStop: {
        asked.add(1, ordering: .relaxed).oldValue == 3
      })
      // More memory does not change how sums are rounded.
      let resumed = try configuration("interrupted", memory: nil)
      try Trainer(resumed).run()
      #expect(
        try TrainerTests.newest("\(folder)/interrupted").model.parameters == found.model.parameters)
    }
  }

  @Test func badSamplesEndTheTrainingUnlessTheyAreToBeSkipped() throws {
    try withTemporaryFolder { folder in
      var configuration = try TrainerTests.configuration(folder, checkpoints: "c", epochs: 1)
      try Data("no sound".utf8).write(to: URL(fileURLWithPath: folder + "/train-3.wav"))
      try FileManager.default.removeItem(atPath: folder + "/train-4.wav")
      let table = folder + "/train.csv"
      let long = String(repeating: "abcd", count: 200)
      let rows = Self.text(table) + "train-0.wav,1,\(long)\ntrain-1.wav,1,\n"
      try rows.write(toFile: table, atomically: true, encoding: .utf8)
      let list = folder + "/c/quarantine.csv"
      #expect(throws: TrainingError.self) { try Trainer(configuration).run() }
      configuration.corpus.skipsBadSamples = true
      try Trainer(configuration).run()
      let lines = Self.text(list).split(separator: "\n")
      #expect(lines.count == 5, "\(lines)")
      for word in ["train-3.wav", "train-4.wav", "cannot spell", "transcript is empty", "reason"] {
        #expect(Self.text(list).contains(word))
      }
      #expect(Self.text(folder + "/c/report.html").contains("train-4.wav"))
    }
  }

  @Test func aTrainingThatOnlyFailsStopsAndSaysWhatToDo() throws {
    try withTemporaryFolder { folder in
      var configuration = try TrainerTests.configuration(folder, checkpoints: "c", epochs: 40)
      configuration.optimization.learningRate = 1e38
      let error = #expect(throws: TrainingError.self) { try Trainer(configuration).run() }
      #expect(error?.description.contains("--learning-rate") == true)
      #expect(Self.text(folder + "/c/report.html").contains("Ended: "))
    }
  }

  @Test func checkpointsAreSavedByStepsAndKept() throws {
    try withTemporaryFolder { folder in
      var configuration = try TrainerTests.configuration(folder, checkpoints: "c", epochs: 2)
      configuration.checkpoint.steps = 2
      configuration.checkpoint.keptCount = 3
      try Trainer(configuration).run()
      let records = try FileManager.default.contentsOfDirectory(atPath: folder + "/c").filter {
        $0.hasPrefix("last-") && $0.hasSuffix(".json")
      }
      #expect(records.sorted() == ["last-10.json", "last-6.json", "last-8.json"])
    }
  }

  @Test func metricsAndPageTellEveryEpochOnceThoughItWasInterrupted() throws {
    try withTemporaryFolder { folder in
      let configuration = try TrainerTests.configuration(folder, checkpoints: "c")
      let asked = Atomic<Int>(0)
      try Trainer(configuration).run(shouldStop: {
        asked.add(1, ordering: .relaxed).oldValue == 7
      })
      try Trainer(configuration).run()
      let epochs = Self.text(folder + "/c/metrics.jsonl").split(separator: "\n").filter {
        $0.contains("\"event\":\"epoch\"")
      }
      #expect(epochs.count == 3)
      let page = Self.text(folder + "/c/report.html")
      #expect(page.contains("<h1>Finished</h1>"))
      #expect(page.contains("batch: size"), "the configuration is there")
      let events = try FileManager.default.contentsOfDirectory(atPath: folder + "/c/summaries/dev")
      #expect(!events.isEmpty)
    }
  }
}
