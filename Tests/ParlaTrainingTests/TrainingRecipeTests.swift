import ParlaAcousticModel
import ParlaModelDescription
import ParlaNeuralNetwork
import ParlaTestSupport
import ParlaTranscripts
import Testing

@testable import ParlaTraining

@Suite struct TrainingRecipeTests {
  /// A file in `folder` with the network `preset`, untrained.
  static func model(_ preset: NetworkPreset, in folder: String) throws -> String {
    let alphabet = try Alphabet(labels: [" ", "a"])
    let description = try preset.file.description(labelCount: 3, settings: ["n_hidden": "8"])
    let path = "\(folder)/\(preset.rawValue).safetensors"
    let parameters = Parameters(initializing: description.graph.parameters, seed: 1)
    try AcousticModel(description: description, alphabet: alphabet, parameters: parameters)
      .write(to: path)
    return path
  }

  static func recipe(from path: String, epochs: Int, in folder: String) throws -> TrainingRecipe? {
    var configuration = TrainingConfiguration(
      trainFiles: ["a.csv"], devFiles: [], checkpointFolder: "\(folder)/checkpoints")
    configuration.start.modelPath = path
    configuration.epochs.count = epochs
    return try TrainingRecipe(unnamedNetworkOf: configuration)
  }

  @Test func aTransferIsTrainedAsItsSourceWas() throws {
    try withTemporaryFolder { folder in
      let path = try Self.model(.streaming, in: folder)
      let own = try TrainingRecipe(NetworkPreset.streaming.file)
      #expect(try Self.recipe(from: path, epochs: 30, in: folder) == own)
      #expect(own.augmentations?.count == 3)
    }
  }

  @Test func aShortTransferHasItsOwnRecipe() throws {
    try withTemporaryFolder { folder in
      let path = try Self.model(.streaming, in: folder)
      #expect(try Self.recipe(from: path, epochs: 29, in: folder) == .shortTransfer)
      let old = try Self.model(.deepspeech, in: folder)
      #expect(try Self.recipe(from: old, epochs: 29, in: folder) == TrainingRecipe())
    }
  }

  @Test func whatHasNoRecipeIsTrainedByTheDefaults() throws {
    try withTemporaryFolder { folder in
      let path = try Self.model(.deepspeech, in: folder)
      #expect(try Self.recipe(from: path, epochs: 30, in: folder) == TrainingRecipe())
      #expect(try Self.recipe(from: "\(folder)/none", epochs: 30, in: folder) == nil)
    }
  }
}
