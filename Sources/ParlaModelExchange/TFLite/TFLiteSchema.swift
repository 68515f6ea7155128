/// Numbers of TensorFlow Lite's schema (TensorFlow 1.15, `tensorflow/lite/schema/schema.fbs`, Apache-2.0): the fields of
/// its tables by their order, its operations and its types.
enum TFLiteSchema {
  static let identifier = "TFL3"

  enum Model {
    static let (version, operatorCodes, subgraphs, description, buffers) = (0, 1, 2, 3, 4)
  }

  enum OperatorCode {
    /// `builtinCode` is a byte; newer writers put numbers above 126 into field 3.
    static let (builtinCode, customCode, version, newBuiltinCode) = (0, 1, 2, 3)
  }

  enum Subgraph {
    static let (tensors, inputs, outputs, operators, name) = (0, 1, 2, 3, 4)
  }

  enum Tensor {
    static let (shape, type, buffer, name, quantization) = (0, 1, 2, 3, 4)
  }

  enum Quantization {
    static let (scale, zeroPoint, dimension) = (2, 3, 6)
  }

  enum Operator {
    static let (code, inputs, outputs, optionsType, options, customOptions) = (0, 1, 2, 3, 4, 5)
  }

  enum Buffer {
    static let data = 0
  }

  /// `BuiltinOperator`.
  enum Operation: Int {
    case add = 0
    case concatenation = 2
    case fullyConnected = 9
    case logistic = 14
    case multiply = 18
    case reshape = 22
    case softmax = 25
    case tanh = 28
    case custom = 32
    case stridedSlice = 45
    case split = 49
    case minimum = 57

    /// The version of the operation that the official converter states.
    var version: Int { self == .fullyConnected ? 3 : 1 }

    /// `BuiltinOptions`: which table the options are.
    var optionsType: Int {
      switch self {
      case .fullyConnected: 8
      case .softmax: 9
      case .concatenation: 10
      case .add: 11
      case .reshape: 17
      case .multiply: 21
      case .stridedSlice: 32
      case .split: 35
      case .logistic, .tanh, .custom, .minimum: 0
      }
    }
  }

  /// Operations that layer normalisation is made of, and nothing else in DeepSpeech's network: mean, reciprocal root,
  /// squared difference.
  static let normalizing: Set<Int> = [40, 76, 99]

  /// `TensorType`.
  enum Kind: Int {
    case float32 = 0
    case int32 = 2
    case uint8 = 3
    case string = 5
    case int8 = 9
  }
}
