import ParlaAcousticModel
import ParlaAudio
import ParlaModelDescription
import ParlaNeuralNetwork
import ParlaTranscripts

/// The tensors of DeepSpeech's network as another toolkit lays them out.
///
/// The recurrent layer has one kernel for its inputs and its former outputs, and gates in the order input, cell, forget,
/// output (TensorFlow 1.15, `tensorflow/core/kernels/lstm_ops.cc`); Parla has a weight for each, and gates in the order
/// input, forget, cell, output.
struct DeepSpeechTensors: Sendable {
  /// Which axis of a weight comes first.
  enum Layout: Sendable {
    /// [inputs, outputs]: TensorFlow's variables.
    case inputsFirst
    /// [outputs, inputs]: TensorFlow Lite's fully connected layers.
    case outputsFirst
  }

  /// A layer's weight and bias.
  struct Layer: Sendable {
    let weight: ForeignTensor
    let bias: ForeignTensor
  }

  /// Where the tensors came from, for messages.
  let path: String
  let layout: Layout
  /// Layers 1, 2, 3, 5 and 6.
  let dense: [Layer]
  let recurrent: Layer
  /// What layers 1, 2, 3 and 5 are normalised by, gamma and beta; none unless trained with --layer_norm.
  var normalizations: [Layer] = []
  /// What the other toolkit adds to the forget gate's bias: 1 in releases before 0.6, then 0.
  let forgetBias: Float

  /// The numbers of the dense layers.
  static let denseNumbers = [1, 2, 3, 5, 6]

  /// The numbers of the dense layers that may be normalised.
  static let normalizedNumbers = [1, 2, 3, 5]

  /// Parla's name of the recurrent layer.
  static let recurrentName = "lstm"
}

// MARK: - Geometry

extension DeepSpeechTensors {
  /// How many inputs and outputs a weight has.
  private func size(_ layer: Layer) throws(ModelError) -> (inputs: Int, outputs: Int) {
    let shape = layer.weight.shape
    guard shape.count == 2, shape[0] > 0, shape[1] > 0, shape[0] <= 1 << 20, shape[1] <= 1 << 20
    else { throw .damaged(path: path, reason: "a weight has shape \(shape)") }
    let (inputs, outputs) =
      layout == .inputsFirst ? (shape[0], shape[1]) : (shape[1], shape[0])
    guard layer.bias.count == outputs else {
      throw .damaged(
        path: path, reason: "a bias of \(layer.bias.count) numbers for \(outputs) outputs")
    }
    return (inputs, outputs)
  }

  /// The description of the network that has these tensors.
  ///
  /// - Throws: `ModelError.damaged`, `.foreignModel` when it is not DeepSpeech's.
  func description(
    features: FeatureSettings, ceiling: Float
  ) throws(ModelError) -> ModelDescription {
    let sizes = [
      try size(dense[0]), try size(dense[1]), try size(dense[2]), try size(recurrent),
      try size(dense[3]), try size(dense[4]),
    ]
    let units = sizes[0].outputs
    let found = sizes.map { [$0.inputs, $0.outputs] }
    let labelCount = sizes[5].outputs
    let expected = [
      [sizes[0].inputs, units], [units, units], [units, units], [2 * units, 4 * units],
      [units, units], [units, labelCount],
    ]
    guard found == expected else {
      throw .foreignModel(
        path: path, found: "layers of sizes \(found)",
        expected: "DeepSpeech's network of one width, here \(expected)")
    }
    guard sizes[0].inputs == features.inputCount else {
      throw .foreignModel(
        path: path, found: "\(sizes[0].inputs) inputs of layer_1",
        expected: "\(features.inputCount) for \(features.featureCount) features "
          + "with \(features.contextFrameCount) frames of context on each side")
    }
    let preset = try ModelDescription.deepSpeech(
      labelCount: labelCount, settings: ["n_hidden": "\(units)", "relu_clip": "\(ceiling)"])
    for normalization in normalizations {
      guard normalization.weight.shape == [units], normalization.bias.shape == [units] else {
        throw .damaged(path: path, reason: "its layers of \(units) units are normalised otherwise")
      }
    }
    let network = normalizations.isEmpty ? preset : try preset.withLayerNormalization
    return try ModelDescription(name: preset.name, features: features, layers: network.chain)
  }
}

// MARK: - Parameters

extension DeepSpeechTensors {
  /// The tensors as parameters of the network that `description` describes.
  func parameters(for description: ModelDescription) -> Parameters {
    let specifications = description.graph.parameters
    var tensors: [String: Tensor] = [:]
    for (number, layer) in zip(Self.denseNumbers, dense) {
      tensors["layer_\(number).weight"] = weight(layer.weight)
      tensors["layer_\(number).bias"] = Tensor(
        shape: [layer.bias.count], values: layer.bias.values())
    }
    for (number, scales) in zip(Self.normalizedNumbers, normalizations) {
      for (name, tensor) in [("gamma", scales.weight), ("beta", scales.bias)] {
        tensors["layer_\(number)_normalization.\(name)"] = Tensor(
          shape: tensor.shape, values: tensor.values())
      }
    }
    tensors.merge(recurrentTensors()) { $1 }
    return Parameters(
      specifications: specifications,
      tensors: specifications.map { tensors[$0.name] ?? Tensor(shape: $0.shape) })
  }

  private func weight(_ tensor: ForeignTensor) -> Tensor {
    if layout == .outputsFirst {
      var result = Tensor(unwritten: tensor.shape)
      unsafe tensor.copyRows(0..<tensor.rowCount, to: result.mutablePointer)
      return result
    }
    let (inputs, outputs) = (tensor.shape[0], tensor.shape[1])
    var result = Tensor(unwritten: [outputs, inputs])
    let target = unsafe result.mutablePointer
    unsafe tensor.forEachBlock { rows, block in
      for output in 0..<outputs {
        let row = unsafe target + output * inputs + rows.lowerBound
        for input in 0..<rows.count { unsafe row[input] = block[input * outputs + output] }
      }
    }
    return result
  }

  private func recurrentTensors() -> [String: Tensor] {
    let units = recurrent.bias.count / 4
    let inputs =
      (layout == .inputsFirst ? recurrent.weight.shape[0] : recurrent.weight.shape[1]) - units
    var inputWeight = Tensor(unwritten: [4 * units, inputs])
    var recurrentWeight = Tensor(unwritten: [4 * units, units])
    let (toInputs, toUnits) = unsafe (inputWeight.mutablePointer, recurrentWeight.mutablePointer)
    unsafe recurrent.weight.forEachBlock { rows, block in
      if layout == .inputsFirst {
        for row in 0..<4 * units {
          let column = GateOrder.tensorFlow(row, units: units)
          for input in rows {
            let value = unsafe block[(input - rows.lowerBound) * 4 * units + column]
            if input < inputs {
              unsafe toInputs[row * inputs + input] = value
            } else {
              unsafe toUnits[row * units + input - inputs] = value
            }
          }
        }
      } else {
        for column in rows {
          let row = GateOrder.parla(column, units: units)
          let source = unsafe block + (column - rows.lowerBound) * (inputs + units)
          unsafe (toInputs + row * inputs).update(from: source, count: inputs)
          unsafe (toUnits + row * units).update(from: source + inputs, count: units)
        }
      }
    }
    return [
      "\(Self.recurrentName).input_weight": inputWeight,
      "\(Self.recurrentName).recurrent_weight": recurrentWeight,
      "\(Self.recurrentName).bias": recurrentBias,
    ]
  }

  /// The recurrent layer's bias in Parla's order.
  var recurrentBias: Tensor {
    let units = recurrent.bias.count / 4
    let foreign = recurrent.bias.values()
    let bias = (0..<4 * units).map { row in
      foreign[GateOrder.tensorFlow(row, units: units)] + (row / units == 1 ? forgetBias : 0)
    }
    return Tensor(shape: [4 * units], values: bias)
  }
}

/// How the rows of Parla's gates (input, forget, cell, output) and those of TensorFlow's (input, cell, forget, output)
/// correspond: the middle two change places.
enum GateOrder {
  /// TensorFlow's column of Parla's row `row`.
  static func tensorFlow(_ row: Int, units: Int) -> Int {
    switch row / units {
    case 1: row + units
    case 2: row - units
    default: row
    }
  }

  /// Parla's row of TensorFlow's column `column`: changing places twice changes nothing.
  static func parla(_ column: Int, units: Int) -> Int { tensorFlow(column, units: units) }
}
