import Foundation
import ParlaAcousticModel
import ParlaAudio
import ParlaFiles
import ParlaNeuralNetwork
import ParlaTestSupport
import ParlaTranscripts

@testable import ParlaModelExchange

/// A tiny random model of transformers, and what transformers computes with it.
struct HuggingFaceGolden {
  /// The fixtures, or the folders in the one that `scripts/check-wav2vec2 --states` names.
  static let names = named ?? fixtureNames

  private static let fixtureNames = [
    "wav2vec2", "wav2vec2-adapter", "xls-r", "mms", "hubert", "hubert-batch", "wavlm",
    "wavlm-base", "data2vec", "bert", "bert-adapter", "bert-rotary",
  ]

  /// Those whose batches Parla can pad as PyTorch does: not where padding goes through a batch normalisation, or an adapter with attention.
  static let paddedNames = names.filter { $0 != "hubert-batch" && $0 != "bert-adapter" }

  let model: HuggingFaceModel
  let arrays: NumPyArchive

  init(_ name: String, countsPadding: Bool = false) throws {
    let path = Self.path(name)
    let folder = HuggingFaceFolder(path)
    guard let folder else { throw ModelError.noCheckpoint(folder: path) }
    model = try HuggingFaceModel(folder, countsPadding: countsPadding)
    arrays = try NumPyArchive(path: path + "/golden.npz")
  }

  static func path(_ name: String) -> String {
    name.hasPrefix("/") ? name : Fixture.path("hugging-face/" + name)
  }

  private static var named: [String]? {
    guard let folder = ProcessInfo.processInfo.environment["PARLA_WAV2VEC2_GOLDENS"] else {
      return nil
    }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.sorted().map { "\(folder)/\($0)" }.filter {
      FileManager.default.fileExists(atPath: $0 + "/golden.npz")
    }
  }

  func array(_ name: String) throws -> NumPyArray {
    guard let array = arrays[name] else {
      throw FileError.notNumPy(path: name, found: "nothing", expected: "an array")
    }
    return array
  }

  /// Logits in the order of the folder's vocabulary, in Parla's: the blank last.
  func blankLast(_ logits: NumPyArray) -> [Float] {
    let count = logits.shape[logits.shape.count - 1]
    return stride(from: 0, to: logits.values.count, by: count).flatMap { row in
      Array(logits.values[row + 1..<row + count]) + [logits.values[row]]
    }
  }

  /// The names of the nodes that are transformers' hidden states.
  var states: [String] {
    let names = model.description.layers.map(\.name)
    return names.filter { $0.wholeMatch(of: /hidden_\d+/) != nil }
  }

  /// The graph with other outputs.
  func graph(_ outputs: [String]) throws -> Graph {
    let description = model.description
    return try Graph(
      GraphDescription(
        inputs: [.init(name: "features", shape: [description.features.inputCount])],
        nodes: description.layers, outputs: outputs))
  }

  /// Both inputs side by side.
  func batch() throws -> Sequences {
    let inputs = try [array("input0"), array("input1")].map { input in
      Tensor(
        shape: [input.shape[0], 1, input.shape.count > 1 ? input.shape[1] : 1], values: input.values
      )
    }
    return Sequences(joining: inputs)
  }

  /// The labels of both in Parla's numbers.
  func labels() throws -> [[Int32]] {
    let labels = try array("labels")
    return (0..<labels.shape[0]).map { row in
      labels.values[row * labels.shape[1]..<(row + 1) * labels.shape[1]].filter { $0 >= 0 }
        .map { Int32($0) - 1 }
    }
  }
}
