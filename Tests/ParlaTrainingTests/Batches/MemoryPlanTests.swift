import ParlaAcousticModel
import ParlaNeuralNetwork
import ParlaTestSupport
import Testing

@testable import ParlaTraining

@Suite struct MemoryPlanTests {
  static func sample(frameCount: Int) -> ListedSample {
    ListedSample(
      audioPath: "long.wav", manifestPath: "a.csv", line: 2, transcript: "a", labels: [0],
      frameCount: frameCount, seconds: Double(frameCount) / 50)
  }

  static func fitted(
    limit: Int, samples: Int = 16, frames: Int = 1000, knownLimit: Int? = nil
  ) throws -> MemoryPlan {
    var plan = MemoryPlan(try LearnerTests.learner().model.graph, limit: limit)
    let batch = Array(repeating: Self.sample(frameCount: frames), count: samples)
    try plan.fit(batch[...], longest: Self.sample(frameCount: frames), knownLimit: knownLimit)
    return plan
  }

  @Test(arguments: [(0, "0 KiB"), (1, "1 KiB"), (3 << 20, "3 MiB"), (3 << 29, "1.5 GiB")])
  func memoryIsToldInItsUnit(bytes: Int, text: String) {
    #expect(gibibytes(bytes) == text)
  }

  @Test func whatFitsIsNotSplit() throws {
    let plan = try Self.fitted(limit: 1 << 30)
    #expect(plan.partCount == 1)
    #expect(plan.limitToKeep == nil)
    #expect(plan.expectedBytes == plan.modelBytes + 16000 * plan.bytesPerFrame)
  }

  @Test func whatDoesNotFitIsSplitSoThatItDoes() throws {
    let plan = try Self.fitted(limit: 30 << 20)
    #expect(plan.partCount > 1)
    #expect(plan.expectedBytes <= plan.limit)
    let resumed = try Self.fitted(limit: 1 << 30, knownLimit: plan.limitToKeep)
    #expect(resumed.partCount == plan.partCount, "a resumed training keeps its parts")
  }

  @Test func aSampleThatCannotFitIsNamedWithWhatHelps() throws {
    let error = #expect(throws: TrainingError.self) { try Self.fitted(limit: 2 << 20) }
    let text = try #require(error?.description)
    for word in ["long.wav", "20 s", "--memory", "--n-hidden"] { #expect(text.contains(word)) }
  }

  @Test(arguments: ["1000000", "100000"])
  func aNetworkThatCannotFitIsRefusedBeforeItIsMade(units: String) throws {
    try withTemporaryFolder { folder in
      var configuration = try TrainerTests.configuration(folder, checkpoints: "c")
      configuration.network.settings = ["n_hidden": units]
      configuration.batch.memoryLimit = 1 << 33
      let error = #expect(throws: TrainingError.self) { try Trainer(configuration).run() }
      let text = try #require(error?.description)
      for word in ["8.0 GiB", "--memory", "--n-hidden"] { #expect(text.contains(word)) }
    }
  }

  @Test func sizesWhoseProductsOverflowAreRefused() throws {
    let graph = try Graph([.dense(name: "wide", size: 1 << 20)], inputCount: 1 << 45)
    #expect(throws: TrainingError.self) { try MemoryPlan.require(graph, limit: .max) }
  }
}
