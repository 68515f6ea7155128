import ParlaAcousticModel
import ParlaNeuralNetwork
import ParlaTestSupport
import Synchronization
import Testing

@testable import ParlaTraining

/// The average of the weights is what is evaluated, exported and resumed.
@Suite struct WeightAveragingTests {
  @Test func sharesMakeMeansOfStepsAndEpochs() throws {
    var configuration = TrainingConfiguration(
      trainFiles: ["a"], devFiles: [], checkpointFolder: "c")
    configuration.optimization.averaging = "ema[decay=0.5]"
    let ema = try #require(try configuration.weightAveraging())
    #expect(ema.share(afterStep: 1) == 1 - Float(2) / 11)
    #expect(ema.share(afterStep: 100) == 0.5)
    configuration.optimization.averaging = "mean[epochs=3]"
    let mean = try #require(try configuration.weightAveraging())
    let specifications = [ParameterSpecification(name: "a", shape: [1], initializer: .zeros)]
    var average = Parameters(zerosFor: specifications)
    var averaged = 0
    for epoch in 1...5 {
      let share = mean.share(afterEpoch: epoch, of: 5, averaged: averaged)
      averaged = share < 1 ? averaged + 1 : 1
      let now = Tensor(shape: [1], repeating: Float(epoch * epoch))
      average.move(
        towards: Parameters(specifications: specifications, tensors: [now]), by: share)
      if epoch == 2 { averaged = 0 }
    }
    expectClose(average.tensors[0].values, [Float(9 + 16 + 25) / 3], relative: 1e-6)
  }

  @Test(arguments: ["ema[decay=0.9]", "mean[epochs=2]"])
  func resumedItEndsAsIfNeverStopped(averaging: String) throws {
    try withTemporaryFolder { folder in
      func configuration(_ name: String) throws -> TrainingConfiguration {
        var configuration = try TrainerTests.configuration(folder, checkpoints: name)
        configuration.optimization.averaging = averaging
        configuration.optimization.optimizer = .adamW()
        configuration.optimization.schedules = ["cosine", "warm_up[steps=3]"]
        return configuration
      }
      #expect(try Trainer(configuration("straight")).run() == .finished)
      let asked = Atomic<Int>(0)
      try Trainer(configuration("interrupted")).run(shouldStop: {
        asked.add(1, ordering: .relaxed).oldValue == 12
      })
      #expect(try Trainer(configuration("interrupted")).run() == .finished)
      let expected = try TrainerTests.newest("\(folder)/straight")
      let resumed = try TrainerTests.newest("\(folder)/interrupted")
      #expect(resumed.model.parameters == expected.model.parameters)
      #expect(resumed.weights == expected.weights)
      #expect(resumed.optimizerSlots.map(\.parameters) == expected.optimizerSlots.map(\.parameters))
      #expect(resumed.state.history.map(\.devLoss) == expected.state.history.map(\.devLoss))
      let raw = try #require(expected.weights)
      #expect(raw != expected.model.parameters, "the model has the average")

      var plain = try configuration("plain")
      plain.optimization.averaging = nil
      #expect(try Trainer(plain).run() == .finished)
      let other = try TrainerTests.newest("\(folder)/plain")
      #expect(other.model.parameters == raw, "averaging does not change the training")
      #expect(other.weights == nil)
    }
  }

  @Test func timeThatIsUpEndsTheTrainingWithAWholeEpochReport() throws {
    try withTemporaryFolder { folder in
      var configuration = try TrainerTests.configuration(folder, checkpoints: "c", epochs: 1000)
      configuration.epochs.timeLimit = 1e-9
      configuration.optimization.schedules = ["cosine"]
      #expect(try Trainer(configuration).run() == .outOfTime(epoch: 1))
      let checkpoint = try TrainerTests.newest("\(folder)/c")
      #expect(checkpoint.state.stepCount == 1)
      #expect(checkpoint.state.history.count == 1)
      #expect(try Trainer(configuration).run() == .doneBefore(epochs: 1))
    }
  }
}
