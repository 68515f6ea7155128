import ArgumentParser
import Foundation
import ParlaAcousticModel
import ParlaAudio
import ParlaTranscripts

/// `parla model`.
struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model", abstract: "Look into, import and compare models.",
    subcommands: [Inspect.self, Import.self, Compare.self, Probabilities.self])

  /// `parla model inspect`.
  struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what a model file holds.",
      discussion: """
        Example:

          parla model inspect model/model.safetensors --layers
        """)

    @Argument(help: "A model of any format, or checkpoints of Parla or TensorFlow.")
    var file: String

    @Flag(help: "Show every layer.")
    var layers = false

    @Flag(help: "Write the description and the alphabet as JSON.")
    var json = false

    func run() throws {
      let imported = try ImportedModel(path: file)
      let model = imported.model
      if json {
        print(try Self.json(model))
        return
      }
      let features = model.description.features
      let size = try FileManager.default.attributesOfItem(atPath: file)[.size] as? NSNumber
      print(
        "model       \(model.description.name), \(model.parameterCount) parameters, \(imported.precision)"
      )
      let format = try ModelFormat(of: file)
      print("file        \(format.rawValue), \(rounded((size?.doubleValue ?? 0) / 1e6, 1)) MB")
      print(
        "features    \(features.featureCount) \(features.kind.rawValue) of "
          + "\(features.windowMilliseconds) ms every \(features.stepMilliseconds) ms at "
          + "\(features.sampleRate) Hz, \(features.contextFrameCount) frames of context")
      print("alphabet    \(model.alphabet.labels.count) labels: \(model.alphabet.labels.joined())")
      if !imported.metadata.language.isEmpty { print("language    \(imported.metadata.language)") }
      if format != .safetensors { print("beam width  \(imported.metadata.beamWidth)") }
      if layers {
        print("layers")
        for layer in model.description.layers { print("  \(layer.summary)") }
      }
    }

    private static func json(_ model: AcousticModel) throws -> String {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      let document = Document(
        description: model.description, alphabet: model.alphabet.labels,
        parameterCount: model.parameterCount)
      return String(decoding: try encoder.encode(document), as: UTF8.self)
    }

    private struct Document: Encodable {
      let description: ModelDescription
      let alphabet: [String]
      let parameterCount: Int
    }
  }
}
