import Foundation
import ParlaAcousticModel
import ParlaAudio
import ParlaNeuralNetwork
import SwiftProtobuf

/// DeepSpeech's graph for one model, node by node, as DeepSpeech 0.9.3 exports it
/// (`training/deepspeech_training/train.py`, `create_inference_graph` and `export`).
///
/// The official clients look for nodes by name: `input_samples` → `mfccs`, `input_node` with states → `logits` with new
/// states, and the constants called `metadata_…`.
struct GraphTemplate {
  /// A node, or a constant that is made while it is written.
  enum Item {
    case node(Tensorflow_NodeDef)
    case constant(ExportedTensor)
  }

  /// The nodes in an order in which each follows those it needs.
  private(set) var items: [Item] = []

  private let network: DeepSpeechNetwork
  private let metadata: ModelMetadata

  /// Lays out the graph of `network`.
  init(_ network: DeepSpeechNetwork, metadata: ModelMetadata) {
    self.network = network
    self.metadata = metadata
    addFeatures()
    addInputs()
    let third = addDense(
      [1, 2, 3], [0, 1, 2], input: "Reshape_1", firstOperation: 0)
    addRecurrent(input: third)
    let fifth = addDense([5], [3], input: "Reshape_3", firstOperation: 3)
    addOutputs(input: fifth)
    addMetadata()
  }

  /// The name of TensorFlow's recurrent cell, whose variables fit cuDNN's.
  static let cell = "cudnn_lstm/rnn/multi_rnn_cell/cell_0/cudnn_compatible_lstm_cell"
}

// MARK: - Stages

extension GraphTemplate {
  private mutating func addFeatures() {
    let features = network.model.description.features
    placeholder("input_samples", .dtFloat, [features.windowLength])
    integers("ExpandDims/dim", [-1], shape: [])
    node(
      "ExpandDims", "ExpandDims", ["input_samples", "ExpandDims/dim"],
      ["T": .float, "Tdim": .int32])
    node(
      "AudioSpectrogram", "AudioSpectrogram", ["ExpandDims"],
      [
        "magnitude_squared": .bool(true), "stride": .int(features.stepLength),
        "window_size": .int(features.windowLength),
      ])
    integers("Mfcc/sample_rate", [features.sampleRate], shape: [])
    node(
      "Mfcc", "Mfcc", ["AudioSpectrogram", "Mfcc/sample_rate"],
      [
        "dct_coefficient_count": .int(features.featureCount),
        "filterbank_channel_count": .int(40), "lower_frequency_limit": .real(20),
        "upper_frequency_limit": .real(Float(features.sampleRate) / 2),
      ])
    reshape("Reshape", "Mfcc", [-1, features.featureCount])
    node("mfccs", "Identity", ["Reshape"], ["T": .float])
  }

  private mutating func addInputs() {
    let features = network.model.description.features
    let width = 2 * features.contextFrameCount + 1
    placeholder(
      "input_node", .dtFloat,
      [1, DeepSpeechNetwork.stepCount, width, features.featureCount])
    placeholder("input_lengths", .dtInt32, [1])
    placeholder("previous_state_c", .dtFloat, [1, network.units])
    placeholder("previous_state_h", .dtFloat, [1, network.units])
    transpose("transpose", "input_node", [1, 0, 2, 3])
    reshape("Reshape_1", "transpose", [-1, features.inputCount])
  }

  /// Adds dense layers one after another, their operations counted from `firstOperation`, and returns the last one's name.
  private mutating func addDense(
    _ numbers: [Int], _ indices: [Int], input: String, firstOperation: Int
  ) -> String {
    var input = input
    for (offset, (number, index)) in zip(numbers, indices).enumerated() {
      let suffix = Self.suffix(firstOperation + offset)
      let layer = network.dense[index]
      let sum = addSum("layer_\(number)", layer, input: input, suffix: suffix)
      guard let ceiling = layer.ceiling else { return sum }
      node("Relu\(suffix)", "Relu", [sum], ["T": .float])
      constant("Minimum\(suffix)/y", .dtFloat, []) { $0.floatVal = [ceiling] }
      node("Minimum\(suffix)", "Minimum", ["Relu\(suffix)", "Minimum\(suffix)/y"], ["T": .float])
      input = "Minimum\(suffix)"
    }
    return input
  }

  private mutating func addSum(
    _ name: String, _ layer: DeepSpeechNetwork.Dense, input: String, suffix: String
  ) -> String {
    variable(network.unchanged("\(name)/bias", layer.bias), device: "/device:CPU:0")
    variable(network.variable("\(name)/weights", layer.weight), device: "/device:CPU:0")
    node(
      "MatMul\(suffix)", "MatMul", [input, "\(name)/weights/read"],
      ["T": .float, "transpose_a": .bool(false), "transpose_b": .bool(false)])
    node(
      "BiasAdd\(suffix)", "BiasAdd", ["MatMul\(suffix)", "\(name)/bias/read"],
      ["T": .float, "data_format": .text("NHWC")])
    return "BiasAdd\(suffix)"
  }

  /// The recurrent layer over the frames that count: outputs beyond them are zero, the states those of the last one.
  private mutating func addRecurrent(input: String) {
    let cell = Self.cell
    reshape("Reshape_2", input, [-1, 1, network.inputWeight.shape[1]])
    variable(network.kernel("\(cell)/kernel"), device: "")
    variable(network.recurrentBias("\(cell)/bias"), device: "")
    constant("\(cell)/zeros", .dtFloat, [network.units]) { $0.floatVal = [0] }
    integers("\(cell)/Const", [0], shape: [1])
    node(
      "\(cell)/Max", "Max", ["input_lengths", "\(cell)/Const"],
      ["T": .int32, "Tidx": .int32, "keep_dims": .bool(false)])
    cast("\(cell)/Cast", "\(cell)/Max", .int32, .type(.dtInt64))
    let zeros = "\(cell)/zeros"
    node(
      "\(cell)/BlockLSTM", "BlockLSTM",
      [
        "\(cell)/Cast", "Reshape_2", "previous_state_c", "previous_state_h",
        "\(cell)/kernel/read", zeros, zeros, zeros, "\(cell)/bias/read",
      ],
      [
        "T": .float, "cell_clip": .real(-1), "forget_bias": .real(0), "use_peephole": .bool(false),
      ])
    addMask()
    node("\(cell)/mul", "Mul", ["\(cell)/BlockLSTM:6", "\(cell)/Tile"], ["T": .float])
    addLastState("", "previous_state_c", "\(cell)/BlockLSTM:1", number: 1)
    addLastState("_1", "previous_state_h", "\(cell)/mul", number: 2)
    reshape("Reshape_3", "\(cell)/mul", [-1, network.units])
  }

  /// 1 for the frames that count, 0 for the others, for each unit.
  private mutating func addMask() {
    let (cell, mask) = (Self.cell, "\(Self.cell)/SequenceMask")
    integers("\(mask)/Const", [DeepSpeechNetwork.stepCount], shape: [])
    integers("\(mask)/Const_1", [0], shape: [])
    integers("\(mask)/Const_2", [1], shape: [])
    node(
      "\(mask)/Range", "Range", ["\(mask)/Const_1", "\(mask)/Const", "\(mask)/Const_2"],
      ["Tidx": .int32])
    integers("\(mask)/ExpandDims/dim", [-1], shape: [])
    node(
      "\(mask)/ExpandDims", "ExpandDims", ["input_lengths", "\(mask)/ExpandDims/dim"],
      ["T": .int32, "Tdim": .int32])
    cast("\(mask)/Cast", "\(mask)/ExpandDims", .int32, .int32)
    node("\(mask)/Less", "Less", ["\(mask)/Range", "\(mask)/Cast"], ["T": .int32])
    cast("\(mask)/Cast_1", "\(mask)/Less", .type(.dtBool), .float)
    transpose("\(cell)/transpose", "\(mask)/Cast_1", [1, 0])
    integers("\(cell)/ExpandDims/dim", [-1], shape: [1])
    node(
      "\(cell)/ExpandDims", "ExpandDims", ["\(cell)/transpose", "\(cell)/ExpandDims/dim"],
      ["T": .float, "Tdim": .int32])
    integers("\(cell)/Tile/multiples", [1, 1, network.units])
    node(
      "\(cell)/Tile", "Tile", ["\(cell)/ExpandDims", "\(cell)/Tile/multiples"],
      ["T": .float, "Tmultiples": .int32])
  }

  /// The state after the last frame that counts: row `input_lengths` of the former state and all new ones.
  private mutating func addLastState(
    _ suffix: String, _ former: String, _ states: String, number: Int
  ) {
    let cell = Self.cell
    integers("\(cell)/ExpandDims_\(number)/dim", [0], shape: [1])
    node(
      "\(cell)/ExpandDims_\(number)", "ExpandDims", [former, "\(cell)/ExpandDims_\(number)/dim"],
      ["T": .float, "Tdim": .int32])
    integers("\(cell)/concat\(suffix)/axis", [0], shape: [])
    node(
      "\(cell)/concat\(suffix)", "ConcatV2",
      ["\(cell)/ExpandDims_\(number)", states, "\(cell)/concat\(suffix)/axis"],
      ["N": .int(2), "T": .float, "Tidx": .int32])
    for (name, value) in [("start", 0), ("limit", 1), ("delta", 1)] {
      integers("\(cell)/range\(suffix)/\(name)", [value], shape: [])
    }
    let range = "\(cell)/range\(suffix)"
    node(range, "Range", ["\(range)/start", "\(range)/limit", "\(range)/delta"], ["Tidx": .int32])
    node(
      "\(cell)/stack\(suffix)", "Pack", ["input_lengths", range],
      ["N": .int(2), "T": .int32, "axis": .int(1)])
    node(
      "\(cell)/GatherNd\(suffix)", "GatherNd",
      ["\(cell)/concat\(suffix)", "\(cell)/stack\(suffix)"],
      ["Tindices": .int32, "Tparams": .float])
  }

  private mutating func addOutputs(input: String) {
    let sum = addSum("layer_6", network.dense[4], input: input, suffix: "_4")
    reshape("raw_logits", sum, [-1, 1, network.labelCount])
    node("logits", "Softmax", ["raw_logits"], ["T": .float])
    node("new_state_c", "Identity", ["\(Self.cell)/GatherNd"], ["T": .float])
    node("new_state_h", "Identity", ["\(Self.cell)/GatherNd_1"], ["T": .float])
  }

  private mutating func addMetadata() {
    let features = network.model.description.features
    for (name, value) in [
      ("version", metadata.graphVersion ?? ModelMetadata.usualGraphVersion),
      ("sample_rate", features.sampleRate),
      ("feature_win_len", Int(features.windowMilliseconds)),
      ("feature_win_step", Int(features.stepMilliseconds)),
      ("beam_width", metadata.beamWidth ?? ModelMetadata.usualBeamWidth),
    ] { integers("metadata_\(name)", [value], shape: [1]) }
    let texts = [
      ("alphabet", network.model.alphabet.serialized), ("language", Data(metadata.language.utf8)),
    ]
    for (name, text) in texts {
      constant("metadata_\(name)", .dtString, [1]) { $0.stringVal = [text] }
    }
  }
}

// MARK: - Nodes

extension GraphTemplate {
  private mutating func node(
    _ name: String, _ operation: String, _ inputs: [String],
    _ attributes: [String: Tensorflow_AttrValue], device: String = ""
  ) {
    var node = Tensorflow_NodeDef()
    node.name = name
    node.op = operation
    node.input = inputs
    node.device = device
    node.attr = attributes
    items.append(.node(node))
  }

  private mutating func placeholder(_ name: String, _ type: Tensorflow_DataType, _ shape: [Int]) {
    node(name, "Placeholder", [], ["dtype": .type(type), "shape": .shape(shape)])
  }

  private mutating func constant(
    _ name: String, _ type: Tensorflow_DataType, _ shape: [Int],
    _ fill: (inout Tensorflow_TensorProto) -> Void
  ) {
    var tensor = Tensorflow_TensorProto()
    tensor.dtype = type
    tensor.tensorShape = .of(shape)
    fill(&tensor)
    node(name, "Const", [], ["dtype": .type(type), "value": .with { $0.tensor = tensor }])
  }

  private mutating func integers(_ name: String, _ values: [Int], shape: [Int]? = nil) {
    constant(name, .dtInt32, shape ?? [values.count]) { $0.intVal = values.map { Int32($0) } }
  }

  private mutating func reshape(_ name: String, _ input: String, _ shape: [Int]) {
    integers("\(name)/shape", shape)
    node(name, "Reshape", [input, "\(name)/shape"], ["T": .float, "Tshape": .int32])
  }

  private mutating func transpose(_ name: String, _ input: String, _ order: [Int]) {
    integers("\(name)/perm", order)
    node(name, "Transpose", [input, "\(name)/perm"], ["T": .float, "Tperm": .int32])
  }

  private mutating func cast(
    _ name: String, _ input: String, _ from: Tensorflow_AttrValue, _ to: Tensorflow_AttrValue
  ) {
    node(name, "Cast", [input], ["SrcT": from, "DstT": to, "Truncate": .bool(false)])
  }

  /// A constant, and the node through which TensorFlow read it while it was a variable.
  private mutating func variable(_ tensor: ExportedTensor, device: String) {
    items.append(.constant(tensor))
    let place = Tensorflow_AttrValue.with { $0.list.s = [Data("loc:@\(tensor.name)".utf8)] }
    node(
      "\(tensor.name)/read", "Identity", [tensor.name], ["T": .float, "_class": place],
      device: device)
  }

  /// TensorFlow's numbering of operations: nothing for the first one.
  private static func suffix(_ number: Int) -> String { number == 0 ? "" : "_\(number)" }
}

extension Tensorflow_AttrValue {
  static var float: Self { .type(.dtFloat) }
  static var int32: Self { .type(.dtInt32) }
  static func type(_ type: Tensorflow_DataType) -> Self { .with { $0.type = type } }
  static func int(_ value: Int) -> Self { .with { $0.i = Int64(value) } }
  static func real(_ value: Float) -> Self { .with { $0.f = value } }
  static func bool(_ value: Bool) -> Self { .with { $0.b = value } }
  static func text(_ value: String) -> Self { .with { $0.s = Data(value.utf8) } }
  static func shape(_ shape: [Int]) -> Self { .with { $0.shape = .of(shape) } }
}

extension Tensorflow_TensorShapeProto {
  static func of(_ shape: [Int]) -> Self {
    .with { $0.dim = shape.map { size in .with { $0.size = Int64(size) } } }
  }
}
