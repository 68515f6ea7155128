import Foundation
import ParlaFiles
public import ParlaTranscripts

/// The kinds of files and folders that hold a model, told apart by what is in them.
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

  /// What stands at `path`.
  ///
  /// - Throws: `ModelError.unreadable`, `.notAModel`, `.withoutEnd`.
  package init(of path: String) throws(ModelError) {
    var isFolder: ObjCBool = false
    if unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder),
      isFolder.boolValue
    {
      // A training that started from TensorFlow's checkpoint saves beside it: its own are the newer ones.
      let isOwn = CheckpointFolder(path: path).holdsCheckpoint
      self = !isOwn && TensorFlowCheckpoint.isFolder(path) ? .tensorFlowCheckpoint : .checkpoint
      return
    }
    let isPrefix = FileManager.default.fileExists(atPath: path + ".index")
    if isPrefix || path.hasSuffix(".index") {
      self = .tensorFlowCheckpoint
      return
    }
    let bytes = try ModelBytes(path: path)
    guard let format = Self.format(of: bytes) else {
      // Numbers alone say nothing of themselves: of a package without its graph only the name can tell.
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
    // The length of a safetensors header fits into five bytes, and a brace follows it.
    if bytes[8] == UInt8(ascii: "{"), (5..<8).allSatisfy({ bytes[$0] == 0 }) { return .safetensors }
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
  package func check(for format: ModelFormat) throws(ModelError) {
    guard [.pb, .pbmm, .tflite].contains(format) else { return }
    _ = try DeepSpeechNetwork.layers(of: self, format: format.rawValue)
  }
}

extension ImportedModel {
  /// Reads a model from a file or folder of any format, recognised by its content.
  ///
  /// An `alphabet` takes the place of the file's own; it is needed where there is none, as in TensorFlow's checkpoints.
  ///
  /// - Throws: `ModelError`, naming the place.
  public init(path: String, alphabet: Alphabet? = nil) throws(ModelError) {
    try self.init(path: path, alphabet: alphabet, kinds: [.best, .last])
  }

  /// The same, with the checkpoint of the first of `kinds` that a folder has.
  ///
  /// - Throws: `ModelError`, naming the place.
  package init(
    path: String, alphabet: Alphabet?, kinds: [CheckpointKind]
  ) throws(ModelError) {
    switch try ModelFormat(of: path) {
    case .safetensors:
      self.init(
        model: try AcousticModel(path: path).writing(alphabet, path: path))
    case .pb, .pbmm: self = try FrozenGraph(path: path).model(alphabet: alphabet)
    case .tflite: self = try TFLiteModel(path: path).model(alphabet: alphabet)
    case .onnx:
      throw .foreignModel(
        path: path, found: "a model of ONNX", expected: "a file that Parla reads, such as .tflite")
    case .tensorFlowCheckpoint:
      let isFolder = TensorFlowCheckpoint.isFolder(path)
      let checkpoint =
        isFolder
        ? try TensorFlowCheckpoint(folder: path, kinds: kinds)
        : try TensorFlowCheckpoint(path: path)
      self.init(model: try checkpoint.model(alphabet: alphabet))
    case .checkpoint:
      self.init(
        model: try CheckpointFolder(path: path).bestModel(of: kinds).writing(alphabet, path: path))
    }
  }
}

extension AcousticModel {
  /// Reads a model from a file or folder of any format, recognised by its content.
  ///
  /// - Throws: `ModelError`, naming the place.
  public init(anyFile path: String, alphabet: Alphabet? = nil) throws(ModelError) {
    self = try ImportedModel(path: path, alphabet: alphabet).model
  }

  /// Writes the model in `format`, with `metadata` in place of its own; `isQuantized` holds for `.safetensors` and `.tflite`.
  ///
  /// - Throws: `ModelError.notExpressible` for what the format cannot carry, `FileError.unwritable`.
  public func write(
    to path: String, as format: ModelFormat, metadata chosen: ModelMetadata? = nil,
    isQuantized: Bool = false
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
    case .onnx: try writeONNX(to: path, metadata: metadata)
    case .tensorFlowCheckpoint, .checkpoint:
      throw ModelError.notExpressible(
        format: format.rawValue, found: "a model alone", expected: "the state of a training")
    }
  }

  /// This model with `alphabet` in place of its own, if there is one.
  fileprivate func writing(_ alphabet: Alphabet?, path: String) throws(ModelError) -> AcousticModel
  {
    guard let alphabet else { return self }
    try alphabet.check(labelCount: self.alphabet.labelCount, path: path)
    return AcousticModel(
      description: description, alphabet: alphabet, parameters: parameters, buffers: buffers,
      metadata: metadata)
  }
}
