import ParlaDescriptions
import ParlaTestSupport
import Testing

@testable import ParlaNeuralNetwork

@Suite struct GraphStreamingTests {
  static func graph() throws -> Graph {
    try Graph(
      [
        .dense(name: "dense", size: 11),
        NodeDescription(kind: "clipped_relu", name: "relu", fields: ["ceiling": .number(20)]),
        NodeDescription(kind: "lstm", name: "lstm", fields: ["size": .number(5)]),
      ], inputCount: 6)
  }

  static func weights(_ precision: WeightPrecision) -> GraphWeights {
    func weight(_ rows: Int, _ columns: Int, seed: UInt64, isFirst: Bool = false) -> Weight {
      .matrix(
        WeightMatrix(
          .random([rows, columns], seed: seed), precision: precision),
        needsFineInputs: isFirst)
    }
    return GraphWeights(nodes: [
      LayerWeights([weight(11, 6, seed: 1, isFirst: true), .tensor(Tensor(shape: [11]))]),
      LayerWeights([Tensor]()),
      LayerWeights([
        weight(20, 11, seed: 2), weight(20, 5, seed: 3),
        .tensor(.random([1, 20], seed: 4)),
      ]),
    ])
  }

  /// [frames, 1, 6].
  static func sequence(frames: Int, seed: UInt64) -> [Float] {
    Tensor.random([frames, 6], seed: seed, bound: 2).values
  }

  @Test(arguments: WeightPrecision.allCases) func sequencesTogetherAreWhatEachIsAlone(
    precision: WeightPrecision
  ) throws {
    let (graph, weights) = (try Self.graph(), Self.weights(precision))
    let pass = Pass(compute: Compute(threadCount: 2))
    var states = [GraphState](repeating: .init(), count: 3)
    var alone = states
    for piece in 0..<3 {
      let inputs = (0..<3).map { Self.sequence(frames: 4, seed: UInt64(10 * piece + $0)) }
      let together = Tensor(
        shape: [4, 3, 6],
        values: (0..<4).flatMap { t in inputs.flatMap { $0[t * 6..<(t + 1) * 6] } })
      let found = graph.advance([Sequences(full: together)], weights, states: &states, pass)[0]
      for number in 0..<3 {
        var state = [alone[number]]
        let expected = graph.advance(
          [Sequences(full: Tensor(shape: [4, 1, 6], values: inputs[number]))], weights,
          states: &state, pass)[0]
        alone[number] = state[0]
        let own = (0..<4).flatMap { t in
          found.values.rows(t * 3 + number..<t * 3 + number + 1).values
        }
        #expect(own == expected.values.values)
      }
    }
  }

  @Test(arguments: [1, 2, 7]) func framesMayComeInPieces(length: Int) throws {
    let (graph, weights) = (try Self.graph(), Self.weights(.int8))
    let pass = Pass(compute: Compute(threadCount: 1))
    let input = Self.sequence(frames: 14, seed: 5)
    var whole = [GraphState()]
    let expected = graph.advance(
      [Sequences(full: Tensor(shape: [14, 1, 6], values: input))], weights, states: &whole, pass)[0]
    var states = [GraphState()]
    var found: [Float] = []
    for start in stride(from: 0, to: 14, by: length) {
      let piece = Array(input[start * 6..<(start + length) * 6])
      found +=
        graph.advance(
          [Sequences(full: Tensor(shape: [length, 1, 6], values: piece))], weights,
          states: &states, pass
        )[0].values.values
    }
    #expect(found == expected.values.values)
  }

  /// Layers that look back and ahead, skip frames and make more of them, in pieces whose seams fall anywhere.
  @Test(arguments: WeightPrecision.allCases, [10, 64, 150])
  func longSequencesGoInPieces(precision: WeightPrecision, numbers: Int) throws {
    let graph = try Graph(
      [
        NodeDescription(
          kind: "convolution_1d", name: "first",
          fields: ["channels": 5, "size": 4, "stride": 3, "padding": "valid"]),
        NodeDescription(
          kind: "group_normalization", name: "norm", fields: ["groups": 5, "over_time": true]),
        NodeDescription(kind: "gelu", name: "first_out"),
        NodeDescription(
          kind: "convolution_1d", name: "second",
          fields: ["channels": 40, "size": 3, "stride": 2, "padding": "valid", "bias": false]),
        NodeDescription(kind: "repeat", name: "again", fields: ["count": 2]),
        NodeDescription(
          kind: "convolution_1d", name: "third",
          fields: ["channels": 4, "size": 3, "groups": 2, "padding": "same"]),
        NodeDescription(kind: "layer_normalization", name: "third_norm"),
        NodeDescription(
          kind: "merge", name: "sum", inputs: ["third_norm", "third"], fields: [:]),
      ], inputCount: 1)
    let parameters = Parameters(initializing: graph.parameters, seed: 3)
    let weights = GraphWeights(
      nodes: graph.nodes.map { node in
        LayerWeights(
          zip(node.layer.parameters, parameters.tensors[node.parameterRange]).map {
            $0.isProductWeight
              ? .matrix(WeightMatrix($1, precision: precision), needsFineInputs: node.seesInput)
              : .tensor($1)
          })
      })
    let pass = Pass(compute: Compute(threadCount: 2))
    let input = Sequences(full: Tensor.random([400, 1, 1], seed: 8, bound: 2))
    var states = [GraphState()]
    let expected = graph.advance([input], weights, states: &states, isLast: [true], pass)
    states = [GraphState()]
    let found = graph.advance(
      [input], weights, states: &states, isLast: [true],
      pieces: PieceLimits(numbers: numbers, leastFrames: 1), pass)
    #expect(expected[0].frameCount > 100)
    expectClose(found[0].values.values, expected[0].values.values, absolute: 1e-5)
  }

  /// Sequences of which one ends before the others, in one piece and in several.
  @Test(arguments: WeightPrecision.allCases) func sequencesMayHaveDifferentLengths(
    precision: WeightPrecision
  ) throws {
    let (graph, weights) = (try Self.graph(), Self.weights(precision))
    let pass = Pass(compute: Compute(threadCount: 2))
    let lengths = [[3, 0, 5], [2, 4, 0], [1, 1, 1]]
    var states = [GraphState](repeating: .init(), count: 3)
    var alone = states
    for (piece, lengths) in lengths.enumerated() {
      let inputs = lengths.enumerated().map { number, length in
        Tensor(
          shape: [length, 1, 6],
          values: Self.sequence(frames: length, seed: UInt64(10 * piece + number)))
      }
      let found = graph.advance([Sequences(joining: inputs)], weights, states: &states, pass)[0]
      for number in 0..<3 {
        var state = [alone[number]]
        let expected = graph.advance(
          [Sequences(full: inputs[number])], weights, states: &state, pass)[0]
        alone[number] = state[0]
        #expect(found.frames(of: number) == expected.values)
      }
    }
  }
}
