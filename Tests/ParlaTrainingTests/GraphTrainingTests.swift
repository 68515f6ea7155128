import Foundation
import ParlaAcousticModel
import ParlaAudio
import ParlaNeuralNetwork
import ParlaTestSupport
import Synchronization
import Testing

@testable import ParlaTraining

/// A network with strides, running statistics, a residual sum and recurrent layers of another kind, from its description on.
@Suite struct GraphTrainingTests {
  static let yaml = """
    name: graph
    features: {type: log_mel, channels: 12, step: 20, normalization: running}
    model:
      - convolution_2d: {channels: 2, size: [3, 5], stride: [2, 2]}
      - batch_normalization: {name: norm}
      - recurrent: {name: first, type: gru, size: 6}
      - recurrent: {name: second, type: gru, size: 6}
      - merge: {inputs: [first, second]}
      - dense: {size: "{{ label_count }}"}
    """

  static func configuration(_ folder: String, checkpoints: String) throws -> TrainingConfiguration {
    var configuration = try TrainerTests.configuration(folder, checkpoints: checkpoints)
    configuration.network.settings = [:]
    let path = folder + "/graph.yaml"
    try Self.yaml.write(toFile: path, atomically: true, encoding: .utf8)
    configuration.network.descriptionPath = path
    return configuration
  }

  @Test func stoppedAndResumedItEndsAsIfNeverStopped() throws {
    try withTemporaryFolder { folder in
      let straight = try Self.configuration(folder, checkpoints: "straight")
      #expect(try Trainer(straight).run() == .finished)
      let interrupted = try Self.configuration(folder, checkpoints: "interrupted")
      let asked = Atomic<Int>(0)
      let outcome = try Trainer(interrupted).run(shouldStop: {
        asked.add(1, ordering: .relaxed).oldValue == 7
      })
      #expect(outcome == .interrupted(epoch: 2))
      #expect(try Trainer(interrupted).run() == .finished)
      let expected = try TrainerTests.newest("\(folder)/straight")
      let resumed = try TrainerTests.newest("\(folder)/interrupted")
      #expect(resumed.model.parameters == expected.model.parameters)
      #expect(resumed.model.buffers == expected.model.buffers)
      let started = Parameters(initializing: expected.model.graph.buffers, seed: 0)
      #expect(expected.model.buffers != started, "running statistics have moved")
      #expect(expected.model.secondsPerFrame == 0.04)
      let features = expected.model.description.features
      #expect(!features.needsStatistics, "mean and deviation are part of the model")
      #expect(resumed.model.description.features == features)
      let losses = expected.state.history.map(\.trainLoss)
      #expect(losses.count == 3 && losses[2] < losses[0])
    }
  }
}
