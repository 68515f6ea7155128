public import ArgumentParser
import Foundation
import ParlaAcousticModel
import ParlaFiles
public import ParlaModelExchange

/// How a model is exported, and what is said of it.
struct ExportOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The file's name, without its extension. (default: model; of a training's .pb, .pbmm and "
        + ".tflite output_graph, as DeepSpeech names them)", valueName: "name"))
  var exportFileName: String?

  @Option(
    name: [.customLong("export-format"), .customLong("format")],
    help: ArgumentHelp(
      "safetensors, pb, pbmm, tflite, onnx, or transformers, a folder for Hugging Face's transformers; several give "
        + "one file each. (default: safetensors)",
      valueName: "format,…"), completion: .list(ExportFormat.allCases.map(\.rawValue)))
  var formats: [FormatList] = []

  @Flag(name: .customLong("export-tflite"), help: "The same as --export-format tflite --quantize.")
  var exportTFLite = false

  @Flag(
    name: [.customLong("quantize"), .customLong("export-quantize")], inversion: .prefixedNo,
    exclusivity: .chooseLast,
    help: "Weights in bytes (safetensors, tflite, onnx): a quarter of the size.")
  var quantize: Bool?

  @Option(
    help: ArgumentHelp(
      "How .onnx takes recordings: in pieces, with the network's state as inputs and outputs, or whole. (default: pieces, "
        + "where all layers can be computed while sound arrives)", valueName: "pieces|whole"))
  var onnxForm: ONNXForm?

  @OptionGroup(title: "Model metadata") var metadata: ModelMetadataOptions

  func validate() throws {
    let chosen = chosenFormats
    guard quantize != true || chosen.contains(where: \.canBeQuantized) else {
      let names = chosen.map(\.rawValue).joined(separator: ",")
      throw ValidationError(
        "--quantize: found --format \(names), expected safetensors, tflite or onnx.")
    }
    guard !chosen.contains(.transformers) || chosen == [.transformers] else {
      let names = chosen.map(\.rawValue).joined(separator: ",")
      throw ValidationError(
        "--format: found \(names), expected transformers alone, which fills the folder.")
    }
    guard onnxForm == nil || chosen.contains(.onnx) else {
      let names = chosen.map(\.rawValue).joined(separator: ",")
      throw ValidationError("--onnx-form: found --format \(names), expected onnx.")
    }
  }

  /// The formats asked for, each once.
  var chosenFormats: [ExportFormat] {
    var chosen = formats.flatMap(\.formats) + (exportTFLite ? [.tflite] : [])
    if chosen.isEmpty { chosen = [.safetensors] }
    return ExportFormat.allCases.filter(chosen.contains)
  }

  /// Writes `model` in each format into `folder`, with a card next to it, and returns the files; `namesLikeDeepSpeech` gives
  /// DeepSpeech's formats the names that its programs expect.
  func write(
    _ model: AcousticModel, to folder: String, namesLikeDeepSpeech: Bool
  ) throws -> [String] {
    try chosenFormats.map { format in
      guard format != .transformers else {
        try write(model, as: format, to: folder)
        return folder
      }
      let usual = namesLikeDeepSpeech && format.isDeepSpeech ? "output_graph" : "model"
      let path = "\(folder)/\(exportFileName ?? usual).\(format.rawValue)"
      try write(model, as: format, to: path)
      return path
    }
  }

  /// Writes `model` to the file at `path`, with a card next to it.
  func write(_ model: AcousticModel, as format: ExportFormat, to path: String) throws {
    let said = metadata.metadata(of: model)
    guard format != .transformers else {
      try model.write(to: path, as: format.modelFormat, metadata: said)
      let card = model.card(format: format.modelFormat, metadata: said ?? ModelMetadata())
      return try AtomicFile.write(Data(card.utf8), to: path.appendingName("README.md"))
    }
    try AtomicFile.prepare(path)
    let isQuantized = format.canBeQuantized && quantize ?? (exportTFLite && format == .tflite)
    // A pipe or device has no folder for a card.
    guard AtomicFile.isFile(path) else {
      return try model.write(
        to: path, as: format.modelFormat, metadata: said, isQuantized: isQuantized,
        onnxForm: onnxForm)
    }
    let card = model.card(
      format: format.modelFormat, metadata: said ?? ModelMetadata(), isQuantized: isQuantized)
    let formBefore = format == .onnx ? ONNXForm(ofFile: path) : nil
    try AtomicFile.together(in: path.folderPath) {
      try model.write(
        to: path, as: format.modelFormat, metadata: said, isQuantized: isQuantized,
        onnxForm: onnxForm)
      try AtomicFile.write(Data(card.utf8), to: path + ".md")
    }
    if let formBefore, let form = ONNXForm(ofFile: path), form != formBefore {
      Terminal.note(
        "\(path): was a model for \(formBefore.recordings), and is one for \(form.recordings) now. To have both, pass "
          + "--export-file-name or --output.")
    }
  }
}

/// The formats that models are written in.
enum ExportFormat: String, CaseIterable {
  case safetensors, pb, pbmm, tflite, onnx, transformers

  var modelFormat: ModelFormat {
    switch self {
    case .safetensors: .safetensors
    case .pb: .pb
    case .pbmm: .pbmm
    case .tflite: .tflite
    case .onnx: .onnx
    case .transformers: .huggingFace
    }
  }

  /// Whether DeepSpeech's programs read it.
  var isDeepSpeech: Bool { [.pb, .pbmm, .tflite].contains(self) }

  /// Whether its weights can be bytes.
  var canBeQuantized: Bool { [.safetensors, .tflite, .onnx].contains(self) }
}

extension ONNXForm: ExpressibleByArgument {
  /// How such a model takes recordings.
  fileprivate var recordings: String {
    switch self {
    case .pieces: "recordings in pieces"
    case .whole: "whole recordings"
    }
  }
}

/// Several formats in one value, separated by commas.
struct FormatList: ExpressibleByArgument {
  let formats: [ExportFormat]

  static var allValueStrings: [String] { ExportFormat.allCases.map(\.rawValue) }

  init?(argument: String) {
    let names = argument.split(separator: ",").map(String.init)
    formats = names.compactMap(ExportFormat.init)
    if formats.isEmpty || formats.count < names.count { return nil }
  }
}
