import Foundation
import ParlaAcousticModel
import ParlaAudio
import ParlaDescriptions
import ParlaNeuralNetwork
import ParlaTranscripts
import SwiftProtobuf

/// A model as a graph of ONNX operators (opset 13), with the recurrent layers' states as inputs and outputs.
///
/// Inputs: `frames` [time, batch, features with their context], and for each recurrent layer its cells and its former
/// outputs [1, batch, units]; zeros start a recording. Outputs: `probabilities` [time, batch, labels], the blank last, and
/// the new states, which go in with the next frames.
struct ONNXTemplate {
  private(set) var graph = Onnx_GraphProto()
  private(set) var weights: [ExportedTensor] = []

  private let model: AcousticModel
  private let recurrentCount: Int

  /// ONNX's number of 32-bit floats and of 64-bit integers.
  private static let (float, int64) = (Int32(1), Int32(7))

  /// Lays out the graph of `model`.
  ///
  /// - Throws: `ModelError.notExpressible` for a layer that has no place here.
  init(_ model: AcousticModel) throws(ModelError) {
    self.model = model
    recurrentCount = model.description.layers.count { $0.kind == LSTM.kind }
    graph.name = model.description.name
    graph.input = [
      Self.value("frames", ["time", "batch", "\(model.description.features.inputCount)"])
    ]
    var current = "frames"
    var before = model.graph.description.inputs[0].name
    for layer in model.description.layers {
      guard layer.inputs == [before], layer.reuse == nil else {
        throw .notExpressible(
          format: "ONNX", found: "the inputs of \(layer.name)", expected: "a chain of layers")
      }
      current = try add(layer, current)
      before = layer.name
    }
    node("Softmax", [current], ["probabilities"], [Self.integer("axis", -1)])
    graph.output.insert(
      Self.value("probabilities", ["time", "batch", "\(model.alphabet.labelCount)"]), at: 0)
  }

  /// What stands beside the graph: all that is needed to make its input and to read its output.
  static func properties(_ model: AcousticModel, _ metadata: ModelMetadata) throws -> [(
    String, String
  )] {
    let features = model.description.features
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    let alphabet = String(decoding: try encoder.encode(model.alphabet.labels), as: UTF8.self)
    encoder.outputFormatting.insert(.sortedKeys)
    let settings = String(decoding: try encoder.encode(features), as: UTF8.self)
    let properties = [
      ("alphabet", alphabet), ("features", features.kind),
      ("sample_rate", "\(features.sampleRate)"),
      ("feature_win_len", FieldValue.number(features.windowMilliseconds).spelling),
      ("feature_win_step", FieldValue.number(features.stepMilliseconds).spelling),
      ("feature_count", "\(features.featureCount)"),
      ("context_frames", "\(features.contextFrameCount)"),
      ("beam_width", "\(metadata.beamWidth ?? ModelMetadata.usualBeamWidth)"),
      ("language", metadata.language),
      ("model_name", metadata.name), ("model_version", metadata.version),
      ("author", metadata.author), ("license", metadata.license),
    ]
    // The numbers above say all of DeepSpeech's features.
    let isPlain = features.kind == MFCC.kind && features.normalization.kind == .none
    return isPlain ? properties : properties + [("feature_settings", settings)]
  }
}

// MARK: - Layers

extension ONNXTemplate {
  /// Adds the operators of `layer`, whose input is `current`, and returns the name of its output.
  private mutating func add(
    _ layer: NodeDescription, _ current: String
  ) throws(ModelError) -> String {
    let name = layer.name
    switch layer.kind {
    case Dense.kind: return addDense(name, current)
    case ClippedReLU.kind:
      addConstant("\(name).floor", [0])
      addConstant("\(name).ceiling", [Float(layer.fields["ceiling"]?.number ?? 0)])
      node("Clip", [current, "\(name).floor", "\(name).ceiling"], ["\(name).output"])
      return "\(name).output"
    case LayerNormalization.kind:
      return addNormalization(name, current, Float(layer.fields["epsilon"]?.number ?? 0))
    case Dropout.kind: return current
    case LSTM.kind: return addLSTM(name, layer.fields["size"]?.integer ?? 0, current)
    default:
      throw .notExpressible(
        format: "ONNX", found: "\(layer.kind) (\(name))",
        expected: "dense, clipped_relu, layer_normalization, dropout and lstm")
    }
  }

  /// The parameter `name`, whose place in the network the description vouches for.
  private func parameter(_ name: String) -> Tensor {
    model.parameters[name] ?? Tensor(shape: [0, 0])
  }

  private mutating func addDense(_ name: String, _ input: String) -> String {
    let weight = parameter("\(name).weight")
    let (outputs, inputs) = (weight.shape[0], weight.shape[1])
    weights.append(
      unsafe ExportedTensor(name: "\(name).weight", shape: [inputs, outputs]) { row, target in
        for output in 0..<outputs { unsafe target[output] = weight.pointer[output * inputs + row] }
      })
    weights.append(unchanged("\(name).bias", parameter("\(name).bias")))
    node("MatMul", [input, "\(name).weight"], ["\(name).product"])
    node("Add", ["\(name).product", "\(name).bias"], ["\(name).sum"])
    return "\(name).sum"
  }

  /// From plain operations, since ONNX has one for it from opset 17 on only.
  private mutating func addNormalization(
    _ name: String, _ input: String, _ epsilon: Float
  ) -> String {
    weights.append(unchanged("\(name).gamma", parameter("\(name).gamma")))
    weights.append(unchanged("\(name).beta", parameter("\(name).beta")))
    addConstant("\(name).epsilon", [epsilon])
    let last = Onnx_AttributeProto.with {
      $0.name = "axes"
      $0.type = .ints
      $0.ints = [-1]
    }
    node("ReduceMean", [input], ["\(name).mean"], [last])
    node("Sub", [input, "\(name).mean"], ["\(name).distance"])
    node("Mul", ["\(name).distance", "\(name).distance"], ["\(name).square"])
    node("ReduceMean", ["\(name).square"], ["\(name).variance"], [last])
    node("Add", ["\(name).variance", "\(name).epsilon"], ["\(name).sum"])
    node("Sqrt", ["\(name).sum"], ["\(name).deviation"])
    node("Div", ["\(name).distance", "\(name).deviation"], ["\(name).normalized"])
    node("Mul", ["\(name).normalized", "\(name).gamma"], ["\(name).scaled"])
    node("Add", ["\(name).scaled", "\(name).beta"], ["\(name).output"])
    return "\(name).output"
  }

  private mutating func addLSTM(_ name: String, _ units: Int, _ input: String) -> String {
    for weight in ["input_weight", "recurrent_weight"] {
      let tensor = parameter("\(name).\(weight)")
      let columns = tensor.columnCount
      weights.append(
        unsafe ExportedTensor(
          name: "\(name).\(weight)", shape: [1, 4 * units, columns]
        ) { row, target in
          let source = Self.gate(row, units: units)
          unsafe target.update(from: tensor.pointer + source * columns, count: columns)
        })
    }
    let bias = parameter("\(name).bias")
    // ONNX has a bias for the inputs and one for the former outputs; the second one is zero.
    weights.append(
      unsafe ExportedTensor(name: "\(name).bias", shape: [1, 8 * units]) { _, target in
        for row in 0..<8 * units {
          unsafe target[row] = row < 4 * units ? bias.pointer[Self.gate(row, units: units)] : 0
        }
      })
    let suffix = recurrentCount > 1 ? "_\(name)" : ""
    let shape = ["1", "batch", "\(units)"]
    for state in ["c", "h"] {
      graph.input.append(Self.value("previous_state_\(state)\(suffix)", shape))
      graph.output.append(Self.value("new_state_\(state)\(suffix)", shape))
    }
    node(
      "LSTM",
      [
        input, "\(name).input_weight", "\(name).recurrent_weight", "\(name).bias", "",
        "previous_state_h\(suffix)", "previous_state_c\(suffix)",
      ],
      ["\(name).directions", "new_state_h\(suffix)", "new_state_c\(suffix)"],
      [Self.integer("hidden_size", units)])
    graph.initializer.append(
      .with {
        $0.name = "\(name).direction"
        $0.dims = [1]
        $0.dataType = Self.int64
        $0.int64Data = [1]
      })
    node("Squeeze", ["\(name).directions", "\(name).direction"], ["\(name).output"])
    return "\(name).output"
  }

  /// Parla's row of ONNX's row: gates input, output, forget, cell instead of input, forget, cell, output.
  private static func gate(_ row: Int, units: Int) -> Int {
    [0, 3, 1, 2][row / units] * units + row % units
  }
}

// MARK: - Parts of a graph

extension ONNXTemplate {
  private mutating func node(
    _ type: String, _ inputs: [String], _ outputs: [String],
    _ attributes: [Onnx_AttributeProto] = []
  ) {
    graph.node.append(
      .with {
        $0.opType = type
        $0.name = outputs[0]
        $0.input = inputs
        $0.output = outputs
        $0.attribute = attributes
      })
  }

  private mutating func addConstant(_ name: String, _ values: [Float]) {
    weights.append(
      unsafe ExportedTensor(name: name, shape: []) { _, target in unsafe target[0] = values[0] })
  }

  private func unchanged(_ name: String, _ tensor: Tensor) -> ExportedTensor {
    let columns = tensor.columnCount
    return unsafe ExportedTensor(name: name, shape: tensor.shape) { row, target in
      unsafe target.update(from: tensor.pointer + row * columns, count: columns)
    }
  }

  private static func integer(_ name: String, _ value: Int) -> Onnx_AttributeProto {
    .with {
      $0.name = name
      $0.type = .int
      $0.i = Int64(value)
    }
  }

  /// An input or output of floats; an axis is a number or a name for a length that is free.
  private static func value(_ name: String, _ shape: [String]) -> Onnx_ValueInfoProto {
    .with {
      $0.name = name
      $0.type.tensorType.elemType = float
      $0.type.tensorType.shape.dim = shape.map { axis in
        .with { dimension in
          if let length = Int64(axis) {
            dimension.dimValue = length
          } else {
            dimension.dimParam = axis
          }
        }
      }
    }
  }
}
