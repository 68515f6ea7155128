public import ParlaAcousticModel
import ParlaAudio
import ParlaDescriptions
import ParlaNeuralNetwork

extension ModelDescription {
  /// DeepSpeech's network for `labelCount` labels, the blank included, with some settings changed.
  ///
  /// - Throws: `ModelError.badSetting`, `ModelError.badDescription`.
  public static func deepSpeech(
    labelCount: Int, settings: [String: String] = [:]
  ) throws(ModelError) -> ModelDescription {
    try NetworkPreset.deepspeech.file.description(labelCount: labelCount, settings: settings)
  }

  /// This description for `labelCount` labels, the blank included, with some settings of DeepSpeech's network changed.
  ///
  /// - Throws: `ModelError.badSetting` for a value that is impossible, or when the layers are not DeepSpeech's.
  package func changed(
    labelCount: Int, settings: [String: String]
  ) throws(ModelError) -> ModelDescription {
    let (description, others) = try changingLayers(settings)
    return try description.changedLikeDeepSpeech(labelCount: labelCount, settings: others)
  }

  private func changedLikeDeepSpeech(
    labelCount: Int, settings: [String: String]
  ) throws(ModelError) -> ModelDescription {
    let own = deepSpeechSettings.filter { name, _ in
      !(name.hasPrefix("dropout_rate") && settings["dropout_rate"] != nil)
    }
    let preset = try ModelDescription.deepSpeech(
      labelCount: labelCount, settings: own.merging(settings) { _, new in new })
    let names = ["sample_rate", "window", "step"].filter { settings[$0] != nil }
    let features = try features.changing(names, to: preset.features)
    for preset in [preset, try preset.withLayerNormalization]
    where preset.layers.map(\.name) == layers.map(\.name) {
      return try ModelDescription(name: name, features: features, layers: preset.layers)
    }
    guard let setting = settings.keys.min() else {
      var layers = layers
      if case .node(let index) = graph.outputs.first, layers[index].kind == Dense.kind {
        layers[index].fields["size"] = .number(Double(labelCount))
      }
      return try ModelDescription(
        name: name, features: features, layers: layers, outputs: graph.description.outputs)
    }
    throw .badSetting(
      name: setting, found: "a setting of DeepSpeech's network for a model of other layers",
      expected: "--model-config with the description of the network")
  }

  /// This network with each activation's output normalised, as DeepSpeech's flag `layer_norm` does; itself where it is already.
  package var withLayerNormalization: ModelDescription {
    get throws(ModelError) {
      guard !layers.contains(where: { $0.kind == LayerNormalization.kind }) else { return self }
      var layers: [NodeDescription] = []
      var dense = ""
      for layer in chain {
        layers.append(layer)
        if layer.kind == Dense.kind { dense = layer.name }
        guard layer.kind == ClippedReLU.kind else { continue }
        layers.append(
          NodeDescription(kind: LayerNormalization.kind, name: "\(dense)_normalization"))
      }
      return try ModelDescription(name: name, features: features, layers: layers)
    }
  }

  /// What DeepSpeech's preset calls settings, as far as this network has them.
  private var deepSpeechSettings: [String: String] {
    var settings: [String: String] = [:]
    var dropouts = ["dropout_rate", "dropout_rate2", "dropout_rate3", "dropout_rate6"][...]
    for layer in layers {
      switch (layer.kind, layer.name) {
      case (Dense.kind, "layer_1"): settings["n_hidden"] = layer.fields["size"]?.spelling
      case (ClippedReLU.kind, _): settings["relu_clip"] = layer.fields["ceiling"]?.spelling
      case (Dropout.kind, _):
        if let name = dropouts.popFirst() { settings[name] = layer.fields["rate"]?.spelling }
      default: break
      }
    }
    return settings
  }
}
