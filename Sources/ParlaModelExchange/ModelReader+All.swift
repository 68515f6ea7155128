import Foundation
public import ParlaAcousticModel
import ParlaNeuralNetwork
public import ParlaTranscripts

extension ModelReader {
  /// Readers of all formats besides Parla's own.
  public static let all: [ModelReader] = [
    .huggingFace, .tensorFlowLite, .frozenGraph, .memoryMappedPackage, .tensorFlowCheckpoint, .onnx,
  ]

  /// A folder of Hugging Face's transformers with a network of the wav2vec 2.0 family, or the adapter of a language in it.
  public static let huggingFace = ModelReader(
    name: ModelFormat.huggingFace.rawValue,
    read: { (path, alphabet, _) throws(ModelError) in
      guard let folder = HuggingFaceFolder(path) else { return nil }
      let model = try HuggingFaceModel(folder).model()
      return ImportedModel(model: try model.writing(alphabet, path: path))
    },
    open: { (path, alphabet, precision) throws(ModelError) in
      guard let folder = HuggingFaceFolder(path) else { return nil }
      let model = try HuggingFaceModel(folder)
      try alphabet?.check(isOf: model.alphabet, path: path)
      return try model.inferenceModel(precision)
    })

  /// TensorFlow Lite, `output_graph.tflite`, whose weights stay in the file where they can.
  public static let tensorFlowLite = ModelReader(
    name: ModelFormat.tflite.rawValue,
    read: { (path, alphabet, _) throws(ModelError) in
      guard try ModelFormat(of: path) == .tflite else { return nil }
      return try TFLiteModel(path: path).model(alphabet: alphabet)
    },
    open: { (path, alphabet, precision) throws(ModelError) in
      guard try ModelFormat(of: path) == .tflite else { return nil }
      let file = try TFLiteModel(path: path).file()
      let (description, alphabet) = try file.decodeMetadata(alphabet: alphabet)
      let source = file.tensors.parameterSource
      return InferenceModel(
        description: description, alphabet: alphabet, metadata: file.metadata,
        weights: try GraphWeights(description.graph, source, precision: precision)
          .finite(description.graph, path: path))
    })

  /// A frozen graph of TensorFlow, `output_graph.pb`.
  public static let frozenGraph = graph(.pb)

  /// A memory-mapped package of TensorFlow, `output_graph.pbmm`.
  public static let memoryMappedPackage = graph(.pbmm)

  private static func graph(_ format: ModelFormat) -> ModelReader {
    ModelReader(
      name: format.rawValue,
      read: { (path, alphabet, _) throws(ModelError) in
        guard try ModelFormat(of: path) == format else { return nil }
        return try FrozenGraph(path: path).model(alphabet: alphabet)
      })
  }

  /// A folder of TensorFlow's checkpoints, or one of them by its name.
  public static let tensorFlowCheckpoint = ModelReader(
    name: ModelFormat.tensorFlowCheckpoint.rawValue,
    read: { (path, alphabet, kinds) throws(ModelError) in
      guard try ModelFormat(of: path) == .tensorFlowCheckpoint else { return nil }
      let checkpoint =
        TensorFlowCheckpoint.isFolder(path)
        ? try TensorFlowCheckpoint(folder: path, kinds: kinds)
        : try TensorFlowCheckpoint(path: path)
      return ImportedModel(model: try checkpoint.model(alphabet: alphabet))
    })

  /// ONNX, which is only written: what is wrong is said.
  public static let onnx = ModelReader(
    name: ModelFormat.onnx.rawValue,
    read: { (path, _, _) throws(ModelError) in
      guard try ModelFormat(of: path) == .onnx else { return nil }
      throw .foreignModel(
        path: path, found: "a model of ONNX", expected: "a file that Parla reads, such as .tflite")
    })
}

extension ModelReader {
  /// Where the model at `path` is that has the adapter of `language`; `path` itself where none is asked for.
  ///
  /// - Throws: `ModelError.noAdapter`, unless `path` is a folder of Hugging Face's.
  package static func path(_ path: String, language: String?) throws(ModelError) -> String {
    guard let language else { return path }
    guard HuggingFaceFolder(path) != nil else {
      throw .noAdapter(folder: path, language: language, known: [])
    }
    return HuggingFaceFolder.adapterPath(path, language: language)
  }
}

extension ImportedModel {
  /// Reads a model from a file or folder of any format, recognised by its content.
  ///
  /// An `alphabet` is needed where the file has none, as in TensorFlow's checkpoints; another than the file's own is refused.
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
    if try ModelReader.isOwn(path) {
      let model =
        ModelReader.isFolder(path)
        ? try CheckpointFolder(path: path).bestModel(of: kinds) : try AcousticModel(path: path)
      self.init(model: try model.writing(alphabet, path: path))
      return
    }
    for reader in ModelReader.all {
      guard let model = try reader.read(path, alphabet, kinds) else { continue }
      self = model
      return
    }
    throw try ModelReader.refusal(of: path, readers: ModelReader.all)
  }
}
