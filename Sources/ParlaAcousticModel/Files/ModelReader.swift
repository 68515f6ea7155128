import ParlaFiles
package import ParlaNeuralNetwork
import ParlaPlatform
package import ParlaTranscripts

/// A reader for models in a format of another toolkit; `ParlaModelExchange` has them.
///
/// An app that only uses Parla's own models needs none, and links no other toolkit's formats.
public struct ModelReader: Sendable {
  /// The format's name, such as `tflite`.
  public let name: String

  /// Reads the whole model, of a folder the checkpoint of the first of the kinds; nil when the place holds another format.
  package let read:
    @Sendable (_ path: String, _ alphabet: Alphabet?, _ kinds: [CheckpointKind])
      throws(ModelError) -> ImportedModel?

  /// Opens the model for recognition; nil when the place holds another format.
  package let open:
    @Sendable (_ path: String, _ alphabet: Alphabet?, _ precision: WeightPrecision)
      throws(ModelError) -> InferenceModel?

  /// Joins two ways to one format.
  package init(
    name: String,
    read:
      @escaping @Sendable (String, Alphabet?, [CheckpointKind]) throws(ModelError) -> ImportedModel?,
    open:
      @escaping @Sendable (String, Alphabet?, WeightPrecision) throws(ModelError) -> InferenceModel?
  ) {
    self.name = name
    self.read = read
    self.open = open
  }

  /// A format whose models are opened by reading them.
  package init(
    name: String,
    read:
      @escaping @Sendable (String, Alphabet?, [CheckpointKind]) throws(ModelError) -> ImportedModel?
  ) {
    self.init(
      name: name, read: read,
      open: { (path, alphabet, precision) throws(ModelError) -> InferenceModel? in
        guard let imported = try read(path, alphabet, [.best, .last]) else { return nil }
        return try InferenceModel(imported.model, precision: precision)
      })
  }
}

/// A model from a file of any format, with what the file says of it.
public struct ImportedModel: Sendable {
  /// How a file's weights are written.
  public enum Precision: String, Sendable {
    /// 32-bit floating point.
    case float32
    /// Signed bytes, to be multiplied by a scale.
    case int8
  }

  /// The network, its features and its alphabet.
  public let model: AcousticModel

  /// Further information in the file.
  public var metadata: ModelMetadata { model.metadata ?? ModelMetadata() }

  /// How the weights are written in the file; in memory they are float32.
  public let precision: Precision

  /// Joins a model with what its file was.
  package init(model: AcousticModel, precision: Precision = .float32) {
    self.model = model
    self.precision = precision
  }
}

// MARK: - Parla's own

extension ModelReader {
  /// Whether one of Parla's own models is at `path`: a safetensors file, or a folder with checkpoints of `parla train`.
  ///
  /// - Throws: `ModelError.unreadable`.
  package static func isOwn(_ path: String) throws(ModelError) -> Bool {
    // A training that started from TensorFlow's checkpoint saves next to it: its own are the newer ones.
    if isFolder(path) { return CheckpointFolder(path: path).holdsCheckpoint }
    guard FileManager.default.fileExists(atPath: path), languageOfAdapter(path) == nil else {
      return false
    }
    return SafeTensorsHeader.isHead(of: try ModelBytes(path: path))
  }

  /// `xyz` of `adapter.xyz.safetensors` and `adapter.xyz.bin`: files with such names belong to the Hugging Face model next to them.
  package static func languageOfAdapter(_ path: String) -> String? {
    let parts = path.fileName.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "adapter", ["safetensors", "bin"].contains(parts[2]) else {
      return nil
    }
    return String(parts[1])
  }

  /// Why no reader accepts the file at `path`.
  package static func refusal(
    of path: String, readers: [ModelReader]
  ) throws(ModelError) -> ModelError {
    if readers.isEmpty, FileManager.default.fileExists(atPath: path + ".index") {
      return .noReader(path: path)
    }
    if isFolder(path) {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
      return readers.isEmpty && !names.isEmpty ? .noReader(path: path) : .noCheckpoint(folder: path)
    }
    let bytes = try ModelBytes(path: path)
    guard bytes.count > 0 else { return .notAModel(path: path, found: "an empty file") }
    return readers.isEmpty ? .noReader(path: path) : .notAModel(path: path, found: "other content")
  }

  /// Whether `path` is a folder.
  package static func isFolder(_ path: String) -> Bool {
    FileStatus(path)?.isFolder == true
  }
}

extension AcousticModel {
  /// This model, which must write `alphabet` if there is one; `path` is for messages.
  ///
  /// - Throws: `ModelError.unsuitableAlphabet`, `.knownAlphabet`.
  package func writing(
    _ alphabet: Alphabet?, path: String
  ) throws(ModelError) -> AcousticModel {
    try alphabet?.check(isOf: self.alphabet, path: path)
    return self
  }
}

extension Alphabet {
  /// Makes sure that a network of `labelCount` outputs, from the file at `path`, writes this alphabet.
  ///
  /// - Throws: `ModelError.unsuitableAlphabet`.
  package func check(labelCount: Int, path: String) throws(ModelError) {
    guard self.labelCount == labelCount else {
      throw .unsuitableAlphabet(path: path, found: labels.count, expected: labelCount - 1)
    }
  }

  /// Makes sure that this is what a model writes whose file, at `path`, says that it writes `own`.
  ///
  /// - Throws: `ModelError.unsuitableAlphabet`, `.knownAlphabet`.
  package func check(isOf own: Alphabet, path: String) throws(ModelError) {
    try check(labelCount: own.labelCount, path: path)
    guard self == own else {
      throw .knownAlphabet(path: path, found: shownLabels, expected: own.shownLabels)
    }
  }
}
