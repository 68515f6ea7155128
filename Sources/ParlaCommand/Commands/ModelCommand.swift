import ArgumentParser
import Foundation
import ParlaAcousticModel
import ParlaAudio
import ParlaTranscripts

/// `parla model`.
struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model", abstract: "Look into model files.", subcommands: [Inspect.self])

  /// `parla model inspect`.
  struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what a model file holds.",
      discussion: """
        Example:

          parla model inspect model/model.safetensors --layers
        """)

    @Argument(help: "A model or the weights of a checkpoint.")
    var file: String

    @Flag(help: "Show every layer.")
    var layers = false

    @Flag(help: "Write the description and the alphabet as JSON.")
    var json = false

    func run() throws {
      let model = try AcousticModel(path: file)
      if json {
        print(try Self.json(model))
        return
      }
      let features = model.description.features
      let size = try FileManager.default.attributesOfItem(atPath: file)[.size] as? NSNumber
      print("model       \(model.description.name), \(model.parameterCount) parameters, float32")
      print("file        \(rounded((size?.doubleValue ?? 0) / 1e6, 1)) MB")
      print(
        "features    \(features.featureCount) \(features.kind.rawValue) of "
          + "\(features.windowMilliseconds) ms every \(features.stepMilliseconds) ms at "
          + "\(features.sampleRate) Hz, \(features.contextFrameCount) frames of context")
      print("alphabet    \(model.alphabet.labels.count) labels: \(model.alphabet.labels.joined())")
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
