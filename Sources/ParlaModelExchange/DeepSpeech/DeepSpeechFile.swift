import Foundation
import ParlaAcousticModel
import ParlaAudio
import ParlaDescriptions
import ParlaTranscripts

/// What a model file of DeepSpeech or Coqui STT says, before it becomes a model of Parla.
struct DeepSpeechFile {
  let path: String
  var tensors: DeepSpeechTensors
  /// What is cut off above each dense layer.
  var ceiling: Float = 20
  /// [1, steps, 2 context + 1, coefficients], the shape of the input; nil if the file does not say.
  var inputShape: [Int]?
  var sampleRate: Int?
  var windowMilliseconds: Int?
  var stepMilliseconds: Int?
  /// As `Alphabet` serialises it; releases before 0.6 leave it out.
  var alphabet: Data?
  var metadata = ModelMetadata()
  var precision = ImportedModel.Precision.float32

  /// The model; `alphabet` is needed where the file has none, and must else be the file's own.
  ///
  /// - Throws: `ModelError.damaged`, `.foreignModel`, `.alphabetNeeded`, `.unsuitableAlphabet`, `.knownAlphabet`, `.cutOff`.
  func model(alphabet chosen: Alphabet?) throws(ModelError) -> ImportedModel {
    let (description, alphabet) = try decodeMetadata(alphabet: chosen)
    let parameters = tensors.parameters(for: description)
    try parameters.requireFinite(path: path)
    let model = AcousticModel(
      description: description, alphabet: alphabet, parameters: parameters, metadata: metadata)
    return ImportedModel(model: model, precision: precision)
  }

  /// What the model is made of and what it writes.
  ///
  /// - Throws: `ModelError.damaged`, `.foreignModel`, `.alphabetNeeded`, `.unsuitableAlphabet`, `.knownAlphabet`, `.cutOff`.
  func decodeMetadata(
    alphabet chosen: Alphabet?
  ) throws(ModelError) -> (description: ModelDescription, alphabet: Alphabet) {
    let description = try tensors.description(features: try features(), ceiling: ceiling)
    let labelCount = tensors.dense[4].bias.count
    let alphabet: Alphabet
    if let chosen {
      try chosen.check(labelCount: labelCount, path: path)
      let own = self.alphabet.flatMap { try? Alphabet(serialized: $0, path: path) }
      if let own, own.labelCount == labelCount { try chosen.check(isOf: own, path: path) }
      alphabet = chosen
    } else if let serialized = self.alphabet {
      alphabet = try Alphabet(serialized: serialized, path: path)
      guard alphabet.labelCount == labelCount else {
        throw .damaged(
          path: path,
          reason: "\(labelCount) outputs for its \(alphabet.labels.count) labels and the blank")
      }
    } else {
      throw .alphabetNeeded(path: path, labelCount: labelCount - 1)
    }
    if let width = metadata.beamWidth { _ = try ModelMetadata.checkedBeamWidth(width, path: path) }
    return (description, alphabet)
  }

  private func features() throws(ModelError) -> FeatureSettings {
    var changes: [String: FieldValue] = [:]
    if let shape = inputShape {
      guard shape.count == 4, shape[2] > 0, shape[2] % 2 == 1, shape[2] < 2000, shape[3] > 0,
        shape[3] <= 1000
      else { throw .damaged(path: path, reason: "its input has shape \(shape)") }
      changes["context"] = .number(Double((shape[2] - 1) / 2))
      changes["coefficients"] = .number(Double(shape[3]))
    }
    for (found, field) in [
      (sampleRate, "sample_rate"), (windowMilliseconds, "window"), (stepMilliseconds, "step"),
    ] {
      guard let found else { continue }
      guard (1...1 << 20).contains(found) else {
        throw .damaged(path: path, reason: "its metadata say \(found) for a rate or a length")
      }
      changes[field] = .number(Double(found))
    }
    return try FeatureSettings().changing(changes, path: path)
  }
}
