import Foundation
import ParlaDescriptions
import ParlaNeuralNetwork

/// The description of a graph and its training for the library, in JSON.
struct TorchSettings: Encodable {
  private var inputs: [[Int]]
  private var nodes: [Node]
  private var order: [Int]
  private var output: Int
  private var optimizer: [String: FieldValue]
  private var device: String
  private var precision: String
  private var threads: Int
  private var mayUseHalf: Bool

  private struct Node: Encodable {
    var kind: String
    var name: String
    /// Nodes by their number; inputs of the graph are -1, -2, ….
    var sources: [Int]
    var owner: Int
    var firstParameter: Int
    var firstBuffer: Int
    var parameters: [[Int]]
    var buffers: [[Int]]
    var frame: [Int]
    var fields: [String: FieldValue]
  }

  init(_ graph: Graph, _ settings: EngineSettings) {
    inputs = graph.description.inputs.map(\.shape)
    nodes = zip(graph.description.nodes, graph.nodes).map { description, node in
      Node(
        kind: description.kind, name: description.name, sources: node.inputs.map(Self.number),
        owner: node.owner, firstParameter: node.parameterRange.lowerBound,
        firstBuffer: node.bufferRange.lowerBound, parameters: node.layer.parameters.map(\.shape),
        buffers: node.layer.buffers.map(\.shape), frame: node.layer.output.axes,
        fields: description.fields)
    }
    order = graph.order
    output = Self.number(graph.outputs[0])
    optimizer = settings.optimizer.fields.merging(["method": .text(settings.optimizer.kind)]) { $1 }
    device = settings.device.isEmpty ? "cuda" : settings.device
    // A graphics card multiplies bfloat16 many times faster.
    let isBFloat16 = settings.precision.map { $0 == .bfloat16 } ?? !device.hasPrefix("cpu")
    precision = isBFloat16 ? "bf16" : "float32"
    threads = settings.threadCount
    mayUseHalf = settings.mayUseHalf
  }

  private static func number(_ source: Graph.Source) -> Int {
    switch source {
    case .input(let index): -1 - index
    case .node(let index): index
    }
  }

  /// The settings as JSON.
  func json() throws -> String {
    String(decoding: try JSONEncoder().encode(self), as: UTF8.self)
  }
}
