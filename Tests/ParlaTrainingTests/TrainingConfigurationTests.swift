import ParlaNeuralNetwork
import Testing

@testable import ParlaTraining

@Suite struct TrainingConfigurationTests {
  static func configuration(_ change: (inout TrainingConfiguration) -> Void)
    -> TrainingConfiguration
  {
    var configuration = TrainingConfiguration(
      trainFiles: ["a.csv"], devFiles: [], checkpointFolder: "c")
    change(&configuration)
    return configuration
  }

  @Test func defaultsAreValid() throws {
    try Self.configuration { _ in }.validate()
  }

  @Test func impossibleSettingsAreNamedByTheirOption() {
    let cases: [(String, (inout TrainingConfiguration) -> Void)] = [
      ("--train-files", { $0.trainFiles = [] }), ("--epochs", { $0.epochs = 0 }),
      ("--batch-size", { $0.batchSize = -1 }), ("--learning-rate", { $0.learningRate = .nan }),
      ("--beta1", { $0.optimizer = .adam(beta1: 1) }), ("--threads", { $0.threadCount = 0 }),
      ("--momentum", { $0.optimizer = .sgd(momentum: -1) }),
      ("--nesterov", { $0.optimizer = .sgd(isNesterov: true) }),
      ("--decay", { $0.optimizer = .adadelta(decay: 1) }),
      ("--clip-gradient-norm", { $0.gradientNormLimit = 0 }),
      ("--warm-up-steps", { $0.warmUpSteps = -1 }),
      ("--dev-files", { $0.earlyStopping = .init() }), ("--dev-files", { $0.plateau = .init() }),
    ]
    for (name, change) in cases {
      let error = #expect(throws: TrainingError.self) { try Self.configuration(change).validate() }
      #expect(error?.description.hasPrefix("\(name): found") == true)
    }
  }
}
