import ParlaAcousticModel
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

  @Test func theCheckpointsRateGoesOnUnlessTheOptionsIsAskedFor() throws {
    try withTemporaryFolder { folder in
      var configuration = try TrainerTests.configuration(folder, checkpoints: "c", epochs: 1)
      try Trainer(configuration).run()
      for (restarts, expected) in [(false, Float(0.001)), (true, 0.01)] {
        configuration.epochs += 1
        configuration.learningRate = 0.01
        configuration.restartsLearningRate = restarts
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
    let schedule = try Self.schedule { $0.warmUpSteps = 4 }
    let rates = (0..<6).map { schedule.rates(epoch: 0, step: $0, rate: 1)[0] }
    #expect(rates == [0.25, 0.5, 0.75, 1, 1, 1])
  }

  @Test func layersHaveRatesOfTheirOwn() throws {
    let schedule = try Self.schedule { $0.layerLearning.rates = ["layer_2": 0.5, "lstm": 0] }
    let rates = schedule.rates(epoch: 3, step: 9, rate: 2)
    #expect(rates.count == 13)
    #expect(Self.perLayer(rates) == [2, 1, 2, 0, 2, 2])
  }

  @Test func frozenLayersThawFromTheTop() throws {
    let schedule = try Self.schedule {
      $0.layerLearning.frozenLayers = ["layer_1", "lstm", "layer_3"]
      $0.layerLearning.thawEpochs = 2
    }
    let frozen = (0..<8).map { schedule.frozenLayers(epoch: $0) }
    let all = ["layer_1", "layer_3", "lstm"]
    #expect(frozen[0] == all && frozen[1] == all)
    #expect(frozen[2] == ["layer_1", "layer_3"] && frozen[4] == ["layer_1"] && frozen[6] == [])
    #expect(Self.perLayer(schedule.rates(epoch: 2, step: 0, rate: 1)) == [0, 1, 0, 1, 1, 1])
  }

  @Test func thawingAloneStartsWithAllThatIsTakenOverButTheLast() throws {
    let schedule = try Self.schedule {
      $0.initialModelPath = "source"
      $0.transfer.droppedLayers = ["layer_5"]
      $0.layerLearning.thawEpochs = 1
    }
    #expect(schedule.frozenLayers(epoch: 0) == ["layer_1", "layer_2", "layer_3", "lstm"])
  }

  @Test func whatCannotBeIsNamedByItsOption() {
    let cases: [(String, (inout TrainingConfiguration) -> Void)] = [
      ("--freeze-layers: found layer_4", { $0.layerLearning.frozenLayers = ["layer_4"] }),
      ("--layer-learning-rates: found lsmt", { $0.layerLearning.rates = ["lsmt": 1] }),
      ("--layer-learning-rates: found lstm=-1.0", { $0.layerLearning.rates = ["lstm": -1] }),
      ("--thaw-after: found no frozen layers", { $0.layerLearning.thawEpochs = 1 }),
      (
        "--freeze-layers: found layer_6, which starts anew",
        {
          $0.initialModelPath = "source"
          $0.transfer.droppedLayerCount = 1
          $0.layerLearning.frozenLayers = ["layer_6"]
        }
      ),
      (
        "--freeze-layers: found all layers",
        {
          $0.layerLearning.frozenLayers = [
            "layer_1", "layer_2", "layer_3", "lstm", "layer_5", "layer_6",
          ]
        }
      ),
      ("--drop-layers: found layer_7", { $0.transfer.droppedLayers = ["layer_7"] }),
      (
        "--keep-layers: found lstm, which is dropped",
        {
          $0.transfer.droppedLayers = ["lstm"]
          $0.transfer.keptLayers = ["lstm"]
        }
      ),
    ]
    for (message, change) in cases {
      let error = #expect(throws: TrainingError.self) { try Self.schedule(change) }
      #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    }
    let unknown = #expect(throws: TrainingError.self) {
      try Self.schedule { $0.layerLearning.frozenLayers = ["lsmt"] }
    }
    #expect(unknown?.description.hasSuffix("Did you mean lstm?") == true)
  }
}
