public import ParlaAudio

/// What a model is made of, without its weights: the features it hears and its layers.
public struct ModelDescription: Sendable, Equatable, Codable {
  /// The description's name, such as `deepspeech`.
  public let name: String

  /// How sound becomes what the first layer sees.
  public let features: FeatureSettings

  /// The layers in the order in which the data flows.
  public let layers: [LayerDescription]

  /// Joins features with layers.
  public init(name: String, features: FeatureSettings, layers: [LayerDescription]) {
    self.name = name
    self.features = features
    self.layers = layers
  }

  /// Whether all sizes and shares are such as a description in YAML may have; a file from elsewhere need not.
  var isPossible: Bool {
    let sizes = 1...1 << 20
    let hasFeatures =
      sizes.contains(features.sampleRate) && (1...10_000).contains(features.windowMilliseconds)
      && (1...10_000).contains(features.stepMilliseconds)
      && (1...1000).contains(features.coefficientCount)
      && (0...1000).contains(features.contextFrameCount)
      && (1...1 << 16).contains(features.windowLength) && features.stepLength > 0
    return hasFeatures && Set(layers.map(\.name)).count == layers.count
      && layers.allSatisfy { layer in
        switch layer {
        case .dense(_, let size), .recurrent(_, _, let size): sizes.contains(size)
        case .dropout(_, let rate): rate >= 0 && rate < 1
        case .activation(_, _, let ceiling): ceiling > 0
        case .normalization: true
        }
      }
  }

  /// This network with each activation's output normalised, as DeepSpeech's flag `layer_norm` does; itself where it is already.
  package var withLayerNormalization: ModelDescription {
    guard !layers.contains(where: { if case .normalization = $0 { true } else { false } }) else {
      return self
    }
    var layers: [LayerDescription] = []
    var dense = ""
    for layer in self.layers {
      layers.append(layer)
      switch layer {
      case .dense(let name, _): dense = name
      case .activation: layers.append(.normalization(name: "\(dense)_normalization"))
      case .normalization, .dropout, .recurrent: continue
      }
    }
    return ModelDescription(name: name, features: features, layers: layers)
  }

  /// DeepSpeech's network for `labelCount` labels, the blank included, with some settings changed.
  ///
  /// - Throws: `ModelError.badSetting`, `ModelError.badDescription`.
  public static func deepSpeech(
    labelCount: Int, settings: [String: String] = [:]
  ) throws(ModelError) -> ModelDescription {
    let yaml = String(decoding: PackageResources.deepspeech_yaml, as: UTF8.self)
    return try ModelFile(yaml: yaml, path: "deepspeech.yaml").description(
      labelCount: labelCount, settings: settings)
  }
}
