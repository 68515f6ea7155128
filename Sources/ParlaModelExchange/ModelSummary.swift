import Foundation
public import ParlaAcousticModel
public import ParlaAudio
import ParlaFiles
import ParlaNeuralNetwork
import ParlaTranscripts

/// What a model file of any format says of itself, for people and for programs.
public struct ModelSummary: Sendable, Equatable, Encodable {
  /// One layer, or one operation of a format that has no layers.
  public struct Layer: Sendable, Equatable, Encodable {
    /// One line for people: `dense layer_1, 512`.
    public let summary: String
    /// Its weights.
    public let parameters: [Parameter]
  }

  /// A weight or a bias.
  public struct Parameter: Sendable, Equatable, Encodable {
    /// Unique in its model.
    public let name: String
    /// Length of each axis, outermost first.
    public let shape: [Int]
  }

  /// The kind of file or folder.
  public let format: ModelFormat
  /// How large the file is, in bytes; of a checkpoint all its files, of a folder of Parla's all in it.
  public let byteCount: Int
  /// How the weights are written, `float32` or `int8`.
  public let precision: String
  /// The network's name.
  public let name: String
  /// The number of weights.
  public let parameterCount: Int
  /// How sound becomes what the first layer sees.
  public let features: FeatureSettings
  /// What the model writes; nil when the file does not say.
  public let alphabet: [String]?
  /// How many outputs there are, the blank's included.
  public let labelCount: Int
  /// What else the file says, by name: language, beam width, makers.
  public let metadata: [String: String]
  /// Of a checkpoint: how far training had come.
  public let training: [String: String]
  /// The layers in the order in which the data flows.
  public let layers: [Layer]
}

extension ModelSummary {
  /// Looks into the file or folder at `path`.
  ///
  /// - Throws: `ModelError`, naming the place.
  public init(path: String) throws(ModelError) {
    let format = try ModelFormat(of: path)
    if format == .onnx {
      self = try ONNXModel(path: path).summary
      return
    }
    var hasAlphabet = true
    let imported: ImportedModel
    do {
      imported = try ImportedModel(path: path)
    } catch .alphabetNeeded(_, let labelCount) {
      hasAlphabet = false
      imported = try ImportedModel(path: path, alphabet: try .anonymous(labelCount, path: path))
    }
    let model = imported.model
    self.format = format
    let checkpoint =
      format == .tensorFlowCheckpoint ? try TensorFlowCheckpoint(anyPath: path) : nil
    byteCount = try Self.byteCount(path, format, checkpoint)
    precision = imported.precision.rawValue
    name = model.description.name
    parameterCount = model.parameterCount
    features = model.description.features
    alphabet = hasAlphabet ? model.alphabet.labels : nil
    labelCount = model.alphabet.labelCount
    metadata = model.metadata?.texts ?? [:]
    training = try checkpoint?.progress ?? [:]
    layers = model.graph.nodes.map { node in
      Layer(
        summary: node.layer.summary,
        parameters: node.layer.parameters.map { Parameter(name: $0.name, shape: $0.shape) })
    }
  }

  /// The size of the file, of a checkpoint's files, or of all in a folder of checkpoints.
  private static func byteCount(
    _ path: String, _ format: ModelFormat, _ checkpoint: TensorFlowCheckpoint?
  ) throws(ModelError) -> Int {
    guard ModelReader.isFolder(path) || checkpoint != nil else {
      return try ModelBytes(path: path).count
    }
    let folder = checkpoint?.folder ?? path
    let prefix = checkpoint.map { $0.path.fileName + "." } ?? ""
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasPrefix(prefix) }.reduce(0) { sum, name in
      let size =
        (try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)"))?[.size]
        as? NSNumber
      return sum + (size?.intValue ?? 0)
    }
  }
}

extension TensorFlowCheckpoint {
  /// The best checkpoint of a folder, or the one at `path`.
  init(anyPath path: String) throws(ModelError) {
    self =
      Self.isFolder(path)
      ? try TensorFlowCheckpoint(folder: path, kind: .best) : try TensorFlowCheckpoint(path: path)
  }

  /// How far training had come, by name.
  fileprivate var progress: [String: String] {
    get throws(ModelError) {
      var progress = ["step": "\(try step)"]
      progress["learning_rate"] = try learningRate.map { "\($0)" }
      progress["optimizer"] = bundle.names.contains { $0.hasSuffix("/Adam_1") } ? "adam" : "none"
      return progress
    }
  }
}
