import Foundation
package import ParlaAcousticModel
package import ParlaTranscripts
import SwiftProtobuf

/// A frozen graph of TensorFlow, `output_graph.pb`, or its memory-mapped package, `output_graph.pbmm`.
package struct FrozenGraph {
  let graph: GraphReader

  /// Reads the file at `path`.
  ///
  /// - Throws: `ModelError.unreadable`, `.notAModel`, `.damaged`, `.cutOff`.
  package init(path: String) throws(ModelError) {
    try self.init(bytes: try ModelBytes(path: path))
  }

  /// Reads `bytes`.
  ///
  /// - Throws: `ModelError.notAModel`, `.damaged`, `.cutOff`.
  package init(bytes: ModelBytes) throws(ModelError) {
    if let package = try MemoryMappedPackage(bytes) {
      graph = try GraphReader(bytes, package.graph, regions: package.regions)
    } else {
      graph = try GraphReader(bytes, 0..<bytes.count)
    }
    guard !graph.names.isEmpty else {
      throw .notAModel(path: bytes.path, found: "a graph without nodes")
    }
  }

  /// The model, with `alphabet` in place of the graph's own if there is one.
  ///
  /// - Throws: `ModelError.foreignModel`, `.alphabetNeeded`, `.damaged`, `.cutOff`.
  package func model(alphabet: Alphabet? = nil) throws(ModelError) -> ImportedModel {
    try file().model(alphabet: alphabet)
  }

  /// What the graph says, by the names of its nodes (DeepSpeech 0.9.3, `training/deepspeech_training/train.py`, `export`).
  func file() throws(ModelError) -> DeepSpeechFile {
    var file = DeepSpeechFile(path: graph.bytes.path, tensors: try tensors())
    if let ceiling = try graph.tensor("Minimum/y")?.values().first { file.ceiling = ceiling }
    guard file.ceiling > 0, file.ceiling.isFinite else {
      throw .damaged(path: file.path, reason: "its layers are cut off at \(file.ceiling)")
    }
    if let input = graph.nodes["input_node"]?.definition.attr["shape"]?.shape {
      file.inputShape = GraphReader.shape(input)
    }
    file.sampleRate = graph.integer("metadata_sample_rate") ?? graph.integer("Mfcc/sample_rate")
    file.windowMilliseconds = graph.integer("metadata_feature_win_len")
    file.stepMilliseconds = graph.integer("metadata_feature_win_step")
    file.alphabet = graph.text("metadata_alphabet")
    if let language = graph.text("metadata_language") {
      file.metadata.language = String(decoding: language, as: UTF8.self)
    }
    file.metadata.beamWidth = graph.integer("metadata_beam_width") ?? file.metadata.beamWidth
    file.metadata.graphVersion = graph.integer("metadata_version") ?? file.metadata.graphVersion
    return file
  }

  private func tensors() throws(ModelError) -> DeepSpeechTensors {
    let constants = graph.names.filter {
      ["Const", "ImmutableConst"].contains(graph.nodes[$0]?.definition.op)
    }
    let variables = try DeepSpeechVariables(names: constants, path: graph.bytes.path)
    let layers = try (variables.dense + [variables.recurrent] + variables.normalizations).map {
      (names) throws(ModelError) in
      DeepSpeechTensors.Layer(
        weight: try constant(names.weight), bias: try constant(names.bias))
    }
    return DeepSpeechTensors(
      path: graph.bytes.path, layout: .inputsFirst, dense: Array(layers[..<5]),
      recurrent: layers[5], normalizations: Array(layers[6...]),
      forgetBias: try forgetBias(variables))
  }

  private func constant(_ name: String) throws(ModelError) -> ForeignTensor {
    guard let tensor = try graph.tensor(name) else {
      throw .damaged(path: graph.bytes.path, reason: "\(name) is no constant of floats")
    }
    return tensor
  }

  /// What the recurrent node adds to the forget gate, if Parla's layer can replace the node.
  private func forgetBias(_ variables: DeepSpeechVariables) throws(ModelError) -> Float {
    let cells = graph.nodes.values.map(\.definition).filter { $0.op.hasPrefix("BlockLSTM") }
    guard let cell = cells.first else { return variables.hasForgetBias ? 1 : 0 }
    if cell.attr["use_peephole"]?.b == true || cell.attr["cell_clip"]?.f ?? 3 > 0 {
      throw .foreignModel(
        path: graph.bytes.path, found: "a recurrent layer with peepholes or limited cells",
        expected: "one without")
    }
    return cell.attr["forget_bias"]?.f ?? 1
  }
}
