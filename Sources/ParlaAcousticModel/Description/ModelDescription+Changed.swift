import ParlaAudio

extension ModelDescription {
  /// This description for `labelCount` labels, the blank included, with some settings of DeepSpeech's network changed.
  ///
  /// - Throws: `ModelError.badSetting` for a value that is impossible, or when the layers are not DeepSpeech's.
  package func changed(
    labelCount: Int, settings: [String: String]
  ) throws(ModelError) -> ModelDescription {
    let own = deepSpeechSettings.filter { name, _ in
      !(name.hasPrefix("dropout_rate") && settings["dropout_rate"] != nil)
    }
    let preset = try ModelDescription.deepSpeech(
      labelCount: labelCount, settings: own.merging(settings) { _, new in new })
    var features = features
    for (name, place) in Self.featureSettings where settings[name] != nil {
      features[keyPath: place] = preset.features[keyPath: place]
    }
    for preset in [preset, preset.withLayerNormalization]
    where preset.layers.map(\.name) == layers.map(\.name) {
      return ModelDescription(name: name, features: features, layers: preset.layers)
    }
    guard let setting = settings.keys.min() else {
      var layers = layers
      if case .dense(let name, _) = layers.last {
        layers[layers.count - 1] = .dense(name: name, size: labelCount)
      }
      return ModelDescription(name: name, features: features, layers: layers)
    }
    throw .badSetting(
      name: setting, found: "a setting of DeepSpeech's network for a model of other layers",
      expected: "--model-config with the description of the network")
  }

  /// What DeepSpeech's preset calls settings of the features.
  private static var featureSettings: [(String, WritableKeyPath<FeatureSettings, Int>)] {
    [
      ("sample_rate", \.sampleRate), ("window", \.windowMilliseconds),
      ("step", \.stepMilliseconds),
    ]
  }

  /// What DeepSpeech's preset calls settings, as far as this network has them.
  private var deepSpeechSettings: [String: String] {
    var settings: [String: String] = [:]
    var dropouts = ["dropout_rate", "dropout_rate2", "dropout_rate3", "dropout_rate6"][...]
    for layer in layers {
      switch layer {
      case .dense("layer_1", let size): settings["n_hidden"] = "\(size)"
      case .activation(_, .clippedReLU, let ceiling): settings["relu_clip"] = "\(ceiling)"
      case .dropout(_, let rate):
        if let name = dropouts.popFirst() { settings[name] = "\(rate)" }
      default: break
      }
    }
    return settings
  }
}
