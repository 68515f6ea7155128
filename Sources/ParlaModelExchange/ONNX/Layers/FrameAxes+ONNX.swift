import ParlaAcousticModel
import ParlaNeuralNetwork

extension Reshape: ONNXLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue { inputs[0].value }
}

extension Transpose: ONNXLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue {
    let frames = graph.shaped(inputs[0].value, inputs[0].shape.axes)
    return graph.shaped(graph.transposed(frames, [0, 1] + order.map { $0 + 2 }), [output.count])
  }
}

extension Collect: ONNXLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue {
    let filled = graph.padded(
      graph.present(inputs[0]), before: graph.zero(), after: graph.integers([frames]))
    let first = graph.slice(filled, 0..<frames, axis: 0)
    let rows = graph.add("Unsqueeze", [graph.transposed(first, [1, 0, 2]), graph.integers([0])])
    return graph.shaped(rows, [output.count])
  }
}

extension Spread: ONNXLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue {
    let parts = graph.shaped(inputs[0].value, [frames, output.count])
    return graph.asFrames(graph.transposed(parts, [0, 2, 1, 3]), count: frames, output.count)
  }
}

extension Repeat: ONNXLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue {
    let frame = graph.add("Unsqueeze", [inputs[0].value, graph.integers([1])])
    let copies = graph.add("Tile", [frame, graph.integers([1, count, 1, 1])])
    return graph.asFrames(copies, count: count, output.count)
  }
}

extension LastFrame: ONNXLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue {
    let (value, one) = (inputs[0].value, graph.integers([1]))
    guard let lengths = inputs[0].lengths else {
      let length = graph.length(value)
      return graph.slice(value, from: graph.add("Sub", [length, one]), to: length)
    }
    let places = graph.add("Max", [graph.add("Sub", [lengths, one]), graph.zero()])
    return graph.picked(value, graph.add("Unsqueeze", [places, graph.integers([0, 2])]))
  }
}

extension SwapBatch: ONNXLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue { graph.transposed(inputs[0].value, [1, 0, 2]) }

  func lengths(
    _ lengths: [ONNXValue], _ inputs: [ONNXFrames], in graph: inout ONNXGraph
  ) -> ONNXValue {
    let (frames, sequences) = (inputs[0].value, graph.length(inputs[0].value, axis: 1))
    return graph.add("Expand", [sequences, graph.length(frames)])
  }
}

extension JoinBatches: ONNXLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue {
    guard inputs.allSatisfy({ $0.schedule == inputs[0].schedule }) else {
      throw .notExpressible(
        format: "ONNX", found: "\(Self.kind) (\(name)) of inputs that may differ in length",
        expected: "sequences of one length")
    }
    return graph.add("Concat", inputs.map(\.value), [.int("axis", 1)])
  }

  func lengths(
    _ lengths: [ONNXValue], _ inputs: [ONNXFrames], in graph: inout ONNXGraph
  ) -> ONNXValue { graph.add("Concat", lengths, [.int("axis", 0)]) }
}

extension ONNXGraph {
  /// [time, count, batch, width] as count frames for each: [time × count, batch, width].
  fileprivate mutating func asFrames(
    _ value: ONNXValue, count: Int, _ width: Int
  ) -> ONNXValue {
    let frames = add("Mul", [length(value), integers([count])])
    let shape = add(
      "Concat", [frames, length(value, axis: 2), integers([width])], [.int("axis", 0)])
    return add("Reshape", [value, shape])
  }
}
