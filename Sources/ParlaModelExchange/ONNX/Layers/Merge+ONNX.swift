import ParlaAcousticModel
import ParlaNeuralNetwork

extension Merge: ONNXLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue {
    graph.merged(inputs, type, factors: factors, output)
  }
}

extension ONNXGraph {
  /// What becomes of the frames of several inputs, as many of each.
  mutating func merged(
    _ inputs: [ONNXFrames], _ type: Merge.Kind, factors: [Float]? = nil, _ output: FrameShape
  ) -> ONNXValue {
    let values = inputs.map(\.value)
    switch type {
    case .sum:
      let products = zip(values, factors ?? values.map { _ in 1 }).map { value, factor in
        factor == 1 ? value : add("Mul", [value, number(factor)])
      }
      return products.dropFirst().reduce(products[0]) { add("Add", [$0, $1]) }
    case .average:
      let sum = values.dropFirst().reduce(values[0]) { add("Add", [$0, $1]) }
      return add("Mul", [sum, number(1 / Float(values.count))])
    case .multiply: return values.dropFirst().reduce(values[0]) { add("Mul", [$0, $1]) }
    case .max: return add("Max", values)
    case .concat:
      guard output.axes.count > 1 else { return add("Concat", values, [.int("axis", 2)]) }
      let parts = inputs.map { shaped($0.value, $0.shape.axes) }
      return shaped(add("Concat", parts, [.int("axis", -1)]), [output.count])
    }
  }
}
