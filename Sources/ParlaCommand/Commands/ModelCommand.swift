import ArgumentParser
import Foundation
import ParlaAcousticModel
import ParlaAudio
import ParlaModelExchange

/// `parla model`.
struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model", abstract: "Inspect, import and compare models.",
    discussion: """
      EXAMPLE
        parla model inspect model/model.safetensors
      """,
    subcommands: [Inspect.self, Import.self, Compare.self, Probabilities.self])

  /// `parla model inspect`.
  struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "inspect",
      abstract: "Show the contents of a model file.",
      discussion: """
        Example:

          parla model inspect model/model.safetensors --layers

        Reads Parla's models and checkpoints, .pb, .pbmm, .tflite and TensorFlow's checkpoints, and \
        the .onnx files that Parla writes.
        """)

    @Argument(
      help: "A model of any format, or checkpoints of Parla or TensorFlow.", completion: .file())
    var file: String

    @Flag(help: "Show every layer with its weights.")
    var layers = false

    @Flag(help: "Write everything as JSON.")
    var json = false

    func run() throws {
      let summary = try ModelSummary(path: file)
      if json {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(summary), as: UTF8.self))
      } else {
        print(ModelReport.text(summary, withLayers: layers))
      }
    }
  }
}
