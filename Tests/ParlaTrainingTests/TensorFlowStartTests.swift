import Foundation
import ParlaAcousticModel
import ParlaModelExchange
import ParlaNeuralNetwork
import ParlaTestSupport
import ParlaTranscripts
import Synchronization
import Testing

@testable import ParlaTraining

/// Trainings that start from a checkpoint of TensorFlow, as DeepSpeech's documentation tells to.
@Suite struct TensorFlowStartTests {
  /// A training of one epoch that fills `folder`/ds, where a checkpoint of DeepSpeech stands already.
  static func configuration(
    _ folder: String, leavingOut left: String? = nil
  ) throws -> TrainingConfiguration {
    try FileManager.default.copyItem(
      atPath: Fixture.path("exchange/checkpoint"), toPath: "\(folder)/ds")
    if let left { try FileManager.default.removeItem(atPath: "\(folder)/ds/\(left)") }
    var configuration = try TrainerTests.configuration(folder, checkpoints: "ds", epochs: 1)
    configuration.network.settings = ["n_hidden": "48"]
    return configuration
  }

  static func alphabet(_ letters: String, _ folder: String) throws -> String {
    let path = "\(folder)/\(letters).txt"
    try Alphabet(labels: letters.map { "\($0)" }).write(to: path)
    return path
  }

  /// The transfer report, when `configuration` is run until the first step.
  static func report(_ configuration: TrainingConfiguration) throws -> TransferReport? {
    let report = Mutex<TransferReport?>(nil)
    try Trainer(configuration).run(
      report: { event in
        if case .transferred(let transfer) = event { report.withLock { $0 = transfer } }
      }, shouldStop: { true })
    return report.withLock { $0 }
  }

  @Test func aCheckpointInTheFolderToBeFilledIsFineTunedAndThenOursIsResumed() throws {
    try withTemporaryFolder { folder in
      let configuration = try Self.configuration(folder)
      let source = try TensorFlowCheckpoint(folder: "\(folder)/ds").model()
      let report = try #require(try Self.report(configuration))
      #expect(report.path == "\(folder)/ds/train-5" && report.sharesFolder && report.keepsOptimizer)
      let started = try TrainerTests.newest("\(folder)/ds")
      #expect(started.model.parameters == source.parameters)
      #expect(started.state.optimizerStepCounts?.allSatisfy { $0 == 5 } == true)
      #expect(try Alphabet(path: "\(folder)/ds/alphabet.txt") == .english)

      #expect(try Self.report(configuration) == nil, "ours is resumed")
      #expect(try Trainer(configuration).run() == .finished)
      let ours = try TrainerTests.newest("\(folder)/ds").model.parameters
      #expect(ours != source.parameters)
      #expect(try AcousticModel(anyFile: "\(folder)/ds").parameters == ours)
    }
  }

  @Test func whatIsLeftOfACheckpointIsNotTakenForAnEmptyFolder() throws {
    for left in ["train-5.index", "train-5.data-00000-of-00001"] {
      try withTemporaryFolder { folder in
        let configuration = try Self.configuration(folder, leavingOut: left)
        let error = #expect(throws: ModelError.self) { try Trainer(configuration).run() }
        #expect(error?.description.contains("train-5") == true, "\(String(describing: error))")
      }
    }
    try withTemporaryFolder { folder in
      let configuration = try Self.configuration(folder, leavingOut: "checkpoint")
      #expect(try Self.report(configuration)?.path == "\(folder)/ds/train-5")
    }
  }

  @Test func anotherAlphabetNeedsAnotherFolder() throws {
    try withTemporaryFolder { folder in
      var configuration = try Self.configuration(folder)
      configuration.corpus.alphabetPath = try Self.alphabet(" abcdé", folder)
      let error = #expect(throws: ModelError.self) { try Trainer(configuration).run() }
      #expect(error?.description.contains("--load-checkpoint-dir \(folder)/ds") == true)
      #expect(try Alphabet(path: "\(folder)/ds/alphabet.txt") == .english)
    }
  }

  @Test func unknownLabelsDoNoHarmWhereTheOutputsAreReinitialised() throws {
    try withTemporaryFolder { folder in
      var configuration = try Self.configuration(folder, leavingOut: "alphabet.txt")
      configuration.start.modelPath = "\(folder)/ds"
      configuration.checkpoint.folder = "\(folder)/new"
      configuration.corpus.alphabetPath = try Self.alphabet(" abcdé", folder)
      let error = #expect(throws: TrainingError.self) { try Trainer(configuration).run() }
      #expect(error?.description.contains("--source-alphabet") == true)
      configuration.start.transfer.droppedLayerCount = 1
      let report = try #require(try Self.report(configuration))
      #expect(report.layers.map(\.origin) == Array(repeating: .copied, count: 5) + [.new])
      #expect(report.labels == nil && report.assumedAlphabetPath == nil)
    }
  }

  @Test func anAlphabetOfAsManyLabelsIsTakenForTheSourcesAndThatIsSaid() throws {
    try withTemporaryFolder { folder in
      var configuration = try Self.configuration(folder, leavingOut: "alphabet.txt")
      configuration.corpus.alphabetPath = "\(folder)/english.txt"
      try Alphabet.english.write(to: "\(folder)/english.txt")
      #expect(try Self.report(configuration)?.assumedAlphabetPath == "\(folder)/english.txt")
    }
  }

  @Test func theStartingPointIsTheOneAskedForOrNone() throws {
    try withTemporaryFolder { folder in
      var configuration = try Self.configuration(folder)
      configuration.start.checkpoint = .best
      #expect(throws: ModelError.noTensorFlowCheckpoint(folder: "\(folder)/ds", kinds: ["best"])) {
        try Trainer(configuration).run()
      }
      configuration.start.checkpoint = .scratch
      #expect(try Self.report(configuration) == nil)
      #expect(throws: TrainingError.self) { try Trainer(configuration).run() }
      configuration.checkpoint.folder = "\(folder)/empty"
      configuration.start.checkpoint = .last
      #expect(throws: ModelError.noCheckpoint(folder: "\(folder)/empty")) {
        try Trainer(configuration).run()
      }
    }
  }
}
