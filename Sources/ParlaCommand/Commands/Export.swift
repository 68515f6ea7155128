import ArgumentParser
import Foundation
import ParlaAcousticModel
import ParlaFiles
import ParlaTranscripts

/// `parla export`.
struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write the best model of a training to one self-contained file.",
    discussion: """
      Example:

        parla export --checkpoint-dir checkpoints --export-dir model

      writes model/model.safetensors: weights, alphabet and feature settings, all that recognition \
      needs.

        parla export --checkpoint-dir checkpoints --format tflite --quantize --export-dir model

      writes model/model.tflite for the official clients, and a model card beside it.
      """)

  @Option(
    help: ArgumentHelp(
      "Checkpoints of `parla train` or of TensorFlow, or a model of any format.",
      valueName: "folder"))
  var checkpointDir: String

  @Option(help: ArgumentHelp("Where the model is written.", valueName: "folder"))
  var exportDir: String = "."

  @Option(help: ArgumentHelp("The file's name, without its extension.", valueName: "name"))
  var exportFileName: String = "model"

  @Option(help: ArgumentHelp("The file itself, in place of the two above.", valueName: "file"))
  var output: String?

  @Option(help: "safetensors, pb, pbmm, tflite or onnx.")
  var format: Format = .safetensors

  @Flag(help: "Weights in bytes (safetensors, tflite): a quarter of the size.")
  var quantize = false

  @Option(
    name: [.customLong("alphabet"), .customLong("alphabet-config-path")],
    help: ArgumentHelp("The labels, one a line, where the model has none.", valueName: "file"))
  var alphabet: String?

  @OptionGroup(title: "Said of the model") var metadata: ModelMetadataOptions

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case safetensors, pb, pbmm, tflite, onnx

    var modelFormat: ModelFormat {
      switch self {
      case .safetensors: .safetensors
      case .pb: .pb
      case .pbmm: .pbmm
      case .tflite: .tflite
      case .onnx: .onnx
      }
    }

    /// What runs it, for the model card; Parla's own needs none.
    var runtime: String? {
      switch self {
      case .safetensors: nil
      case .pb, .pbmm: "tensorflow"
      case .tflite: "tflite"
      case .onnx: "onnx"
      }
    }
  }

  func validate() throws {
    guard !quantize || format == .safetensors || format == .tflite else {
      throw ValidationError("--quantize: found --format \(format), expected safetensors or tflite.")
    }
  }

  func run() throws {
    let alphabet = try alphabet.map { try Alphabet(path: $0) }
    let model = try AcousticModel(anyFile: checkpointDir, alphabet: alphabet)
    let path = output ?? "\(exportDir)/\(exportFileName).\(format.rawValue)"
    let folder = (path as NSString).deletingLastPathComponent
    try CheckpointFolder(path: folder.isEmpty ? "." : folder).prepare()
    try model.write(
      to: path, as: format.modelFormat, metadata: metadata.metadata, isQuantized: quantize)
    if let runtime = format.runtime {
      try AtomicFile.write(Data(metadata.metadata.card(runtime: runtime).utf8), to: path + ".md")
    }
    print(path)
  }
}
