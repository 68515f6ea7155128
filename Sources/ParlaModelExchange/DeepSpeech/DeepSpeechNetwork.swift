import Foundation
import ParlaAcousticModel
import ParlaAudio
import ParlaDescriptions
import ParlaNeuralNetwork
import ParlaTranscripts

/// A model of Parla seen as DeepSpeech's network: what the formats of DeepSpeech's clients can carry.
struct DeepSpeechNetwork {
  /// A dense layer, and what is cut off above it; nil for the last one.
  struct Dense {
    let weight: Tensor
    let bias: Tensor
    let ceiling: Float?
    var outputCount: Int { weight.shape[0] }
    var inputCount: Int { weight.shape[1] }
  }

  let model: AcousticModel
  /// Layers 1, 2, 3, 5 and 6.
  let dense: [Dense]
  /// [4 units, inputs] and [4 units, units], gates in Parla's order.
  let inputWeight: Tensor
  let recurrentWeight: Tensor
  let recurrentBias: Tensor

  /// How many cells the recurrent layer has.
  var units: Int { recurrentWeight.shape[1] }

  /// How many outputs there are, the blank's included.
  var labelCount: Int { dense[4].outputCount }

  /// How many frames the clients pass at a time (DeepSpeech's flag `n_steps`).
  static let stepCount = 16

  /// The layers of `description` that act in recognition, if they are DeepSpeech's.
  ///
  /// - Throws: `ModelError.notExpressible` with what the format cannot carry.
  static func layers(
    of description: ModelDescription, format: String
  ) throws(ModelError) -> [NodeDescription] {
    let features = description.features
    guard features.kind == MFCC.kind, features.normalization.kind == .none else {
      throw .notExpressible(
        format: format, found: features.summary, expected: "MFCCs that are not normalised")
    }
    let layers = description.layers.filter { $0.kind != Dropout.kind }
    let kinds = layers.map(\.kind)
    guard kinds == Self.kinds else {
      throw .notExpressible(
        format: format, found: "the layers \(kinds.joined(separator: ", "))",
        expected: "DeepSpeech's: \(Self.kinds.joined(separator: ", "))")
    }
    return layers
  }

  /// Sees `model` as DeepSpeech's network; `format` is for messages.
  ///
  /// - Throws: `ModelError.notExpressible` with what the format cannot carry.
  init(_ model: AcousticModel, format: String) throws(ModelError) {
    let layers = try Self.layers(of: model.description, format: format)
    self.model = model
    var dense: [Dense] = []
    var recurrent: [Tensor] = []
    for (index, layer) in layers.enumerated() {
      switch layer.kind {
      case ParlaNeuralNetwork.Dense.kind:
        let ceiling = index + 1 < layers.count ? layers[index + 1].fields["ceiling"]?.number : nil
        let tensors = ["weight", "bias"].compactMap { model.parameters["\(layer.name).\($0)"] }
        precondition(tensors.count == 2, "a dense layer has a weight and a bias")
        dense.append(
          Dense(weight: tensors[0], bias: tensors[1], ceiling: ceiling.map { Float($0) }))
      case LSTM.kind:
        recurrent = ["input_weight", "recurrent_weight", "bias"].compactMap {
          model.parameters["\(layer.name).\($0)"]
        }
      default: continue
      }
    }
    precondition(recurrent.count == 3, "a recurrent layer has two weights and a bias")
    self.dense = dense
    (inputWeight, recurrentWeight, recurrentBias) = (recurrent[0], recurrent[1], recurrent[2])
  }

  private static let kinds = [
    "dense", "clipped_relu", "dense", "clipped_relu", "dense", "clipped_relu", "lstm", "dense",
    "clipped_relu", "dense",
  ]
}

// MARK: - In TensorFlow's layout

/// A matrix or vector that is made while it is written, a few rows at a time.
@safe struct ExportedTensor {
  let name: String
  /// Length of each axis, outermost first.
  let shape: [Int]
  /// Writes row `row` to `target`.
  let writeRow: (_ row: Int, _ target: UnsafeMutablePointer<Float>) -> Void

  /// How many numbers a row has.
  var columnCount: Int { shape.last ?? 1 }

  /// How many rows there are.
  var rowCount: Int { shape.dropLast().reduce(1, *) }

  /// How many bytes the numbers take.
  var byteCount: Int { 4 * rowCount * columnCount }

  /// Hands on the numbers as little-endian float32, a stretch at a time.
  func forEachStretch(_ body: (Data) throws -> Void) rethrows {
    try forEachBlock { try body(unsafe Data(bytes: $1.pointer, count: 4 * $1.count)) }
  }

  /// Hands on some rows at a time, and which number the first of them begins with.
  func forEachBlock(_ body: (_ first: Int, _ rows: Tensor) throws -> Void) rethrows {
    let stretch = max(1, (1 << 20) / max(columnCount, 1))
    for start in stride(from: 0, to: rowCount, by: stretch) {
      let rows = start..<min(start + stretch, rowCount)
      var block = Tensor(unwritten: [rows.count, columnCount])
      let target = unsafe block.mutablePointer
      for row in rows { unsafe writeRow(row, target + (row - start) * columnCount) }
      try body(start * columnCount, block)
    }
  }
}

extension DeepSpeechNetwork {
  /// A weight as TensorFlow's variable [inputs, outputs].
  func variable(_ name: String, _ weight: Tensor) -> ExportedTensor {
    let (outputs, inputs) = (weight.shape[0], weight.shape[1])
    return unsafe ExportedTensor(name: name, shape: [inputs, outputs]) { row, target in
      for output in 0..<outputs { unsafe target[output] = weight.pointer[output * inputs + row] }
    }
  }

  /// An unchanged tensor.
  func unchanged(_ name: String, _ tensor: Tensor) -> ExportedTensor {
    let columns = tensor.columnCount
    return unsafe ExportedTensor(name: name, shape: tensor.shape) { row, target in
      unsafe target.update(from: tensor.pointer + row * columns, count: columns)
    }
  }

  /// The recurrent layer's one kernel [inputs + units, 4 units], TensorFlow's gates.
  func kernel(_ name: String) -> ExportedTensor {
    let (units, inputs) = (self.units, inputWeight.shape[1])
    return unsafe ExportedTensor(name: name, shape: [inputs + units, 4 * units]) { row, target in
      let (weight, width, column) =
        row < inputs ? (inputWeight, inputs, row) : (recurrentWeight, units, row - inputs)
      for gate in 0..<4 * units {
        let source = GateOrder.parla(gate, units: units)
        unsafe target[gate] = weight.pointer[source * width + column]
      }
    }
  }

  /// The same transposed, [4 units, inputs + units], as in TensorFlow Lite.
  func transposedKernel(_ name: String) -> ExportedTensor {
    let (units, inputs) = (self.units, inputWeight.shape[1])
    return unsafe ExportedTensor(name: name, shape: [4 * units, inputs + units]) { gate, target in
      let row = GateOrder.parla(gate, units: units)
      unsafe target.update(from: inputWeight.pointer + row * inputs, count: inputs)
      unsafe (target + inputs).update(from: recurrentWeight.pointer + row * units, count: units)
    }
  }

  /// The recurrent layer's bias, TensorFlow's gates.
  func recurrentBias(_ name: String) -> ExportedTensor {
    let units = self.units
    return unsafe ExportedTensor(name: name, shape: [4 * units]) { _, target in
      for gate in 0..<4 * units {
        unsafe target[gate] = recurrentBias.pointer[GateOrder.parla(gate, units: units)]
      }
    }
  }
}
