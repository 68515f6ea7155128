import ParlaAcousticModel
import ParlaModelTestSupport
import ParlaNeuralNetwork
import ParlaTestSupport
import Synchronization
import Testing

@testable import ParlaTraining

/// A training comes to the same, however many processes share its batches.
@Suite struct PeersTests {
  private typealias Make = @Sendable (String, String) throws -> TrainingConfiguration

  private static let networks: [Make] = [
    { try TrainerTests.configuration($0, checkpoints: $1) },
    { try GraphTrainingTests.configuration($0, checkpoints: $1) },
  ]

  /// The networks, in float32 and with recordings that are changed; `sgd` for optimisers that do not divide by what is small.
  private static func configuration(
    _ network: Int, _ folder: String, _ name: String, sgd: Bool
  ) throws -> TrainingConfiguration {
    var configuration = try networks[network](folder, name)
    configuration.hardware.precision = .float32
    configuration.batch.augmentations = ["volume[dbfs=-30~20]", "time_mask[p=0.5,size=30:30]"]
    if sgd { configuration.optimization.optimizer = .sgd(momentum: 0.9) }
    configuration.optimization.learningRate = 0.01
    return configuration
  }

  @Test(arguments: [0, 1], [2, 3, 5])
  func sharedBatchesMakeTheSameSteps(network: Int, count: Int) throws {
    try withTemporaryFolder { folder in
      let alone = try Self.configuration(network, folder, "alone", sgd: true)
      try Trainer(alone).run()
      let shared = try Self.configuration(network, folder, "shared", sgd: true)
      let outcome = try ThreadPeers.run(count) { peers in
        try Trainer(shared, peers: peers).run()
      }
      #expect(outcome == .finished)
      try Self.expectSame("\(folder)/shared", "\(folder)/alone")
    }
  }

  @Test func withAdamLossesAreTheSame() throws {
    try withTemporaryFolder { folder in
      let alone = try Self.configuration(0, folder, "alone", sgd: false)
      try Trainer(alone).run()
      let shared = try Self.configuration(0, folder, "shared", sgd: false)
      _ = try ThreadPeers.run(2) { try Trainer(shared, peers: $0).run() }
      let found = try TrainerTests.newest("\(folder)/shared").state.history
      let expected = try TrainerTests.newest("\(folder)/alone").state.history
      for (found, expected) in zip(found, expected) {
        #expect(abs(found.trainLoss - expected.trainLoss) < 1e-4 * expected.trainLoss)
      }
    }
  }

  @Test func anotherNumberOfProcessesResumesAtTheSameSample() throws {
    try withTemporaryFolder { folder in
      let alone = try Self.configuration(1, folder, "alone", sgd: true)
      try Trainer(alone).run()
      let shared = try Self.configuration(1, folder, "shared", sgd: true)
      let asked = Atomic(0)
      let outcome = try ThreadPeers.run(3) { peers in
        try Trainer(shared, peers: peers).run(shouldStop: {
          peers.index == 1 && asked.add(1, ordering: .relaxed).oldValue == 7
        })
      }
      #expect(outcome == .interrupted(epoch: 2))
      _ = try ThreadPeers.run(2) { try Trainer(shared, peers: $0).run() }
      try Self.expectSame("\(folder)/shared", "\(folder)/alone")
    }
  }

  private static func evaluation(
    of model: AcousticModel, _ files: [String], _ peers: any Peers
  ) throws -> Evaluation {
    try Evaluation(
      try peers.model { model }, named: "the model", testFiles: files, decoder: .greedy,
      precision: .int8,
      leavesOutSilence: true, batchSize: 3, threadCount: 1, limit: 11, normalizer: nil,
      peers: peers)
  }

  @Test(arguments: [2, 3, 20]) func sharedEvaluationsFindTheSame(count: Int) throws {
    try withTemporaryFolder { folder in
      let alone = try Self.configuration(0, folder, "alone", sgd: true)
      try Trainer(alone).run()
      let model = try TrainerTests.newest("\(folder)/alone").model
      let files = alone.corpus.trainFiles + alone.corpus.devFiles
      let expected = try Self.evaluation(of: model, files, Alone()).samples
      let found = try ThreadPeers.run(count) {
        try Self.evaluation(of: model, files, $0).samples
      }
      #expect(expected.count == 11)
      #expect(found.map(\.audioPath) == expected.map(\.audioPath))
      #expect(found.map(\.line) == expected.map(\.line))
      #expect(found.map(\.recognized) == expected.map(\.recognized))
      #expect(found.map(\.loss) == expected.map(\.loss))
    }
  }

  @Test func aPeerWithOtherSamplesIsNamed() throws {
    try withTemporaryFolder { folder in
      let alone = try Self.configuration(0, folder, "alone", sgd: true)
      try Trainer(alone).run()
      let model = try TrainerTests.newest("\(folder)/alone").model
      let lists = [alone.corpus.trainFiles, alone.corpus.devFiles, alone.corpus.trainFiles]
      let error = #expect(throws: TrainingError.self) {
        try ThreadPeers.run(3) { try Self.evaluation(of: model, lists[$0.index], $0) }
      }
      #expect("\(error, default: "")".hasPrefix("Process 1 found other samples in "))
    }
  }

  private static func expectSame(_ found: String, _ expected: String) throws {
    let (found, expected) = (try TrainerTests.newest(found), try TrainerTests.newest(expected))
    #expect(found.state.stepCount == expected.state.stepCount)
    for (found, expected) in [
      (found.model.parameters, expected.model.parameters),
      (found.model.buffers, expected.model.buffers),
    ] {
      for (name, pair) in zip(
        expected.specifications.map(\.name), zip(found.tensors, expected.tensors))
      {
        let largest = zip(pair.0.values, pair.1.values).map { abs($0 - $1) }.max() ?? 0
        let scale = max(pair.1.values.map(abs).max() ?? 0, 1)
        #expect(largest <= 1e-4 * scale, "\(name)")
      }
    }
    #expect(
      zip(found.state.history, expected.state.history).allSatisfy {
        abs($0.trainLoss - $1.trainLoss) < 1e-4 * $1.trainLoss
      })
  }
}
