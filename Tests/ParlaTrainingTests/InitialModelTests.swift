import ParlaAcousticModel
import ParlaModelExchange
import ParlaNeuralNetwork
import ParlaTestSupport
import ParlaTranscripts
import Testing

@testable import ParlaTraining

/// Trainings that start from a model that is there already.
@Suite struct InitialModelTests {
  @Test func trainingStartsFromAModelOfAnyFormat() throws {
    try withTemporaryFolder { folder in
      let first = try TrainerTests.configuration(folder, checkpoints: "first", epochs: 1)
      try Trainer(first).run()
      let model = try TrainerTests.newest("\(folder)/first").model
      try model.writeFrozenGraph(to: "\(folder)/model.pb")
      var second = try TrainerTests.configuration(folder, checkpoints: "second", epochs: 1)
      second.start.modelPath = "\(folder)/model.pb"
      try Trainer(second).run(shouldStop: { true })
      let started = try TrainerTests.newest("\(folder)/second")
      #expect(started.model.parameters == model.parameters)
      #expect(started.state.stepCount == 0)
    }
  }

  @Test func trainingTakesOverTensorFlowsOptimizer() throws {
    try withTemporaryFolder { folder in
      var configuration = try TrainerTests.configuration(folder, checkpoints: "own", epochs: 1)
      configuration.network.settings = ["n_hidden": "48"]
      configuration.start.modelPath = Fixture.path("exchange/checkpoint")
      try Trainer(configuration).run(shouldStop: { true })
      let started = try TrainerTests.newest("\(folder)/own")
      #expect(started.model.alphabet == .english)
      #expect(started.state.stepCount == 0)
      #expect(started.state.optimizerStepCounts?.allSatisfy { $0 == 5 } == true)
      let checkpoint = try TensorFlowCheckpoint(folder: Fixture.path("exchange/checkpoint"))
      let adam = try #require(try checkpoint.optimizer(for: started.model))
      #expect(started.optimizer.map(\.parameters) == adam.slots.map(\.parameters))
    }
  }

  @Test func anotherWidthIsNamed() throws {
    try withTemporaryFolder { folder in
      var configuration = try TrainerTests.configuration(folder, checkpoints: "own", epochs: 1)
      configuration.start.modelPath = Fixture.path("exchange/checkpoint")
      let error = #expect(throws: TrainingError.self) { try Trainer(configuration).run() }
      #expect(error?.description.contains("has shape [48, 494]") == true)
    }
  }
}
