import Foundation
import ParlaDescriptions
import ParlaTestSupport
import Testing

@testable import ParlaNeuralNetwork

@Suite struct GraphTests {
  static func dense(_ name: String, inputs: [String]? = nil, reuse: String? = nil)
    -> NodeDescription
  {
    NodeDescription(
      kind: "dense", name: name, inputs: inputs, fields: reuse == nil ? ["size": .number(4)] : [:],
      reuse: reuse)
  }

  @Test func aDescriptionIsStoredWithAllInputsAndDefaults() throws {
    let graph = try Graph(
      [
        .dense(name: "a", size: 4), NodeDescription(kind: "layer_normalization", name: "b"),
        Self.dense("c", reuse: "a"),
      ], inputCount: 4)
    let nodes = graph.description.nodes
    #expect(nodes.map(\.inputs) == [["input"], ["a"], ["b"]])
    #expect(nodes[1].fields["epsilon"]?.number == 1e-12)
    #expect(nodes[2].fields["size"]?.integer == 4)
    #expect(graph.parameters.map(\.name) == ["a.weight", "a.bias", "b.gamma", "b.beta"])
    let text = try JSONEncoder().encode(nodes)
    let again = try JSONDecoder().decode([NodeDescription].self, from: text)
    #expect(again == nodes)
    #expect(try Graph(again, inputCount: 4).description == graph.description)
  }

  /// As models of version 1 have them.
  @Test func layersOfFormerModelsAreRead() throws {
    let text = """
      [{"dense": {"name": "layer_1", "size": 4}},
       {"activation": {"name": "activation_2", "type": "clipped_relu", "ceiling": 20}},
       {"normalization": {"name": "norm"}}, {"dropout": {"name": "d", "rate": 0.05}},
       {"recurrent": {"name": "lstm", "type": "lstm", "size": 3}}]
      """
    let nodes = try JSONDecoder().decode([NodeDescription].self, from: Data(text.utf8))
    #expect(
      nodes.map(\.kind) == ["dense", "clipped_relu", "layer_normalization", "dropout", "lstm"])
    #expect(nodes.map(\.name) == ["layer_1", "activation_2", "norm", "d", "lstm"])
    let graph = try Graph(nodes, inputCount: 5)
    #expect(graph.outputCount() == 3)
    #expect(graph.nodes.map(\.seesInput) == [true, false, false, false, false])
  }

  @Test func nodesMayBeWrittenInAnyOrderAndShareWeights() throws {
    let graph = try Graph(
      GraphDescription(
        inputs: [.init(name: "x", shape: [4]), .init(name: "y", shape: [2, 2])],
        nodes: [
          Self.dense("last", inputs: ["middle"], reuse: "first"),
          Self.dense("middle", inputs: ["first"]), Self.dense("first", inputs: ["y"]),
          Self.dense("other", inputs: ["x"]),
        ], outputs: ["last", "other", "middle"]))
    #expect(graph.parameters.count == 6)
    let parameters = Parameters(initializing: graph.parameters, seed: 1)
    let weights = GraphWeights(graph, parameters)
    let pass = Pass(compute: Compute(threadCount: 1))
    let inputs = [1, 2].map { Sequences(full: .random([3, 2, 4], seed: $0)) }
    let passage = graph.forward(inputs, weights, pass)
    #expect(passage.outputs == graph(inputs, weights, pass))
    let directions = (3...5).map { Tensor.random([3, 2, 4], seed: $0) }
    func objective(_ parameters: Parameters) -> Double {
      let outputs = graph(inputs, GraphWeights(graph, parameters), pass)
      return zip(outputs, directions).reduce(0) { sum, pair in
        zip(pair.0.values.values, pair.1.values).reduce(sum) { $0 + Double($1.0) * Double($1.1) }
      }
    }
    let gradients = graph.backward(directions, passage, weights, pass)
    for (number, gradient) in gradients.tensors.enumerated() {
      for index in 0..<gradient.count {
        var (up, down) = (parameters, parameters)
        up.tensors[number][index] += 1e-2
        down.tensors[number][index] -= 1e-2
        let slope = (objective(up) - objective(down)) / 2e-2
        #expect(abs(slope - Double(gradient[index])) < 1e-3 * max(1, abs(slope)))
      }
    }
  }

  @Test func theWayBackEndsWhereNobodyWantsMore() throws {
    let graph = try Graph([Self.dense("a"), Self.dense("b")], inputCount: 4)
    let weights = GraphWeights(graph, Parameters(initializing: graph.parameters, seed: 1))
    let pass = Pass(compute: Compute(threadCount: 1))
    let input = Sequences(full: .random([3, 2, 4], seed: 1))
    let gradients = graph.backward(
      [.random([3, 2, 4], seed: 2)], graph.forward([input], weights, pass), weights,
      isWanted: [false, false, false, true], pass)
    let isMoved = gradients.tensors.map { $0.values.contains { $0 != 0 } }
    #expect(isMoved == [false, false, true, true])
  }

  static let wrong: [(nodes: [NodeDescription], item: Int, found: String)] = [
    ([dense("a"), dense("a")], 1, "the name `a` a second time"),
    ([dense("a", inputs: ["b"]), dense("b")], 0, "the circle `a` → `b` → `a`"),
    ([dense("a", reuse: "a")], 0, "the circle `a` → `a`"),
    ([dense("a", inputs: ["b"])], 0, "`b`"),
    ([dense("a"), dense("b", inputs: [])], 1, "0 inputs of dense"),
    ([NodeDescription(kind: "dens", name: "a")], 0, "`dens`"),
    ([NodeDescription(kind: "dense", name: "a")], 0, "no size"),
    (
      [NodeDescription(kind: "dense", name: "a", fields: ["size": .number(2.5)])], 0, "\"2.5\""
    ),
    (
      [
        dense("a"), NodeDescription(kind: "dense", name: "b", fields: ["size": .number(3)]),
        dense("c", reuse: "a"),
      ], 2, "weights [[4, 3], [4]]"
    ),
    ([dense("a"), NodeDescription(kind: "relu", name: "b", reuse: "a")], 1, "weights of relu"),
    ([dense("")], 0, "an empty name"),
  ]

  @Test(arguments: wrong.indices) func mistakesAreNamedWithTheirNode(index: Int) {
    let (nodes, item, found) = Self.wrong[index]
    let problem = #expect(throws: DescriptionProblem.self) { try Graph(nodes, inputCount: 4) }
    #expect(problem?.item == item)
    #expect(problem?.found == found)
  }

  @Test func somethingComesOut() {
    let problem = #expect(throws: DescriptionProblem.self) {
      try Graph(
        GraphDescription(inputs: [.init(shape: [4])], nodes: [Self.dense("a")], outputs: []))
    }
    #expect(problem?.field == "outputs")
    #expect(problem?.found == "no output")
  }
}

/// How many frames go in and how many come out.
@Suite struct GraphLengthTests {
  @Test func inputLengthIsTheLeastThatGivesSoManyFrames() throws {
    let strided = try Graph(
      [
        NodeDescription(
          kind: "convolution_1d", name: "a", fields: ["channels": 2, "size": 5, "stride": 3]),
        NodeDescription(
          kind: "convolution_1d", name: "b",
          fields: ["channels": 2, "size": 4, "stride": 2, "padding": "valid"]),
      ], inputCount: 2)
    for graph in [strided, try Graph([.dense(name: "a", size: 4)], inputCount: 2)] {
      for length in 1...40 {
        let needed = graph.inputLength(forOutput: length)
        #expect(graph.outputLength(needed) >= length)
        #expect(graph.outputLength(needed - 1) < length)
      }
    }
  }
}
