import ParlaAcousticModel
import ParlaNeuralNetwork

extension LayerNormalization: ONNXLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue {
    let normalized = graph.normalized(inputs[0].value, over: [-1], epsilon: epsilon)
    return isAffine ? graph.learned(normalized, weights) : normalized
  }
}

extension RMSNormalization: ONNXLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue {
    let x = inputs[0].value
    let deviation = graph.deviation(of: x, over: [-1], epsilon: epsilon)
    return graph.add("Mul", [graph.add("Div", [x, deviation]), graph.tensor(weights, 0)])
  }
}

extension GroupNormalization: ONNXLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue {
    let height = output.count / channels
    let grouped = graph.shaped(inputs[0].value, [height, groups, channels / groups])
    let normalized = graph.normalized(
      grouped, over: isOverTime ? [0, 2, 4] : [2, 4], epsilon: epsilon,
      within: isOverTime ? inputs[0] : nil, axisCount: 5)
    let rows = graph.shaped(normalized, [height, channels])
    return graph.shaped(graph.learned(rows, weights), [output.count])
  }
}

extension BatchNormalization: ONNXLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue {
    let rows = graph.shaped(inputs[0].value, [output.count / channels, channels])
    guard statistics != .batch else {
      let normalized = graph.normalized(
        rows, over: [0, 1, 2], epsilon: epsilon, within: inputs[0], axisCount: 4)
      return graph.shaped(graph.learned(normalized, weights), [output.count])
    }
    let scale = (0..<channels).map { weights[0][$0] / (weights[3][$0] + epsilon).squareRoot() }
    let shift = (0..<channels).map { weights[1][$0] - weights[2][$0] * scale[$0] }
    let factor = graph.weight("\(weights.names[0]).scale", [channels], scale)
    let scaled = graph.add("Mul", [rows, factor])
    let addend = graph.weight("\(weights.names[1]).shift", [channels], shift)
    return graph.shaped(graph.add("Add", [scaled, addend]), [output.count])
  }
}

extension ONNXGraph {
  /// √(mean(x²) + ε) over axes that stay.
  fileprivate mutating func deviation(
    of x: ONNXValue, over axes: [Int], epsilon: Float
  ) -> ONNXValue {
    let square = add("ReduceMean", [add("Mul", [x, x])], [.ints("axes", axes)])
    return add("Sqrt", [add("Add", [square, number(epsilon)])])
  }

  /// (x - mean) / deviation, from plain operations, since ONNX has one for it from opset 17 on only.
  ///
  /// Over time only what is there of `frames` counts, whose numbers `x` has in `axisCount` axes.
  fileprivate mutating func normalized(
    _ x: ONNXValue, over axes: [Int], epsilon: Float, within frames: ONNXFrames? = nil,
    axisCount: Int = 0
  ) -> ONNXValue {
    guard let frames, let lengths = frames.lengths else {
      let distance = add("Sub", [x, add("ReduceMean", [x], [.ints("axes", axes)])])
      return add("Div", [distance, deviation(of: distance, over: axes, epsilon: epsilon)])
    }
    let mask = add(
      "Unsqueeze", [isPresent(frames.value, lengths), integers(Array(3..<axisCount))])
    let shape = add("Shape", [x])
    let count = add(
      "ReduceSum", [add("Expand", [cast(mask, to: .float), shape]), integers(axes)])
    let sum = add("ReduceSum", [add("Where", [mask, x, number(0)]), integers(axes)])
    let all = add("Sub", [x, add("Div", [sum, count])])
    let distance = add("Where", [mask, all, number(0)])
    let squares = add("ReduceSum", [add("Mul", [distance, distance]), integers(axes)])
    let square = add("Div", [squares, count])
    return add("Div", [distance, add("Sqrt", [add("Add", [square, number(epsilon)])])])
  }

  /// gamma x + beta, along the last axis.
  fileprivate mutating func learned(_ x: ONNXValue, _ weights: ONNXWeights) -> ONNXValue {
    let scaled = add("Mul", [x, tensor(weights, 0)])
    return add("Add", [scaled, tensor(weights, 1)])
  }
}
