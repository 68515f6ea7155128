import ArgumentParser
import ParlaAcousticModel

/// What is said about an exported model, under the names of DeepSpeech's flags.
struct ModelMetadataOptions: ParsableArguments {
  @Option(name: .customLong("export-language"), help: "The language it recognises, such as en-US.")
  var language: String?

  @Option(
    name: .customLong("export-beam-width"),
    help: "Beam width stored in the model (default: the model's own, or 500).")
  var beamWidth: Int?

  @Option(name: .customLong("export-author-id"), help: "Who made it.")
  var author: String?

  @Option(name: .customLong("export-model-name"), help: "Its name.")
  var modelName: String?

  @Option(name: .customLong("export-model-version"), help: "Its version.")
  var modelVersion: String?

  @Option(name: .customLong("export-contact-info"), help: "How to reach its makers.")
  var contact: String?

  @Option(name: .customLong("export-license"), help: "Its licence, such as CC0-1.0.")
  var license: String?

  @Option(name: .customLong("export-description"), help: "A description, in Markdown.")
  var summary: String?

  func validate() throws {
    guard (1...1 << 20).contains(beamWidth ?? 1) else {
      throw ValidationError(
        "--export-beam-width: found \(beamWidth ?? 0), expected from 1 to \(1 << 20).")
    }
  }

  /// What a model says of itself, with what was passed in its place; nil when neither says anything.
  func metadata(of model: AcousticModel) -> ModelMetadata? {
    let texts: [(String?, WritableKeyPath<ModelMetadata, String>)] = [
      (language, \.language), (author, \.author), (modelName, \.name), (modelVersion, \.version),
      (contact, \.contact), (license, \.license), (summary, \.summary),
    ]
    guard model.metadata != nil || beamWidth != nil || texts.contains(where: { $0.0 != nil })
    else { return nil }
    var metadata = model.metadata ?? ModelMetadata()
    metadata.beamWidth = beamWidth ?? metadata.beamWidth
    for (text, place) in texts { metadata[keyPath: place] = text ?? metadata[keyPath: place] }
    return metadata
  }
}
