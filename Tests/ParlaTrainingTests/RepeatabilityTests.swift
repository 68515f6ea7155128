import ParlaAcousticModel
import ParlaTestSupport
import Testing

@testable import ParlaTraining

/// The seed decides everything that is random, at any number of threads.
@Suite struct RepeatabilityTests {
  @Test(arguments: [1, 2]) func theSameSeedEndsWithTheSameBits(threadCount: Int) throws {
    try withTemporaryFolder { folder in
      var ends: [Checkpoint<TrainingState>] = []
      for (name, seed) in [("one", 7), ("again", 7), ("other", 8)] as [(String, UInt64)] {
        var configuration = try TrainerTests.configuration(folder, checkpoints: name, epochs: 2)
        configuration.optimization.seed = seed
        configuration.hardware.threadCount = threadCount
        configuration.optimization.gradientNormLimit = 20
        try Trainer(configuration).run()
        ends.append(try TrainerTests.newest("\(folder)/\(name)"))
      }
      #expect(ends[0].model.parameters == ends[1].model.parameters)
      #expect(ends[0].optimizer.map(\.parameters) == ends[1].optimizer.map(\.parameters))
      #expect(ends[0].model.parameters != ends[2].model.parameters)
    }
  }
}
