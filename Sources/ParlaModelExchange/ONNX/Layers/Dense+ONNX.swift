import ParlaAcousticModel
import ParlaNeuralNetwork

extension Dense: ONNXLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue {
    graph.affine(inputs[0].value, weights, 0, bias: 1)
  }
}

/// Only training leaves something out.
extension Dropout: ONNXLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue { inputs[0].value }
}

/// Only training passes anything by.
extension LayerDrop: ONNXLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue { inputs[0].value }
}

/// Only training hides anything.
extension Masking: ONNXLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue { inputs[0].value }
}

extension Embedding: ONNXLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue {
    // Halves are rounded up, as here all numbers are positive.
    let raised = graph.add("Add", [inputs[0].value, graph.number(0.5)])
    let limits = [graph.number(0), graph.number(Float(vocabulary - 1))]
    let number = graph.add("Clip", [graph.add("Floor", [raised])] + limits)
    let rows = graph.cast(number, to: .int64)
    return graph.shaped(graph.add("Gather", [graph.tensor(weights, 0), rows]), [output.count])
  }
}

extension Highway: ONNXLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue {
    let x = inputs[0].value
    let sums = graph.affine(x, weights, 0, bias: 1)
    let parts = graph.add("Split", [sums], [.int("axis", -1)], outputCount: 2)
    return graph.ledPast(x, sums: parts[0], gates: parts[1])
  }
}

extension HighwayMerge: ONNXLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue {
    graph.ledPast(inputs[0].value, sums: inputs[1].value, gates: inputs[2].value)
  }
}

extension ONNXGraph {
  /// t max(s, 0) + (1 - t) x, with t = σ(g).
  fileprivate mutating func ledPast(
    _ x: ONNXValue, sums: ONNXValue, gates: ONNXValue
  ) -> ONNXValue {
    let share = add("Sigmoid", [gates])
    let made = add("Mul", [share, add("Relu", [sums])])
    let rest = add("Sub", [number(1), share])
    return add("Add", [made, add("Mul", [rest, x])])
  }
}
