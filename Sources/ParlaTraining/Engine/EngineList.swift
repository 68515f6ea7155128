import ParlaAcousticModel
import ParlaNeuralNetwork
import ParlaTorch

/// The engines that a training may name.
enum EngineList {
  /// All of them, the usual one first.
  static let all: [any TrainingEngine.Type] = [CPUTrainingEngine.self, TorchTrainingEngine.self]

  /// The engine called `name`, ready to train `graph` on from `snapshot`.
  ///
  /// - Throws: `TrainingError.badSetting` for a name that no engine has, and what keeps an engine from working here.
  static func make(
    _ name: String, _ graph: Graph, from snapshot: EngineSnapshot, _ settings: EngineSettings
  ) throws -> any TrainingEngine {
    guard let engine = all.first(where: { $0.name == name }) else {
      throw TrainingError.badSetting(
        name: "--engine", found: name, expected: all.map { $0.name }.joined(separator: ", "))
    }
    return try engine.init(graph, from: snapshot, settings)
  }
}

extension TrainingConfiguration {
  /// The configuration of the engine.
  var engineSettings: EngineSettings {
    var settings = EngineSettings(
      optimizer: optimization.optimizer, threadCount: hardware.threadCount,
      precision: hardware.precision.ofProducts, device: hardware.device,
      libraryPaths: hardware.torchLibraryPaths)
    settings.recomputes = batch.recomputes
    return settings
  }
}

extension TrainingConfiguration.Precision {
  /// What the operands of products are rounded to; nil for what is fastest where they are computed.
  fileprivate var ofProducts: Precision? {
    switch self {
    case .auto: nil
    case .bf16: .bfloat16
    case .float32: .float32
    }
  }
}
