import ParlaAcousticModel
import ParlaNeuralNetwork

extension Softmax: ONNXLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue {
    graph.alongLastAxis(of: inputs[0], to: output) { $0.add("Softmax", [$1], [.int("axis", -1)]) }
  }
}

extension LogSoftmax: ONNXLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue {
    switch axis {
    case .last:
      graph.alongLastAxis(of: inputs[0], to: output) {
        $0.add("LogSoftmax", [$1], [.int("axis", -1)])
      }
    case .batch: graph.add("LogSoftmax", [inputs[0].value], [.int("axis", 1)])
    case .time: graph.add("LogSoftmax", [inputs[0].value], [.int("axis", 0)])
    }
  }
}

extension GLU: ONNXLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue {
    graph.alongLastAxis(of: inputs[0], to: output) { graph, x in
      let halves = graph.add("Split", [x], [.int("axis", -1)], outputCount: 2)
      return graph.add("Mul", [halves[0], graph.add("Sigmoid", [halves[1]])])
    }
  }
}

extension ONNXGraph {
  /// What `body` makes of frames whose last axis is the value's last one, as rows of `output`.
  fileprivate mutating func alongLastAxis(
    of frames: ONNXFrames, to output: FrameShape,
    _ body: (inout ONNXGraph, ONNXValue) -> ONNXValue
  ) -> ONNXValue {
    let axes = frames.shape.axes
    guard axes.count > 1 else { return body(&self, frames.value) }
    let rows = shaped(frames.value, axes)
    return shaped(body(&self, rows), [output.count])
  }
}
