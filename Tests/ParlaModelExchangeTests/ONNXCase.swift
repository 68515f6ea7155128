import Foundation
import ParlaDescriptions
import ParlaNeuralNetwork
import ParlaTestSupport
import Testing

/// A layer with its inputs, to be exported on its own.
struct ONNXCase {
  let name: String
  let kind: String
  /// The axes of the frames of each input.
  let axes: [[Int]]
  let fields: [String: FieldValue]

  var inputNames: [String] { axes.indices.map { "input_\($0)" } }

  /// Those that have a golden.
  static func goldens() throws -> [ONNXCase] {
    struct Golden: Decodable {
      let kind: String
      let fields: [String: FieldValue]
      let axes: [[Int]]
    }
    let files = try FileManager.default.contentsOfDirectory(atPath: Fixture.path("layers"))
    return try files.filter { $0.hasSuffix(".json") }.sorted().map { file in
      let data = try Data(contentsOf: URL(fileURLWithPath: Fixture.path("layers/\(file)")))
      let golden = try JSONDecoder().decode(Golden.self, from: data)
      return ONNXCase(
        name: String(file.dropLast(5)), kind: golden.kind, axes: golden.axes, fields: golden.fields)
    }
  }

  /// Kinds and fields that have none.
  static func more() -> [ONNXCase] {
    let layers: [(String, [[Int]], [String: FieldValue])] = [
      ("dense", [[3, 2]], ["size": 5]), ("clipped_relu", [[4]], ["ceiling": 0.5]),
      ("layer_normalization", [[5]], [:]), ("dropout", [[4]], ["rate": 0.5]),
      ("layer_drop", [[4], [4]], ["rate": 0.5]),
      ("mask", [[4]], ["time_share": 0.5, "feature_share": 0.5]),
      ("swap_batch", [[4]], [:]), ("join_batches", [[4], [4]], [:]),
      ("log_softmax", [[2, 3]], ["axis": "batch"]), ("log_softmax", [[3]], ["axis": "time"]),
      ("batch_normalization", [[3, 2]], ["statistics": "batch"]),
      ("softmax", [[2, 3]], [:]), ("glu", [[2, 4]], [:]),
      ("merge", [[2, 3], [2, 1]], ["type": "concat"]),
      // Windows that do not touch, windows of one frame, zeros that follow from a recording's length.
      ("convolution_1d", [[4]], ["channels": 3, "size": 2, "stride": 5]),
      ("convolution_1d", [[4]], ["channels": 3, "size": 1]),
      ("convolution_1d", [[4]], ["channels": 3, "size": 4, "stride": 3, "padding": "tensorflow"]),
      (
        "convolution_2d", [[7, 2]],
        [
          "channels": 3, "size": [3, 3], "stride": [2, 3], "padding": "causal",
          "frame_pads": [2, 0, 0, 0],
        ]
      ),
      ("pooling", [[4]], ["type": "average", "size": 3, "stride": 2, "padding": "tensorflow"]),
      ("pooling", [[4]], ["type": "max", "size": 2, "stride": 3]),
      (
        "pooling", [[5, 2]],
        ["type": "average", "size": [2, 3], "stride": [1, 2], "height_padding": "same"]
      ),
      ("attention", [[8]], ["heads": 2, "left": 3]),
      ("attention", [[8]], ["heads": 2, "positions": "relative", "right": 2]),
      (
        "attention", [[8]],
        ["heads": 2, "left": 4, "right": 1, "chunk": 3, "positions": "relative"]
      ),
      ("bidirectional", [[4]], ["type": "sru", "size": 4, "merge": "sum"]),
      ("bidirectional", [[4]], ["type": "gru", "size": 3, "merge": "max"]),
      ("keras_gru", [[4]], ["size": 3, "gate": "linear", "activation": "softsign"]),
      ("keras_lstm", [[4]], ["size": 3, "gate": "sigmoid", "activation": "softplus"]),
      ("sru", [[4]], ["size": 3, "activation": "relu"]),
      ("positional_encoding", [[6]], ["scale": 2]),
    ]
    return layers.enumerated().map {
      ONNXCase(name: "\($1.0)_more_\($0)", kind: $1.0, axes: $1.1, fields: $1.2)
    }
  }

  /// A graph of the layer alone, with random weights.
  func graph() throws -> (Graph, Parameters, Parameters) {
    let graph = try Graph(
      GraphDescription(
        inputs: zip(inputNames, axes).map { .init(name: $0, shape: $1) },
        nodes: [NodeDescription(kind: kind, name: "layer", inputs: inputNames, fields: fields)]))
    return (
      graph, .random(graph.parameters, seed: 3), .random(graph.buffers, seed: 4)
    )
  }

  /// Networks of frames of six numbers.
  static let graphs: [(name: String, nodes: [NodeDescription])] = [
    (
      "delays",
      [
        .init(kind: "convolution_1d", name: "far", fields: ["channels": 6, "size": 5]),
        .init(kind: "row_convolution", name: "near", inputs: ["input"], fields: ["look_ahead": 1]),
        .init(kind: "merge", name: "sum", inputs: ["input", "near", "far"]),
        .init(kind: "lstm", name: "lstm", fields: ["size": 4]),
        .init(kind: "attention", name: "attention", fields: ["heads": 2, "left": 5, "right": 2]),
        .init(kind: "merge", name: "end", inputs: ["lstm", "attention"]),
      ]
    ),
    (
      "rates",
      [
        .init(
          kind: "convolution_1d", name: "slow", fields: ["channels": 6, "size": 3, "stride": 2]),
        .init(
          kind: "convolution_1d", name: "too", inputs: ["input"],
          fields: ["channels": 6, "size": 2, "stride": 2, "padding": "valid"]),
        .init(kind: "merge", name: "both", inputs: ["slow", "too"], fields: ["type": "concat"]),
        .init(kind: "gru", name: "gru", fields: ["size": 5]),
        .init(kind: "sru", name: "sru", fields: ["size": 5]),
        .init(kind: "repeat", name: "again", fields: ["count": 2]),
        .init(kind: "merge", name: "end", inputs: ["again", "again"]),
      ]
    ),
    (
      "shared",
      [
        .init(kind: "lstm", name: "first", fields: ["size": 6]),
        .init(kind: "lstm", name: "second", inputs: ["first"], reuse: "first"),
        .init(kind: "highway", name: "past"),
        .init(kind: "positional_encoding", name: "where"),
      ]
    ),
    (
      "inner",
      [
        .init(kind: "dense", name: "first", fields: ["size": 3]),
        .init(kind: "bidirectional", name: "unneeded", fields: ["type": "gru", "size": 2]),
      ]
    ),
    (
      "kur",
      [
        .init(
          kind: "batch_normalization", name: "features/normalized",
          fields: ["statistics": "running"]),
        .init(
          kind: "convolution_1d", name: "conv",
          fields: ["channels": 8, "size": 11, "stride": 2, "padding": "tensorflow"]),
        .init(kind: "relu", name: "relu"), .init(kind: "batch_normalization", name: "norm"),
        .init(
          kind: "bidirectional", name: "rnn",
          fields: ["type": "keras_gru", "size": 4, "merge": "average"]),
        .init(kind: "dense", name: "labels", fields: ["size": 3]),
      ]
    ),
  ]
}

extension Parameters {
  /// Random numbers in place of zeros and ones; variances are above zero.
  static func random(_ specifications: [ParameterSpecification], seed: UInt64) -> Parameters {
    Parameters(
      specifications: specifications,
      tensors: specifications.enumerated().map { index, specification in
        let tensor = Tensor.random(
          specification.shape, seed: seed + UInt64(index), bound: 0.5)
        guard specification.initializer == .ones else { return tensor }
        return Tensor(shape: tensor.shape, values: tensor.values.map { $0 + 1 })
      })
  }
}
