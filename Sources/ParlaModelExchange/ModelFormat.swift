import Foundation
public import ParlaAcousticModel
import ParlaFiles
public import ParlaTranscripts

/// The kinds of files and folders that contain a model, detected by content.
public enum ModelFormat: String, Sendable, CaseIterable, Codable {
  /// Parla's own.
  case safetensors
  /// A frozen graph of TensorFlow.
  case pb
  /// A memory-mapped package of TensorFlow.
  case pbmm
  /// TensorFlow Lite.
  case tflite
  /// The Open Neural Network Exchange; only written.
  case onnx
  /// A folder of TensorFlow's checkpoints, or one of them by its name.
  case tensorFlowCheckpoint = "tensorflow-checkpoint"
  /// A folder of Parla's checkpoints.
  case checkpoint
  /// A folder of Hugging Face's transformers, or the adapter of a language in it.
  case huggingFace = "hugging-face"

  /// What a folder of Hugging Face's is called where it is written.
  package static let transformersName = "transformers"

  /// What stands at `path`.
  ///
  /// - Throws: `ModelError.unreadable`, `.notAModel`, `.withoutEnd`.
  package init(of path: String) throws(ModelError) {
    if try !ModelReader.isOwn(path), HuggingFaceFolder(path) != nil {
      self = .huggingFace
      return
    }
    if ModelReader.isFolder(path) {
      // A training that started from TensorFlow's checkpoint saves next to it: its own are the newer ones.
      let isOwn = CheckpointFolder(path: path).holdsCheckpoint
      self = !isOwn && TensorFlowCheckpoint.isFolder(path) ? .tensorFlowCheckpoint : .checkpoint
      return
    }
    let isPrefix = FileManager.default.fileExists(atPath: path + ".index")
    if isPrefix || path.hasSuffix(".index") {
      self = .tensorFlowCheckpoint
      return
    }
    if ["yml", "yaml"].contains(path.fileExtension.lowercased()), FileKind(path) == .regular {
      throw .descriptionAlone(path: path)
    }
    if try ModelReader.isOwn(path) {
      self = .safetensors
      return
    }
    let bytes = try ModelBytes(path: path)
    guard let format = Self.format(of: bytes) else {
      // Numbers alone are not recognisable: a package without its graph is only identified by its name.
      if bytes.count > 0,
        path.lowercased().hasSuffix(".pbmm") || MemoryMappedPackage.isWithin(bytes)
      {
        throw .withoutEnd(
          path: path, found: bytes.count, kind: "a memory-mapped package of TensorFlow")
      }
      throw .notAModel(path: path, found: bytes.count == 0 ? "an empty file" : "other content")
    }
    self = format
  }

  private static func format(of bytes: ModelBytes) -> ModelFormat? {
    guard bytes.count > 9 else { return nil }
    if TFLiteModel.isModel(bytes) { return .tflite }
    if (try? MemoryMappedPackage(bytes)) != nil { return .pbmm }
    // A graph starts with a node: field 1, whose first field is its name.
    var fields = try? WireReader(bytes, 0..<bytes.count)
    guard let first = try? fields?.next() else { return nil }
    if first.number == 1, first.hasLength, !first.content.isEmpty,
      bytes[first.content.lowerBound] == 0x0a
    {
      return .pb
    }
    // ONNX starts with the version of its form, a small number in field 1; so may numbers of a package.
    let isVersion = first.number == 1 && !first.hasLength && bytes[1] < 32
    return isVersion && !MemoryMappedPackage.isWithin(bytes) ? .onnx : nil
  }
}

extension ModelDescription {
  /// Makes sure that files of `format` can carry such a model.
  ///
  /// - Throws: `ModelError.notExpressible`.
  package func check(for format: ModelFormat, onnxForm: ONNXForm? = nil) throws(ModelError) {
    if format == .huggingFace { _ = try TransformersFolder(self) }
    if format == .onnx { try ONNXNetwork.check(graph, form: onnxForm) }
    guard [.pb, .pbmm, .tflite].contains(format) else { return }
    _ = try DeepSpeechNetwork.layers(of: self, format: format.rawValue)
  }
}

extension Alphabet {
  /// What the model at `path` writes, a file or folder of any format.
  ///
  /// - Throws: `ModelError`, naming the place.
  package init(ofModel path: String) throws(ModelError) {
    guard try ModelFormat(of: path) == .onnx else {
      self = try AcousticModel(anyFile: path).alphabet
      return
    }
    self = try ONNXModel(path: path).alphabet
  }
}

extension ONNXForm {
  /// The form of the file at `path`; nil where that is nothing that Parla wrote.
  package init?(ofFile path: String) {
    guard FileKind(path) == .regular, let model = try? ONNXModel(path: path), let form = model.form
    else { return nil }
    self = form
  }
}

extension AcousticModel {
  /// Reads a model from a file or folder of any format, recognised by its content.
  ///
  /// - Throws: `ModelError`, naming the place.
  public init(anyFile path: String, alphabet: Alphabet? = nil) throws(ModelError) {
    self = try ImportedModel(path: path, alphabet: alphabet).model
  }

  /// Writes the model in `format`, with `metadata` in place of its own; `isQuantized` holds for `.safetensors`, `.tflite`
  /// and `.onnx`, `onnxForm` for `.onnx`.
  ///
  /// - Throws: `ModelError.notExpressible` for what the format cannot carry, `FileError.unwritable`.
  public func write(
    to path: String, as format: ModelFormat, metadata chosen: ModelMetadata? = nil,
    isQuantized: Bool = false, onnxForm: ONNXForm? = nil
  ) throws {
    let metadata = chosen ?? self.metadata ?? ModelMetadata()
    switch format {
    case .safetensors:
      try AcousticModel(
        description: description, alphabet: alphabet, parameters: parameters, buffers: buffers,
        metadata: chosen ?? self.metadata
      ).write(to: path, isQuantized: isQuantized)
    case .pb: try writeFrozenGraph(to: path, metadata: metadata)
    case .pbmm: try writeMemoryMappedGraph(to: path, metadata: metadata)
    case .tflite: try writeTFLite(to: path, isQuantized: isQuantized, metadata: metadata)
    case .onnx:
      try writeONNX(
        to: path, metadata: metadata, form: onnxForm, isQuantized: isQuantized)
    case .huggingFace: try TransformersFolder(description).write(self, to: path)
    case .tensorFlowCheckpoint, .checkpoint:
      throw ModelError.notExpressible(
        format: format.rawValue, found: "a model alone", expected: "the state of a training")
    }
  }
}
