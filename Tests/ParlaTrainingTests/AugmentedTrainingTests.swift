import Foundation
import ParlaAcousticModel
import ParlaTestSupport
import Synchronization
import Testing

@testable import ParlaTraining

/// What augmentations change is a function of seed, epoch and sample alone.
@Suite struct AugmentedTrainingTests {
  static func configuration(
    _ folder: String, _ name: String, threadCount: Int = 1
  ) throws -> TrainingConfiguration {
    var configuration = try TrainerTests.configuration(folder, checkpoints: name, epochs: 2)
    configuration.hardware.threadCount = threadCount
    configuration.batch.augmentations = [
      "overlay[p=0.5,source=\(folder)/dev.csv,snr=20:10~5]", "speed[p=0.5]",
      "tempo[p=0.5,factor=1~0.2]",
      "warp[p=0.5]", "add[p=0.5,stddev=1]", "spec_augment",
    ]
    return configuration
  }

  @Test func theSameAtAnyNumberOfThreadsAndAfterAnInterruption() throws {
    try withTemporaryFolder { folder in
      #expect(try Trainer(Self.configuration(folder, "one")).run() == .finished)
      #expect(try Trainer(Self.configuration(folder, "three", threadCount: 3)).run() == .finished)
      var interrupted = try Self.configuration(folder, "interrupted")
      interrupted.batch.featureCacheFolder = "\(folder)/features"
      let asked = Atomic<Int>(0)
      try Trainer(interrupted).run(shouldStop: {
        asked.add(1, ordering: .relaxed).oldValue == 7
      })
      #expect(try Trainer(interrupted).run() == .finished)
      var plain = try Self.configuration(folder, "plain")
      plain.batch.augmentations = []
      #expect(try Trainer(plain).run() == .finished)

      let expected = try TrainerTests.newest("\(folder)/one").model.parameters
      #expect(try TrainerTests.newest("\(folder)/three").model.parameters == expected)
      #expect(try TrainerTests.newest("\(folder)/interrupted").model.parameters == expected)
      #expect(try TrainerTests.newest("\(folder)/plain").model.parameters != expected)
    }
  }

  @Test func onlyWhatComesBeforeAugmentationsIsCached() throws {
    try withTemporaryFolder { folder in
      var configuration = try Self.configuration(folder, "c")
      configuration.batch.featureCacheFolder = "\(folder)/features"
      try Trainer(configuration).run()
      func files() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: "\(folder)/features").filter {
          $0.hasSuffix(".npy")
        }.sorted()
      }
      let cached = try files()
      #expect(cached.count == 24, "20 samples to train on and 4 for development")
      configuration.batch.augmentations = []
      configuration.checkpoint.folder = "\(folder)/plain"
      try Trainer(configuration).run()
      #expect(try files() == cached)
      let state = try TrainerTests.newest("\(folder)/plain").state
      var fresh = configuration
      fresh.batch.featureCacheFolder = nil
      fresh.checkpoint.folder = "\(folder)/fresh"
      try Trainer(fresh).run()
      let other = try TrainerTests.newest("\(folder)/fresh").state
      #expect(state.history.map(\.trainLoss) == other.history.map(\.trainLoss))
    }
  }

  @Test func whatIsWrongStopsTheTrainingBeforeItBegins() throws {
    try withTemporaryFolder { folder in
      var configuration = try Self.configuration(folder, "c")
      configuration.batch.augmentations = ["noise[source=\(folder)/none]"]
      let error = #expect(throws: (any Error).self) { try Trainer(configuration).run() }
      #expect("\(error.map { "\($0)" } ?? "")".contains("\(folder)/none: there is no such file"))
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/c"))
    }
  }
}
