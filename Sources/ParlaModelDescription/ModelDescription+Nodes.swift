import Foundation
import ParlaAcousticModel
import ParlaDescriptions
import ParlaNeuralNetwork

/// Settings that hold for all layers of a kind, in any network that has them.
extension ModelDescription {
  /// Which field of which kind of layer a setting is; the names are those of transformers' configurations.
  private static let nodeSettings: [String: (kind: String, field: String)] = [
    "layer_drop": (LayerDrop.kind, "rate"),
    "mask_time_prob": (Masking.kind, "time_share"),
    "mask_time_length": (Masking.kind, "time_length"),
    "mask_feature_prob": (Masking.kind, "feature_share"),
    "mask_feature_length": (Masking.kind, "feature_length"),
  ]

  /// This description with `settings` in its layers, and those of them that are no such settings.
  ///
  /// - Throws: `ModelError.badSetting` for a value that is impossible, or where no layer has it.
  func changingLayers(
    _ settings: [String: String]
  ) throws(ModelError) -> (description: ModelDescription, others: [String: String]) {
    var (layers, others) = (self.layers, settings)
    for (name, value) in settings.sorted(by: { $0.key < $1.key }) {
      guard let (kind, field) = Self.nodeSettings[name] else { continue }
      others[name] = nil
      let own = layers.indices.filter { layers[$0].kind == kind }
      guard !own.isEmpty else {
        throw .badSetting(
          name: name, found: "a network without layers of the kind \(kind)",
          expected:
            "a network of wav2vec 2.0's family, or a description in YAML with such layers")
      }
      guard let number = Double(value), number.isFinite else {
        throw .badSetting(name: name, found: value, expected: "a number")
      }
      for index in own { layers[index].fields[field] = .number(number) }
      do throws(DescriptionProblem) {
        _ = try ModelDescription(
          described: self.name, features: features, layers: layers,
          outputs: graph.description.outputs)
      } catch {
        throw .badSetting(name: name, found: value, expected: error.expected)
      }
    }
    guard others.count < settings.count else { return (self, settings) }
    return (
      try ModelDescription(
        name: name, features: features, layers: layers, outputs: graph.description.outputs),
      others
    )
  }
}
