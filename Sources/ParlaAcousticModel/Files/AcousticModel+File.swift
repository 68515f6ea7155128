import ParlaAudio
package import ParlaNeuralNetwork
import ParlaPlatform
import ParlaTranscripts

/// The model in one file: safetensors whose metadata hold the description and the alphabet.
extension AcousticModel {
  /// Reads the model that `parla export` wrote, or the weights of a checkpoint.
  ///
  /// - Throws: `ModelError.unreadable`, `.notAModel`, `.cutOff`, `.damaged`.
  public init(path: String) throws(ModelError) {
    self = try AcousticModel.reading(try SafeTensors(path: path), path: path)
  }

  /// Writes the model to one self-contained file, whole or not at all.
  ///
  /// With `isQuantized`, weights become signed bytes with a scale for each row: a quarter of the size, and a recogniser
  /// uses them directly from the file.
  ///
  /// - Throws: `FileError.unwritable`.
  public func write(to path: String, isQuantized: Bool = false) throws {
    var file = try file(further: [], metadata: [:])
    if isQuantized {
      file.quantizedNames = Set(
        parameters.specifications.filter(\.isProductWeight).map(\.name))
    }
    try file.write(to: path)
  }

  /// The model as a file, with `further` tensors and texts in it.
  package func file(
    further: [(name: String, tensor: Tensor)], metadata: [String: String]
  ) throws -> SafeTensors {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var texts = metadata
    texts.merge(self.metadata?.texts ?? [:]) { former, _ in former }
    texts["format"] = Self.formatName
    texts["format_version"] = "2"
    texts["description"] = String(decoding: try encoder.encode(description), as: UTF8.self)
    let labels = try alphabet.isBytes ? encoder.encode("bytes") : encoder.encode(alphabet.labels)
    texts["alphabet"] = String(decoding: labels, as: UTF8.self)
    let weights = [parameters, buffers].flatMap {
      zip($0.specifications, $0.tensors).map { ($0.name, $1) }
    }
    return SafeTensors(metadata: texts, tensors: weights + further)
  }

  private static let formatName = "parla.acoustic-model"

  /// The model in `file`, read from `path`.
  package static func reading(
    _ file: SafeTensors, path: String
  ) throws(ModelError) -> AcousticModel {
    let (description, alphabet) = try decodeMetadata(file.metadata, path: path)
    let graph = description.graph
    return AcousticModel(
      description: description, alphabet: alphabet,
      parameters: try Parameters(file, for: graph.parameters, path: path),
      buffers: try Parameters(file, for: graph.buffers, path: path),
      metadata: try ModelMetadata(texts: file.metadata, path: path))
  }

  /// Decodes the metadata of a model file.
  static func decodeMetadata(
    _ metadata: [String: String], path: String
  ) throws(ModelError) -> (description: ModelDescription, alphabet: Alphabet) {
    guard metadata["format"] == formatName else {
      throw .notAModel(path: path, found: "tensors without a model's description")
    }
    guard ["1", "2"].contains(metadata["format_version"]) else {
      let version = metadata["format_version"] ?? "none"
      throw .notAModel(path: path, found: "format version \(version) (this Parla reads 1 and 2)")
    }
    let description: ModelDescription
    let alphabet: Alphabet
    do {
      let decoder = JSONDecoder()
      let text = metadata["description"] ?? ""
      description = try decoder.decode(ModelDescription.self, from: Data(text.utf8))
      let labels = metadata["alphabet"] ?? ""
      alphabet =
        try labels == "\"bytes\""
        ? .bytes : Alphabet(labels: decoder.decode([String].self, from: Data(labels.utf8)))
    } catch let error as ModelError {
      throw .damaged(
        path: path, reason: "its description asks for impossible layers or features: \(error)")
    } catch {
      throw .damaged(path: path, reason: "its description or alphabet cannot be understood")
    }
    guard description.graph.outputCount() == alphabet.labelCount else {
      throw .damaged(
        path: path,
        reason:
          "\(description.graph.outputCount()) outputs for \(alphabet.labels.count) labels and the blank"
      )
    }
    return (description, alphabet)
  }
}

extension Parameters {
  /// The tensors of `file` that `specifications` name, each with `prefix` before its name.
  ///
  /// - Throws: `ModelError.damaged` for a missing one, `.otherGeometry` for one of another shape, `.notFinite`.
  package init(
    _ file: SafeTensors, for specifications: [ParameterSpecification], prefix: String = "",
    path: String
  ) throws(ModelError) {
    let byName = Dictionary(file.tensors, uniquingKeysWith: { first, _ in first })
    var tensors: [Tensor] = []
    for specification in specifications {
      let name = prefix + specification.name
      guard let tensor = byName[name] else {
        throw .damaged(path: path, reason: "\(name) is missing")
      }
      guard tensor.shape == specification.shape else {
        throw .otherGeometry(
          path: path, parameter: name, found: tensor.shape, expected: specification.shape)
      }
      tensors.append(tensor)
    }
    self.init(specifications: specifications, tensors: tensors)
    try requireFinite(path: path, prefix: prefix)
  }

  /// Makes sure that all numbers read from `path` are finite: computing with others gives
  /// nonsense.
  ///
  /// - Throws: `ModelError.notFinite` with the name of the tensor.
  package func requireFinite(path: String, prefix: String = "") throws(ModelError) {
    for (specification, tensor) in zip(specifications, tensors) where !tensor.isFinite {
      throw .notFinite(path: path, tensor: prefix + specification.name)
    }
  }
}
