import Foundation
import ParlaAcousticModel
import ParlaAudio
import ParlaDescriptions
import ParlaFiles

/// The flags of a training, `flags.txt` next to its checkpoints: lines such as `--feature_win_len=32` (DeepSpeech 0.9.3,
/// abseil's `flags_into_string`) or one JSON object (Coqui STT 1).
///
/// The checkpoints themselves do not contain the feature settings.
struct CheckpointFlags {
  private var values: [String: String] = [:]
  private let path: String

  /// Reads the flags in `folder`; there may be none.
  ///
  /// - Throws: `ModelError.damaged`.
  init(folder: String) throws(ModelError) {
    path = folder + "/flags.txt"
    guard FileManager.default.fileExists(atPath: path) else { return }
    let bytes = try ModelBytes(path: path)
    guard bytes.count <= 1 << 20 else {
      throw .damaged(path: path, reason: "\(bytes.count) bytes of flags")
    }
    let data = try bytes.data(0..<bytes.count)
    if data.first == UInt8(ascii: "{") {
      guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
        throw .damaged(path: path, reason: "its flags are no JSON object")
      }
      values = object.compactMapValues { $0 as? String ?? ($0 as? NSNumber).map { "\($0)" } }
      return
    }
    for line in String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline)
    where line.hasPrefix("--") {
      let parts = line.dropFirst(2).split(separator: "=", maxSplits: 1).map(String.init)
      // A switch that is on has no value.
      if let name = parts.first { values[name] = parts.count > 1 ? parts[1] : "" }
    }
  }

  /// DeepSpeech's features, with the rate, the window and the step of the training.
  ///
  /// - Throws: `ModelError.damaged` for a value that is no such number.
  func features() throws(ModelError) -> FeatureSettings {
    var changes: [String: FieldValue] = [:]
    for (name, field) in [
      ("audio_sample_rate", "sample_rate"), ("feature_win_len", "window"),
      ("feature_win_step", "step"),
    ] {
      if let number = try number(name, 1...1e6) {
        changes[field] = .number(number.rounded(.towardZero))
      }
    }
    return try FeatureSettings().changing(changes, path: path)
  }

  /// What is cut off above each dense layer.
  ///
  /// - Throws: `ModelError.damaged` for a value that is no such number.
  func ceiling() throws(ModelError) -> Float {
    Float(try number("relu_clip", 1e-6...1e30) ?? 20)
  }

  /// What else the flags say of the model; nil when there are none.
  ///
  /// - Throws: `ModelError.damaged` for a value that is no such number.
  func metadata() throws(ModelError) -> ModelMetadata? {
    guard !values.isEmpty else { return nil }
    var metadata = ModelMetadata()
    if let width = try number("export_beam_width", 1...1e6) { metadata.beamWidth = Int(width) }
    for (name, place) in [
      ("export_language", \ModelMetadata.language), ("export_author_id", \.author),
      ("export_model_name", \.name), ("export_model_version", \.version),
      ("export_contact_info", \.contact), ("export_license", \.license),
      ("export_description", \.summary),
    ] {
      // An unset flag has DeepSpeech's explanation as its value.
      if let text = values[name], !text.hasPrefix("<") { metadata[keyPath: place] = text }
    }
    return metadata
  }

  /// Whether the labels are bytes (`bytes_output_mode`; `utf8` before release 0.8).
  var writesBytes: Bool {
    ["bytes_output_mode", "utf8"].contains { ["", "1", "true"].contains(values[$0]?.lowercased()) }
  }

  private func number(
    _ name: String, _ range: ClosedRange<Double>
  ) throws(ModelError) -> Double? {
    guard let text = values[name] else { return nil }
    guard let number = finiteNumber(text, as: Double.self), range.contains(number) else {
      throw .damaged(path: path, reason: "\(name) is \"\(text)\"")
    }
    return number
  }
}
