import ParlaAcousticModel
import ParlaNeuralNetwork

/// A function of one number that has an expression in ONNX's operators.
protocol ONNXFunction: ActivationFunction {
  /// Adds the function's operations for `x`.
  static func express(_ x: ONNXValue, in graph: inout ONNXGraph) -> ONNXValue
}

extension Activation: ONNXLayer where Function: ONNXFunction {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue {
    Function.express(inputs[0].value, in: &graph)
  }
}

extension ClippedReLU: ONNXLayer {
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue {
    graph.add("Clip", [inputs[0].value, graph.number(0), graph.number(ceiling)])
  }
}

extension ReLU: ONNXFunction {
  static func express(_ x: ONNXValue, in graph: inout ONNXGraph) -> ONNXValue {
    graph.add("Relu", [x])
  }
}

/// By the error function, since ONNX has an operator for it from opset 20 on only.
extension GELU: ONNXFunction {
  static func express(_ x: ONNXValue, in graph: inout ONNXGraph) -> ONNXValue {
    let scaled = graph.add("Mul", [x, graph.number(Float(0.5).squareRoot())])
    let share = graph.add("Add", [graph.add("Erf", [scaled]), graph.number(1)])
    return graph.add("Mul", [graph.add("Mul", [x, share]), graph.number(0.5)])
  }
}

extension SiLU: ONNXFunction {
  static func express(_ x: ONNXValue, in graph: inout ONNXGraph) -> ONNXValue {
    graph.add("Mul", [x, graph.add("Sigmoid", [x])])
  }
}

extension Tanh: ONNXFunction {
  static func express(_ x: ONNXValue, in graph: inout ONNXGraph) -> ONNXValue {
    graph.add("Tanh", [x])
  }
}

extension Sigmoid: ONNXFunction {
  static func express(_ x: ONNXValue, in graph: inout ONNXGraph) -> ONNXValue {
    graph.add("Sigmoid", [x])
  }
}

extension HardSigmoid: ONNXFunction {
  static func express(_ x: ONNXValue, in graph: inout ONNXGraph) -> ONNXValue {
    graph.add("HardSigmoid", [x], [.float("alpha", 1 / 6), .float("beta", 0.5)])
  }
}

extension KerasHardSigmoid: ONNXFunction {
  static func express(_ x: ONNXValue, in graph: inout ONNXGraph) -> ONNXValue {
    graph.add("HardSigmoid", [x], [.float("alpha", 0.2), .float("beta", 0.5)])
  }
}

extension ELU: ONNXFunction {
  static func express(_ x: ONNXValue, in graph: inout ONNXGraph) -> ONNXValue {
    graph.add("Elu", [x])
  }
}

extension Softplus: ONNXFunction {
  static func express(_ x: ONNXValue, in graph: inout ONNXGraph) -> ONNXValue {
    graph.add("Softplus", [x])
  }
}

extension Softsign: ONNXFunction {
  static func express(_ x: ONNXValue, in graph: inout ONNXGraph) -> ONNXValue {
    graph.add("Softsign", [x])
  }
}
