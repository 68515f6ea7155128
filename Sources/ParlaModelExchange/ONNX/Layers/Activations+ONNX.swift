import ParlaAcousticModel
import ParlaNeuralNetwork

/// A function of one number that has an expression in ONNX's operators.
protocol ONNXFunction: ActivationFunction {
  /// Adds the function's operations for `x`.
  static func express(_ x: ONNXValue, in graph: inout ONNXGraph) -> ONNXValue
}

/// A function that is one of ONNX's operators.
protocol ONNXOperator: ONNXFunction {
  /// The operator's name.
  static var onnxName: String { get }

  /// Its attributes.
  static var onnxAttributes: [Onnx_AttributeProto] { get }
}

extension ONNXOperator {
  static var onnxAttributes: [Onnx_AttributeProto] { [] }

  static func express(_ x: ONNXValue, in graph: inout ONNXGraph) -> ONNXValue {
    graph.add(onnxName, [x], onnxAttributes)
  }
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

extension ReLU: ONNXOperator {
  static var onnxName: String { "Relu" }
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

extension Tanh: ONNXOperator {
  static var onnxName: String { "Tanh" }
}

extension Sigmoid: ONNXOperator {
  static var onnxName: String { "Sigmoid" }
}

extension HardSigmoid: ONNXOperator {
  static var onnxName: String { "HardSigmoid" }
  static var onnxAttributes: [Onnx_AttributeProto] {
    [.float("alpha", 1 / 6), .float("beta", 0.5)]
  }
}

extension KerasHardSigmoid: ONNXOperator {
  static var onnxName: String { "HardSigmoid" }
  static var onnxAttributes: [Onnx_AttributeProto] {
    [.float("alpha", 0.2), .float("beta", 0.5)]
  }
}

extension ELU: ONNXOperator {
  static var onnxName: String { "Elu" }
}

extension Softplus: ONNXOperator {
  static var onnxName: String { "Softplus" }
}

extension Softsign: ONNXOperator {
  static var onnxName: String { "Softsign" }
}
