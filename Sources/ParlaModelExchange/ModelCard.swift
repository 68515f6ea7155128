import Foundation
public import ParlaAcousticModel
import ParlaAudio
import ParlaNeuralNetwork
import ParlaTranscripts

extension AcousticModel {
  /// Information about a model's file for people: Markdown after a head in YAML.
  ///
  /// The head is that of DeepSpeech 0.9.3 (`training/deepspeech_training/util/feeding.py`'s sibling `train.py`,
  /// `package_zip` and `export`); below it are the makers' text and the file's own metadata.
  public func card(
    format: ModelFormat, metadata: ModelMetadata, isQuantized: Bool = false
  ) -> String {
    var head = [
      ("author", metadata.author), ("model_name", metadata.name),
      ("model_version", metadata.version), ("contact_info", metadata.contact),
      ("license", metadata.license), ("language", metadata.language),
      ("runtime", format.runtime),
    ]
    if [.pb, .pbmm, .tflite].contains(format) {
      // The clients of these releases ask for a graph of version 6.
      head += [("min_ds_version", "0.7.0"), ("max_ds_version", "0.9.3")]
    }
    let lines = head.map { $1.isEmpty ? "\($0):" : "\($0): \(Self.scalar($1))" }
    let summary = metadata.summary.isEmpty ? "" : metadata.summary + "\n\n"
    return """
      ---
      \(lines.joined(separator: "\n"))
      ---
      \(summary)\(table(format, isQuantized))
      """
  }

  private func table(_ format: ModelFormat, _ isQuantized: Bool) -> String {
    let features = description.features
    let rows = [
      ("file", "\(format.rawValue), weights in \(isQuantized ? "int8" : "float32")"),
      (
        "input",
        "\(features.summary), \(features.contextFrameCount) frames of context on each side"
      ),
      (
        "writes",
        alphabet.isBytes
          ? alphabet.shownLabels
          : "\(alphabet.labels.count) labels: `\(alphabet.labels.joined())`"
      ),
      ("parameters", "\(parameterCount)"),
      ("layers", graph.nodes.map(\.layer.summary).joined(separator: "; ")),
    ]
    let body = rows.map { "| \($0) | \(Self.cell($1)) |\n" }.joined()
    return "| | |\n|---|---|\n" + body
  }

  /// A text within a table.
  private static func cell(_ text: String) -> String {
    text.replacing("|", with: "\\|").replacing("\n", with: " ")
  }

  /// A text as a value in YAML: quoted where it could be read as anything else.
  private static func scalar(_ text: String) -> String {
    let plain = text.allSatisfy {
      $0.isLetter || $0.isNumber || [" ", ".", "-", "_", "@", "/", "(", ")", "+"].contains($0)
    }
    let isWord = text.first.map { $0.isLetter || $0.isNumber } ?? false
    if plain, isWord, !text.hasSuffix(" ") { return text }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    // A text of JSON is one of YAML (YAML 1.2, section 1.3).
    return (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
  }
}

extension ModelFormat {
  /// What runs it.
  fileprivate var runtime: String {
    switch self {
    case .safetensors, .checkpoint: "parla"
    case .pb, .pbmm, .tensorFlowCheckpoint: "tensorflow"
    case .tflite: "tflite"
    case .onnx: "onnx"
    case .huggingFace: "transformers"
    }
  }
}
