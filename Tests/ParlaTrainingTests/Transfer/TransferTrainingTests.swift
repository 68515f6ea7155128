import Foundation
import ParlaAcousticModel
import ParlaNeuralNetwork
import ParlaTestSupport
import ParlaTranscripts
import Synchronization
import Testing

@testable import ParlaTraining

/// Trainings that carry a model over to another language of tones.
@Suite struct TransferTrainingTests {
  /// A training of one epoch from the model of another one of four letters.
  static func configuration(
    _ folder: String, letters: String = "abcdä", checkpoints: String = "target"
  ) throws -> TrainingConfiguration {
    if !FileManager.default.fileExists(atPath: "\(folder)/source") {
      let source = try TrainerTests.configuration(folder, checkpoints: "source", epochs: 1)
      try Trainer(source).run()
    }
    let corpus = ToneCorpus(folder: folder, letters: letters)
    var configuration = TrainingConfiguration(
      trainFiles: [try corpus.write("other", count: 16, seed: 5)], devFiles: [],
      checkpointFolder: "\(folder)/\(checkpoints)")
    configuration.batch.size = 4
    configuration.epochs.count = 1
    configuration.start.modelPath = "\(folder)/source"
    return configuration
  }

  static func source(_ folder: String) throws -> AcousticModel {
    try CheckpointFolder(path: "\(folder)/source").bestModel()
  }

  @Test func aLargerAlphabetAndTheSourcesWidthAreFoundWithoutAFlag() throws {
    try withTemporaryFolder { folder in
      let configuration = try Self.configuration(folder)
      let report = Mutex<TransferReport?>(nil)
      try Trainer(configuration).run { event in
        if case .transferred(let transfer) = event { report.withLock { $0 = transfer } }
      }
      let target = try TrainerTests.newest("\(folder)/target").model
      #expect(target.alphabet.labels == [" ", "a", "b", "c", "d", "ä"])
      #expect(target.parameters["layer_6.weight"]?.shape == [7, 8])
      let labels = try #require(report.withLock { $0 }?.labels)
      #expect(labels.related.map(\.label) == ["ä"] && labels.new.isEmpty)
      let alphabet = try Alphabet(path: "\(folder)/target/alphabet.txt")
      #expect(alphabet == target.alphabet)
    }
  }

  @Test func theSameAlphabetNeedsNoFlagButTheSource() throws {
    try withTemporaryFolder { folder in
      let configuration = try Self.configuration(folder, letters: "dcb")
      try Trainer(configuration).run(shouldStop: { true })
      let started = try TrainerTests.newest("\(folder)/target")
      #expect(started.model.parameters == (try Self.source(folder).parameters))
      #expect(started.state.optimizerStepCounts?.allSatisfy { $0 == 5 } == true)
    }
  }

  @Test func frozenLayersDoNotChangeAndOthersDo() throws {
    try withTemporaryFolder { folder in
      var configuration = try Self.configuration(folder)
      configuration.optimization.layerLearning.frozenLayers = ["layer_1", "layer_2", "lstm"]
      try Trainer(configuration).run()
      let (before, after) = (
        try Self.source(folder).parameters,
        try TrainerTests.newest("\(folder)/target").model.parameters
      )
      for (index, specification) in before.specifications.enumerated().dropLast(2) {
        let isFrozen = ["layer_1", "layer_2", "lstm"].contains {
          specification.name.hasPrefix($0 + ".")
        }
        #expect(
          (before.tensors[index] == after.tensors[index]) == isFrozen, "\(specification.name)")
      }
    }
  }

  @Test func layersThawOneAfterAnotherAndAStopInBetweenChangesNothing() throws {
    try withTemporaryFolder { folder in
      func configuration(_ checkpoints: String) throws -> TrainingConfiguration {
        var configuration = try Self.configuration(folder, checkpoints: checkpoints)
        configuration.epochs.count = 3
        configuration.optimization.warmUpSteps = 6
        configuration.optimization.gradientNormLimit = 5
        configuration.optimization.optimizer = .rmsprop(momentum: 0.5)
        configuration.optimization.layerLearning.thawEpochs = 1
        return configuration
      }
      let frozen = Mutex<[[String]]>([])
      try Trainer(try configuration("straight")).run { event in
        if case .frozen(let layers, _) = event { frozen.withLock { $0.append(layers) } }
      }
      #expect(frozen.withLock { $0.map(\.count) } == [5, 4, 3])
      let straight = try TrainerTests.newest("\(folder)/straight")
      let source = try Self.source(folder).parameters
      #expect(straight.model.parameters.tensors[..<6] == source.tensors[..<6])
      #expect(straight.model.parameters.tensors[6] != source.tensors[6], "the LSTM has thawed")
      #expect(straight.state.optimizerStepCounts == [0, 0, 0, 0, 0, 0, 4, 4, 4, 8, 8, 12, 12])

      for steps in [2, 6] {
        let asked = Atomic<Int>(0)
        let interrupted = try configuration("interrupted-\(steps)")
        try Trainer(interrupted).run(shouldStop: {
          asked.add(1, ordering: .relaxed).oldValue == steps
        })
        try Trainer(interrupted).run()
        let resumed = try TrainerTests.newest("\(folder)/interrupted-\(steps)")
        #expect(resumed.model.parameters == straight.model.parameters)
        #expect(resumed.optimizer.map(\.parameters) == straight.optimizer.map(\.parameters))
        #expect(resumed.state.optimizerStepCounts == straight.state.optimizerStepCounts)
      }
    }
  }

  @Test func goingOnWithAnotherAlphabetNamesBothAndTheWayOut() throws {
    try withTemporaryFolder { folder in
      var configuration = try Self.configuration(folder, checkpoints: "source")
      configuration.start.modelPath = nil
      let error = #expect(throws: ModelError.self) { try Trainer(configuration).run() }
      let message = try #require(error?.description)
      #expect(message.contains("\" abcd\"") && message.contains("\" abcdä\""), "\(message)")
      #expect(message.contains("--load-checkpoint-dir \(folder)/source"), "\(message)")
    }
  }
}
