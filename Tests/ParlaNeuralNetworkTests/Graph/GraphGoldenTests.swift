import Foundation
import ParlaDescriptions
import ParlaTestSupport
import Testing

@testable import ParlaNeuralNetwork

/// Graphs of described nodes that have a golden: PyTorch's outputs and gradients, and pieces against the whole.
@Suite struct GraphGoldenTests {
  static let names = ["conformer_block"]

  struct Golden: Decodable {
    let nodes: [NodeDescription]
    let axes: [[Int]]
    let lengths: [Int]
    let inputs: [LayerGolden.Numbers]
    let parameters: [LayerGolden.Numbers]
    let buffers: [LayerGolden.Numbers]
    let output: LayerGolden.Numbers
    let direction: LayerGolden.Numbers
    let gradients: [LayerGolden.Numbers]

    init(_ name: String) throws {
      let data = try Data(contentsOf: URL(fileURLWithPath: Fixture.path("graphs/\(name).json")))
      self = try JSONDecoder().decode(Self.self, from: data)
    }

    func graph() throws -> (Graph, GraphWeights) {
      let graph = try Graph(GraphDescription(inputs: [.init(shape: axes[0])], nodes: nodes))
      let own = Parameters(specifications: graph.parameters, tensors: parameters.map(\.tensor))
      let kept = Parameters(specifications: graph.buffers, tensors: buffers.map(\.tensor))
      return (graph, GraphWeights(graph, own, buffers: kept))
    }
  }

  @Test(arguments: names, [1, 2]) func outputsAndGradientsAreTheGoldens(
    name: String, threads: Int
  ) throws {
    let golden = try Golden(name)
    let (graph, weights) = try golden.graph()
    let pass = Pass(compute: Compute(threadCount: threads))
    let passage = graph.forward(
      [Sequences(golden.inputs[0].tensor, lengths: golden.lengths)], weights, pass)
    expectClose(
      LayerCheck.masked(passage.outputs[0].values, lengths: golden.lengths).values,
      golden.output.values, absolute: 1e-5)
    let gradients = graph.backward([golden.direction.tensor], passage, weights, pass)
    for (found, expected) in zip(gradients.tensors, golden.gradients) {
      expectClose(found.values, expected.values, absolute: 5e-5)
    }
  }

  @Test(arguments: names) func piecesGiveWhatTheWholeGives(name: String) throws {
    let golden = try Golden(name)
    let (graph, weights) = try golden.graph()
    let pass = Pass(compute: Compute(threadCount: 2))
    #expect(graph.layersThatCannotStream.isEmpty)
    let input = Sequences(golden.inputs[0].tensor, lengths: golden.lengths)
    for (number, length) in golden.lengths.enumerated() {
      let frames = input.frames(of: number)
      let whole = graph([Sequences(full: frames)], weights, pass)[0].values
      for size in 1...4 {
        var states = [GraphState()]
        var found = Tensor(unwritten: [0, 1, whole.columnCount])
        for start in stride(from: 0, to: length, by: size) {
          let end = min(start + size, length)
          let more = graph.advance(
            [Sequences(full: frames.frames(start..<end))], weights, states: &states,
            isLast: [end == length], pass)
          found = found.followed(by: more[0].frames(of: 0))
        }
        expectClose(found.values, whole.values, absolute: 1e-5)
      }
    }
  }
}
