import ParlaAcousticModel
import ParlaNeuralNetwork

/// A kind of layer that has an expression in ONNX's operators: one file in `ONNX/Layers`, which needs no registration.
protocol ONNXLayer: Layer {
  /// Adds the layer's operations for frames that come from `inputs`, as many of each, and returns the frames that come out.
  ///
  /// - Throws: `ModelError.notExpressible` for what the kind can but ONNX cannot.
  func express(
    _ inputs: [ONNXFrames], _ weights: ONNXWeights, in graph: inout ONNXGraph
  ) throws(ModelError) -> ONNXValue

  /// How long the sequences are that come out, [batch], of `inputs` with `lengths`.
  func lengths(
    _ lengths: [ONNXValue], _ inputs: [ONNXFrames], in graph: inout ONNXGraph
  ) -> ONNXValue
}

extension ONNXLayer {
  func lengths(
    _ lengths: [ONNXValue], _ inputs: [ONNXFrames], in graph: inout ONNXGraph
  ) -> ONNXValue {
    graph.outputLengths(graph.least(lengths), timing)
  }
}

/// A layer's weights and buffers, by number, in the order of `LayerWeights`.
struct ONNXWeights {
  let names: [String]
  let tensors: [Tensor]

  /// Which of them frames are multiplied by, and nothing else is done with.
  let areOfProducts: [Bool]

  subscript(index: Int) -> Tensor { tensors[index] }

  /// Those of a part of a layer.
  subscript(range: Range<Int>) -> ONNXWeights {
    ONNXWeights(
      names: Array(names[range]), tensors: Array(tensors[range]),
      areOfProducts: Array(areOfProducts[range]))
  }

  var range: Range<Int> { tensors.indices }
}

extension ONNXGraph {
  /// Weight `index`, unchanged.
  mutating func tensor(_ weights: ONNXWeights, _ index: Int) -> ONNXValue {
    let tensor = weights[index]
    let columns = tensor.columnCount
    return weight(
      unsafe ExportedTensor(name: weights.names[index], shape: tensor.shape) { row, target in
        unsafe target.update(from: tensor.pointer + row * columns, count: columns)
      })
  }

  /// Weight `index`, [outputs, inputs], for products of rows: [inputs, outputs].
  mutating func matrix(_ weights: ONNXWeights, _ index: Int) -> ONNXValue {
    let tensor = weights[index]
    let (outputs, inputs) = (tensor.rowCount, tensor.columnCount)
    return productWeight(
      unsafe ExportedTensor(name: weights.names[index], shape: [inputs, outputs]) { row, target in
        for output in 0..<outputs {
          unsafe target[output] = tensor.pointer[output * inputs + row]
        }
      }, outputs: 1, isProduct: weights.areOfProducts[index])
  }

  /// x Wᵀ + b.
  mutating func affine(
    _ x: ONNXValue, _ weights: ONNXWeights, _ index: Int, bias: Int?
  ) -> ONNXValue {
    let product = add("MatMul", [x, matrix(weights, index)])
    return bias.map { add("Add", [product, tensor(weights, $0)]) } ?? product
  }
}
