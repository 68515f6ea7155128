import Foundation
import ParlaAcousticModel
import ParlaAudio
import ParlaFiles
import ParlaModelExchange
import ParlaTranscripts

/// What `parla model inspect` prints.
enum ModelReport {
  /// A line for each thing that the model says of itself.
  static func text(_ model: ModelSummary, withLayers: Bool) -> String {
    var lines = [
      row("model", "\(model.name), \(model.parameterCount) parameters, \(model.precision)"),
      row("file", "\(model.format.rawValue), \(rounded(Double(model.byteCount) / 1e6, 1)) MB"),
      row("features", features(model.features)),
      row("alphabet", alphabet(model)),
    ]
    for (name, value) in model.metadata.sorted(by: { $0.key < $1.key }) {
      lines.append(row(name.replacing("_", with: " "), value))
    }
    if !model.training.isEmpty {
      let parts = model.training.sorted { $0.key < $1.key }
      lines.append(
        row(
          "training",
          parts.map { "\($0.key.replacing("_", with: " ")) \($0.value)" }
            .joined(separator: ", ")))
    }
    guard withLayers else { return lines.joined(separator: "\n") }
    lines.append("layers")
    for layer in model.layers {
      lines.append("  \(layer.summary)")
      for parameter in layer.parameters {
        lines.append("    \(parameter.name) \(parameter.shape)")
      }
    }
    return lines.joined(separator: "\n")
  }

  private static func row(_ name: String, _ value: String) -> String {
    name.padding(toLength: 13, withPad: " ", startingAt: 0) + " " + value
  }

  private static func features(_ features: FeatureSettings) -> String {
    "\(features.summary), \(features.contextFrameCount) frames of context"
  }

  private static func alphabet(_ model: ModelSummary) -> String {
    guard let labels = model.alphabet else {
      return "not recorded; \(model.labelCount - 1) labels and the blank"
    }
    if labels == Alphabet.bytes.labels { return Alphabet.bytes.shownLabels }
    return "\(counted(labels.count, "label")): \(labels.joined())"
  }
}
