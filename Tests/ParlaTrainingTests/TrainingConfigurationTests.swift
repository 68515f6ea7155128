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
      ("--train-files", { $0.corpus.trainFiles = [] }), ("--epochs", { $0.epochs.count = 0 }),
      ("--batch-size", { $0.batch.size = -1 }),
      ("--learning-rate", { $0.optimization.learningRate = .nan }),
      ("--beta1", { $0.optimization.optimizer = .adam(beta1: 1) }),
      ("--threads", { $0.hardware.threadCount = 0 }),
      ("--momentum", { $0.optimization.optimizer = .sgd(momentum: -1) }),
      ("--nesterov", { $0.optimization.optimizer = .sgd(isNesterov: true) }),
      ("--decay", { $0.optimization.optimizer = .adadelta(decay: 1) }),
      ("--clip-gradient-norm", { $0.optimization.gradientNormLimit = 0 }),
      ("--warm-up-steps", { $0.optimization.warmUpSteps = -1 }),
      ("--dev-files", { $0.epochs.earlyStopping = .init() }),
      ("--dev-files", { $0.optimization.plateau = .init() }),
    ]
    for (name, change) in cases {
      let error = #expect(throws: TrainingError.self) { try Self.configuration(change).validate() }
      #expect(error?.description.hasPrefix("\(name): found") == true)
    }
  }
}
