import ParlaAcousticModel
import ParlaModelDescription
import ParlaNeuralNetwork
import ParlaTestSupport
import Synchronization
import Testing

@testable import ParlaTraining

@Suite struct LearningScheduleTests {
  static func schedule(
    _ change: (inout TrainingConfiguration) -> Void
  ) throws -> LearningSchedule {
    let description = try ModelDescription.deepSpeech(labelCount: 3, settings: ["n_hidden": "4"])
    var configuration = TrainingConfiguration(
      trainFiles: ["a.csv"], devFiles: [], checkpointFolder: "c")
    change(&configuration)
    return try LearningSchedule(
      configuration, graph: description.graph)
  }

  /// Layers 1, 2, 3 have a weight and a bias, the LSTM two weights and a bias, layers 5 and 6 a weight and a bias.
  static func perLayer(_ rates: [Float]) -> [Float] { [0, 2, 4, 6, 9, 11].map { rates[$0] } }

  @Test func theCheckpointsRateContinuesUnlessTheOptionsIsAskedFor() throws {
    try withTemporaryFolder { folder in
      var configuration = try TrainerTests.configuration(folder, checkpoints: "c", epochs: 1)
      try Trainer(configuration).run()
      for (restarts, expected) in [(false, Float(0.001)), (true, 0.01)] {
        configuration.epochs.count += 1
        configuration.optimization.learningRate = 0.01
        configuration.optimization.restartsLearningRate = restarts
        let warnings = Mutex<[String]>([])
        try Trainer(configuration).run { event in
          if case .warning(let text) = event { warnings.withLock { $0.append(text) } }
        }
        let rates = try TrainerTests.newest("\(folder)/c").state.history.map(\.learningRate)
        #expect(rates.last == expected)
        let isNamed = warnings.withLock { $0 }.contains { $0.contains("--force-initialize") }
        #expect(isNamed == !restarts)
      }
    }
  }

  @Test func warmUpRisesStepByStep() throws {
    let schedule = try Self.schedule { $0.optimization.warmUpSteps = 4 }
    let rates = (0..<6).map { schedule.rates(at: TrainingMoment(step: $0), rate: 1)[0] }
    #expect(rates == [0.25, 0.5, 0.75, 1, 1, 1])
  }

  /// The factor of a schedule after shares of a training of ten epochs.
  @Test(
    arguments: [
      ("cosine", [1, 0.5, 0]), ("cosine[floor=0.2]", [1, 0.6, 0.2]),
      ("annealing[factor=0.5]", [1, 1 / 32, 1 / 1024]),
      ("annealing[factor=0.5,from=5]", [1, 0.25, 1 / 128]),
      ("one_cycle[peak=0.5,start=0.1]", [0.1, 1, 0]), ("warm_up[steps=100]", [0.01, 0.51, 1]),
      ("warm_up[steps=1000,most=0.8]", [0.001, 0.625, 1]),
    ] as [(String, [Float])])
  func schedulesAreTheirFormulas(text: String, expected: [Float]) throws {
    let schedule = try Self.schedule { $0.optimization.schedules = [text] }
    let found = [0, 5, 10].map { epoch in
      schedule.factor(
        at: TrainingMoment(epoch: epoch, step: 10 * epoch, done: Double(epoch) / 10))
    }
    expectClose(found, expected, absolute: 1e-6)
    let twice = try Self.schedule { $0.optimization.schedules = [text, "cosine"] }
    let middle = TrainingMoment(epoch: 5, step: 50, done: 0.5)
    expectClose([twice.factor(at: middle)], [expected[1] * 0.5], absolute: 1e-6)
  }

  @Test func aPlateauListensToTheDevelopmentLoss() throws {
    let schedule = try Self.schedule {
      $0.corpus.devFiles = ["dev.csv"]
      $0.optimization.schedules = ["plateau[epochs=2,factor=0.5,improvement=0.1]"]
    }
    var state = PatienceState()
    let found = [3, 2, 1.95, 1.94, 1.93].map { schedule.factor(after: $0, &state) }
    #expect(found == [1, 1, 1, 0.5, 1])
  }

  @Test(
    arguments: [
      ("cosin", "expected a schedule: warm_up, cosine"), ("cosine[floor=2]", "--schedule: floor"),
      ("cosine[flor=0.1]", "--schedule: flor"), ("cosine[", "name[field=value,…]"),
      ("plateau", "--dev-files"),
    ])
  func aScheduleThatThereIsNotIsNamed(text: String, expected: String) {
    let error = #expect(throws: TrainingError.self) {
      try Self.schedule { $0.optimization.schedules = [text] }
    }
    #expect(error?.description.contains(expected) == true, "\(String(describing: error))")
  }

  @Test func layersHaveRatesOfTheirOwn() throws {
    let schedule = try Self.schedule {
      $0.optimization.layerLearning.rates = ["layer_2": 0.5, "lstm": 0]
    }
    let rates = schedule.rates(at: TrainingMoment(epoch: 3, step: 9), rate: 2)
    #expect(rates.count == 13)
    #expect(Self.perLayer(rates) == [2, 1, 2, 0, 2, 2])
  }

  @Test func frozenLayersThawFromTheTop() throws {
    let schedule = try Self.schedule {
      $0.optimization.layerLearning.frozenLayers = ["layer_1", "lstm", "layer_3"]
      $0.optimization.layerLearning.thawEpochs = 2
    }
    let frozen = (0..<8).map { schedule.frozenLayers(epoch: $0) }
    let all = ["layer_1", "layer_3", "lstm"]
    #expect(frozen[0] == all && frozen[1] == all)
    #expect(frozen[2] == ["layer_1", "layer_3"] && frozen[4] == ["layer_1"] && frozen[6] == [])
    #expect(
      Self.perLayer(schedule.rates(at: TrainingMoment(epoch: 2), rate: 1)) == [0, 1, 0, 1, 1, 1])
  }

  @Test func thawingAloneStartsWithAllThatIsCopiedButTheLast() throws {
    let schedule = try Self.schedule {
      $0.start.modelPath = "source"
      $0.start.transfer.droppedLayers = ["layer_5"]
      $0.optimization.layerLearning.thawEpochs = 1
    }
    #expect(schedule.frozenLayers(epoch: 0) == ["layer_1", "layer_2", "layer_3", "lstm"])
  }

  @Test func layersThatAreNamedAloneLearn() throws {
    let schedule = try Self.schedule {
      $0.optimization.layerLearning.trainedLayers = ["layer_5", "ls*"]
    }
    #expect(schedule.frozenLayers(epoch: 9) == ["layer_1", "layer_2", "layer_3", "layer_6"])
    let rates = schedule.rates(at: TrainingMoment(epoch: 9), rate: 1)
    #expect(Self.perLayer(rates) == [0, 0, 0, 1, 1, 0])
    #expect(schedule.learns == rates.map { $0 > 0 })
  }

  /// What thaws in the last epoch learns at some time.
  @Test func whatThawsLearns() throws {
    let schedule = try Self.schedule {
      $0.epochs.count = 3
      $0.optimization.layerLearning.frozenLayers = ["layer_1", "layer_2", "layer_3"]
      $0.optimization.layerLearning.thawEpochs = 2
    }
    #expect(Self.perLayer(schedule.learns.map { $0 ? 1 : 0 }) == [0, 0, 1, 1, 1, 1])
  }

  @Test func whatCannotBeIsNamedByItsOption() {
    let cases: [(String, (inout TrainingConfiguration) -> Void)] = [
      (
        "--freeze-layers: found layer_4",
        { $0.optimization.layerLearning.frozenLayers = ["layer_4"] }
      ),
      (
        "--train-layers: found layer_4",
        { $0.optimization.layerLearning.trainedLayers = ["layer_4"] }
      ),
      (
        "--train-layers: found --freeze-layers as well",
        {
          $0.optimization.layerLearning.trainedLayers = ["layer_1"]
          $0.optimization.layerLearning.frozenLayers = ["layer_2"]
        }
      ),
      (
        "--train-layers: found no layer_6, which is reinitialised",
        {
          $0.start.modelPath = "source"
          $0.start.transfer.droppedLayerCount = 1
          $0.optimization.layerLearning.trainedLayers = ["layer_1"]
        }
      ),
      ("--layer-learning-rates: found lsmt", { $0.optimization.layerLearning.rates = ["lsmt": 1] }),
      (
        "--layer-learning-rates: found lstm=-1.0",
        { $0.optimization.layerLearning.rates = ["lstm": -1] }
      ),
      ("--thaw-after: found no frozen layers", { $0.optimization.layerLearning.thawEpochs = 1 }),
      (
        "--freeze-layers: found layer_6, which is reinitialised",
        {
          $0.start.modelPath = "source"
          $0.start.transfer.droppedLayerCount = 1
          $0.optimization.layerLearning.frozenLayers = ["layer_6"]
        }
      ),
      (
        "--freeze-layers: found all layers",
        {
          $0.optimization.layerLearning.frozenLayers = [
            "layer_1", "layer_2", "layer_3", "lstm", "layer_5", "layer_6",
          ]
        }
      ),
      ("--drop-layers: found layer_7", { $0.start.transfer.droppedLayers = ["layer_7"] }),
      (
        "--keep-layers: found lstm, which is dropped",
        {
          $0.start.transfer.droppedLayers = ["lstm"]
          $0.start.transfer.keptLayers = ["lstm"]
        }
      ),
    ]
    for (message, change) in cases {
      let error = #expect(throws: TrainingError.self) { try Self.schedule(change) }
      #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    }
    let unknown = #expect(throws: TrainingError.self) {
      try Self.schedule { $0.optimization.layerLearning.frozenLayers = ["lsmt"] }
    }
    #expect(unknown?.description.hasSuffix("Did you mean lstm?") == true)
  }
}
