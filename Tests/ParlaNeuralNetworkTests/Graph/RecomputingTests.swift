import ParlaDescriptions
import ParlaTestSupport
import Testing

@testable import ParlaNeuralNetwork

/// What is computed again on the way back is what was computed on the way there.
@Suite struct RecomputingTests {
  private static let blockCount = 9

  /// Blocks with dropout between residual sums, of which training passes some by.
  private func graph(layerDrop: Double = 0) throws -> Graph {
    var nodes: [NodeDescription] = [
      NodeDescription(kind: "dense", name: "block_0", fields: ["size": 6])
    ]
    for number in 1...Self.blockCount {
      let before = nodes[nodes.count - 1].name
      nodes += [
        NodeDescription(kind: "dense", name: "up_\(number)", fields: ["size": 12]),
        NodeDescription(kind: "relu", name: "inner_\(number)"),
        NodeDescription(kind: "dropout", name: "drop_\(number)", fields: ["rate": 0.3]),
        NodeDescription(kind: "dense", name: "down_\(number)", fields: ["size": 6]),
        NodeDescription(
          kind: "merge", name: "block_\(number)", inputs: [before, "down_\(number)"]),
        NodeDescription(
          kind: "layer_drop", name: "kept_\(number)", inputs: ["block_\(number)", before],
          fields: ["rate": .number(layerDrop)]),
      ]
    }
    return try Graph(nodes, inputCount: 5)
  }

  private func keptCount(_ passage: Passage) -> Int {
    passage.saved.compactMap(\.self).flatMap(\.tensors).reduce(0) { $0 + $1.count }
      + passage.stretches.reduce(0) { $0 + ($1.start?.frames.values.count ?? 0) }
  }

  @Test(arguments: [0, 0.4]) func gradientsAreThoseOfWhatWasKept(layerDrop: Double) throws {
    let graph = try graph(layerDrop: layerDrop)
    let parameters = Parameters(initializing: graph.parameters, seed: 1)
    let weights = GraphWeights(graph, parameters)
    let pass = Pass(compute: Compute(threadCount: 1), dropoutSeed: 5)
    let input = Sequences(.random([7, 3, 5], seed: 2), lengths: [7, 4, 2])
    let slope = Tensor.random([7, 3, 6], seed: 3)
    for isWanted in [nil, parameters.specifications.indices.map { $0 > 9 }] {
      let (whole, again) = (
        graph.forward([input], weights, isWanted: isWanted, pass),
        graph.forward([input], weights, isWanted: isWanted, recomputes: true, pass)
      )
      #expect(whole.outputs == again.outputs)
      if layerDrop == 0 { #expect(keptCount(again) < keptCount(whole) / 2) }
      #expect(!again.stretches.isEmpty)
      let expected = graph.backward([slope], whole, weights, isWanted: isWanted, pass)
      let found = graph.backward([slope], again, weights, isWanted: isWanted, pass)
      #expect(found == expected)
    }
  }

  @Test func lessMemoryIsPlannedFor() throws {
    let graph = try graph()
    let all = graph.valuesPerFrame()
    #expect(graph.valuesPerFrame(recomputes: true) < all / 2)
    let learnsLast = graph.parameters.indices.map { $0 >= graph.parameters.count - 2 }
    #expect(graph.valuesPerFrame(isWanted: learnsLast) < all / 2)
  }

  /// Nothing is kept for gradients that nobody wants.
  @Test func whatIsFrozenKeepsNothing() throws {
    let graph = try graph()
    let weights = GraphWeights(graph, Parameters(initializing: graph.parameters, seed: 1))
    let pass = Pass(compute: Compute(threadCount: 1))
    let input = Sequences(full: .random([7, 3, 5], seed: 2))
    let isWanted = graph.parameters.indices.map { $0 >= graph.parameters.count - 2 }
    let passage = graph.forward([input], weights, isWanted: isWanted, pass)
    #expect(passage.saved.compactMap(\.self).count == 3)
  }

  // MARK: Blocks that are passed by

  @Test func blocksArePassedByAsOftenAsTheRateSays() throws {
    let graph = try graph(layerDrop: 0.25)
    let weights = GraphWeights(graph, Parameters(initializing: graph.parameters, seed: 1))
    let input = Sequences(full: .random([2, 1, 5], seed: 2))
    var passedBy = 0
    for seed in 0..<100 {
      let pass = Pass(compute: Compute(threadCount: 1), dropoutSeed: UInt64(seed))
      let route = graph.route(pass)
      passedBy += (1...Self.blockCount).count { number in
        graph.nodes.indices.contains {
          graph.nodes[$0].layer.name == "up_\(number)" && route[$0] == nil
        }
      }
      let passage = graph.forward([input], weights, pass)
      let gradients = graph.backward([.random([2, 1, 6], seed: 3)], passage, weights, pass)
      for number in 1...Self.blockCount {
        let index = graph.nodes.firstIndex { $0.layer.name == "up_\(number)" }
        let isPassedBy = index.map { route[$0] == nil } ?? false
        let gradient = gradients["down_\(number).bias"]?.values ?? []
        #expect(gradient.allSatisfy { $0 == 0 } == isPassedBy)
      }
    }
    #expect((165...285).contains(passedBy), "\(passedBy) of 900 at a rate of 0.25")
    let evaluation = Pass(compute: Compute(threadCount: 1))
    #expect(graph([input], weights, evaluation) == (try self.graph()([input], weights, evaluation)))
  }

  @Test func inputsOfOtherShapesAreNamed() throws {
    let nodes = [
      NodeDescription(kind: "dense", name: "a", fields: ["size": 4]),
      NodeDescription(kind: "dense", name: "b", fields: ["size": 3]),
      NodeDescription(kind: "layer_drop", name: "c", inputs: ["b", "a"]),
    ]
    let problem = #expect(throws: DescriptionProblem.self) { try Graph(nodes, inputCount: 2) }
    #expect(problem?.found == "frames [3] and [4]")
  }
}
