import ArgumentParser
import ParlaAcousticModel

/// What is said about an exported model, under the names of DeepSpeech's flags.
struct ModelMetadataOptions: ParsableArguments {
  @Option(name: .customLong("export-language"), help: "The language it hears, such as en-US.")
  var language: String = ""

  @Option(name: .customLong("export-beam-width"), help: "How many candidates to follow.")
  var beamWidth: Int = 500

  @Option(name: .customLong("export-author-id"), help: "Who made it.")
  var author: String = "author"

  @Option(name: .customLong("export-model-name"), help: "Its name.")
  var modelName: String = "model"

  @Option(name: .customLong("export-model-version"), help: "Its version.")
  var modelVersion: String = "0.0.1"

  @Option(name: .customLong("export-contact-info"), help: "How to reach its makers.")
  var contact: String = ""

  @Option(name: .customLong("export-license"), help: "Its licence, such as CC0-1.0.")
  var license: String = ""

  @Option(name: .customLong("export-description"), help: "Words about it, in Markdown.")
  var summary: String = ""

  /// The values as the library takes them.
  var metadata: ModelMetadata {
    ModelMetadata(
      language: language, beamWidth: beamWidth, author: author, name: modelName,
      version: modelVersion, contact: contact, license: license, summary: summary)
  }
}
