import ParlaAcousticModel
import ParlaAudio
import ParlaDescriptions
import ParlaModelDescription
import ParlaNeuralNetwork
import ParlaTranscripts
import Testing

@testable import ParlaTraining

/// What becomes of another model's weights.
@Suite struct TransferTests {
  static func alphabet(_ letters: String) throws -> Alphabet {
    try Alphabet(labels: letters.unicodeScalars.map(String.init))
  }

  static func description(_ alphabet: Alphabet, units: Int = 4) throws -> ModelDescription {
    try .deepSpeech(labelCount: alphabet.labelCount, settings: ["n_hidden": "\(units)"])
  }

  /// A model of the letters " abc" whose optimiser has made seven steps.
  static func source() throws -> InitialModel {
    let alphabet = try alphabet(" abc")
    let description = try description(alphabet)
    let specifications = description.graph.parameters
    let moments = ["moment1", "moment2"].enumerated().map { index, name in
      (
        name: name, parameters: Parameters(initializing: specifications, seed: UInt64(20 + index))
      )
    }
    return InitialModel(
      path: "source",
      model: AcousticModel(
        description: description, alphabet: alphabet,
        parameters: Parameters(initializing: specifications, seed: 10)),
      optimizer: OptimizerState(stepCounts: specifications.map { _ in 7 }, slots: moments))
  }

  static func transfer(
    to letters: String, units: Int = 4, _ change: (inout TransferSettings) -> Void = { _ in }
  ) throws -> Transfer {
    let alphabet = try alphabet(letters)
    var settings = TransferSettings()
    change(&settings)
    return try Transfer(
      from: try source(), to: try description(alphabet, units: units), alphabet: alphabet,
      settings: settings, seed: 1)
  }

  static func origins(_ transfer: Transfer) -> [TransferReport.Origin] {
    transfer.report.layers.map(\.origin)
  }

  @Test func theSameAlphabetTakesAllOver() throws {
    let (source, transfer) = (try Self.source(), try Self.transfer(to: " abc"))
    #expect(transfer.model.parameters == source.model.parameters)
    #expect(transfer.optimizer?.stepCounts == Array(repeating: 7, count: 13))
    #expect(
      transfer.optimizer?.slots.map(\.parameters) == source.optimizer?.slots.map(\.parameters))
    #expect(Self.origins(transfer) == Array(repeating: .copied, count: 6))
    #expect(transfer.report.labels == nil && transfer.report.keepsOptimizer)
  }

  @Test func anotherAlphabetTakesTheOutputsOverLabelByLabel() throws {
    let source = try Self.source().model.parameters
    let transfer = try Self.transfer(to: " cäxa") { $0.resetsOptimizer = false }
    let parameters = transfer.model.parameters
    #expect(parameters.tensors.dropLast(2) == source.tensors.dropLast(2))
    let (old, new) = (
      try #require(source["layer_6.weight"]), try #require(parameters["layer_6.weight"])
    )
    for (row, from) in [(0, 0), (1, 3), (2, 1), (4, 1), (5, 4)] {
      #expect((0..<4).allSatisfy { new[row * 4 + $0] == old[from * 4 + $0] }, "row \(row)")
    }
    #expect(new[12] != 0, "the x starts from the seed")
    #expect(Self.origins(transfer) == Array(repeating: .copied, count: 5) + [.remapped])
    let labels = try #require(transfer.report.labels)
    #expect(labels.copied == [" ", "c", "a"] && labels.new == ["x"])
    #expect(labels.related == [.init(label: "ä", origin: "a")] && labels.dropped == ["b"])
    let optimizer = try #require(transfer.optimizer)
    #expect(optimizer.stepCounts == Array(repeating: 7, count: 11) + [0, 0])
    #expect(optimizer.slots[1].parameters.tensors[11].values.allSatisfy { $0 == 0 })
    #expect(optimizer.slots[1].parameters.tensors[0].values.contains { $0 != 0 })
  }

  @Test func fewerLabelsKeepTheOptimizersMemoryOfTheirs() throws {
    let source = try #require(try Self.source().optimizer)
    let transfer = try #require(
      try Self.transfer(to: "ca") { $0.resetsOptimizer = false }.optimizer)
    #expect(transfer.stepCounts == Array(repeating: 7, count: 13))
    let (old, new) = (source.slots[0].parameters, transfer.slots[0].parameters)
    #expect((0..<4).allSatisfy { new.tensors[11][$0] == old.tensors[11][3 * 4 + $0] })
  }

  @Test func droppedLayersAreReinitialised() throws {
    let source = try Self.source().model.parameters
    let transfer = try Self.transfer(to: " abd") {
      $0.droppedLayerCount = 2
      $0.resetsOptimizer = false
    }
    #expect(Self.origins(transfer) == Array(repeating: .copied, count: 4) + [.new, .new])
    #expect(transfer.report.labels == nil)
    for index in [9, 11] {
      #expect(transfer.model.parameters.tensors[index] != source.tensors[index])
    }
    #expect(transfer.optimizer?.stepCounts == Array(repeating: 7, count: 9) + [0, 0, 0, 0])
    let named = try Self.transfer(to: " abc") { $0.droppedLayers = ["layer_2"] }
    #expect(Self.origins(named)[1] == .new && Self.origins(named)[5] == .copied)
    let kept = try Self.transfer(to: " abc") { $0.keptLayers = ["layer_1", "layer_6"] }
    #expect(Self.origins(kept) == [.copied, .new, .new, .new, .new, .copied])
    let most = try Self.transfer(to: " abc") { $0.droppedLayerCount = 9 }
    #expect(Self.origins(most) == [.copied, .new, .new, .new, .new, .new], "the first stays")
  }

  @Test func theOptimizerForgetsWhenWeightsAreNewOrWhenAsked() throws {
    for transfer in [
      try Self.transfer(to: " abc") { $0.resetsOptimizer = true }, try Self.transfer(to: " abcd"),
      try Self.transfer(to: " abc") { $0.droppedLayers = ["lstm"] },
    ] {
      #expect(transfer.optimizer == nil && !transfer.report.keepsOptimizer)
    }
  }

  @Test func whatDoesNotFitNamesTheOptionThatHelps() throws {
    let wider = #expect(throws: TrainingError.self) { try Self.transfer(to: " ab", units: 5) }
    #expect(wider?.description.contains("layer_1.weight has shape [4, 494]") == true)
    #expect(wider?.description.contains("--drop-layers layer_1") == true)
    let alphabet = try Self.alphabet("ab")
    let other = try ModelDescription(
      name: "other", features: FeatureSettings(), layers: [.dense(name: "only", size: 3)])
    let missing = #expect(throws: TrainingError.self) {
      try Transfer(
        from: try Self.source(), to: other, alphabet: alphabet, settings: TransferSettings(),
        seed: 1)
    }
    #expect(missing?.description.contains("expected one named only") == true)
    let features = try ModelDescription(
      name: "slow", features: FeatureSettings(["sample_rate": 8000]),
      layers: try Self.description(alphabet).layers)
    let deaf = #expect(throws: TrainingError.self) {
      try Transfer(
        from: try Self.source(), to: features, alphabet: alphabet, settings: TransferSettings(),
        seed: 1)
    }
    #expect(deaf?.description.contains("every 20 ms at 8000 Hz") == true)
  }
}
