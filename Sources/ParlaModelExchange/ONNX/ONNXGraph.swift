import Foundation
import ParlaAcousticModel
import ParlaNeuralNetwork
import SwiftProtobuf

/// How a recording goes through a model of ONNX.
public enum ONNXForm: String, Sendable, CaseIterable {
  /// In pieces of any length: what the network remembers comes out, and goes in with the next piece.
  case pieces
  /// All of it at once.
  case whole
}

/// A value in a graph of ONNX, identified by its name.
struct ONNXValue: Hashable {
  let name: String

  /// An input that is left out.
  static let none = ONNXValue(name: "")
}

/// Frames that flow between layers: [time, batch, numbers of a frame].
struct ONNXFrames {
  var value: ONNXValue
  /// What a frame looks like.
  let shape: FrameShape
  /// Frames with the same number come at the same time, as many of each.
  let schedule: Int
  /// How many frames of each sequence are there, the rest being padding: [batch]; nil in pieces, which are of one length.
  let lengths: ONNXValue?
}

/// A graph of ONNX's operators while it is laid out.
///
/// How many frames there are is known only when the graph runs, so what depends on it is computed in the graph, as integers [1], or
/// [batch] where sequences differ.
struct ONNXGraph {
  /// Everything but the weights.
  private(set) var proto = Onnx_GraphProto()

  /// The weights, which are written behind the rest.
  private(set) var weights: [ONNXWeight] = []

  let form: ONNXForm

  /// Whether weights of products are bytes.
  let isQuantized: Bool

  /// 1 where a recording ends with this piece, else 0: [1]; nil for a network that holds no frames back.
  private(set) var isLast: ONNXValue?

  /// The layer that is being expressed, after which values are named.
  var layer = ""

  /// Whether what recurrent layers remember is called so without the layer's name, since there is one of them.
  var hasPlainStates = false

  private var weightNames: Set<String> = []
  private var constants: [Onnx_TensorProto: ONNXValue] = [:]
  private var lengths: [ONNXValue: ONNXValue] = [:]
  private var masks: [[ONNXValue]: ONNXValue] = [:]
  private var valueCount = 0

  /// A graph without operations.
  init(name: String, form: ONNXForm, isQuantized: Bool = false) {
    proto.name = name
    self.form = form
    self.isQuantized = isQuantized
  }

  /// The numbers by which ONNX names types.
  enum Element: Int32 {
    case float = 1
    case int8 = 3
    case int32 = 6
    case int64 = 7
    case bool = 9
    case double = 11
  }
}

// MARK: - Operations

extension ONNXGraph {
  /// Adds an operation, and returns what comes out of it.
  mutating func add(
    _ type: String, _ inputs: [ONNXValue], _ attributes: [Onnx_AttributeProto] = []
  ) -> ONNXValue {
    add(type, inputs, attributes, outputCount: 1)[0]
  }

  /// Adds an operation from which several values come.
  mutating func add(
    _ type: String, _ inputs: [ONNXValue], _ attributes: [Onnx_AttributeProto] = [],
    outputCount: Int
  ) -> [ONNXValue] {
    let outputs = (1...outputCount).map { number in
      ONNXValue(name: "\(layer).\(type.lowercased())_\(valueCount + number)")
    }
    valueCount += outputCount
    append(type, inputs, outputs, attributes)
    return outputs
  }

  private mutating func append(
    _ type: String, _ inputs: [ONNXValue], _ outputs: [ONNXValue],
    _ attributes: [Onnx_AttributeProto]
  ) {
    proto.node.append(
      .with {
        $0.opType = type
        $0.name = outputs[0].name
        $0.input = inputs.map(\.name)
        $0.output = outputs.map(\.name)
        $0.attribute = attributes
      })
  }

  /// `value` in another type.
  mutating func cast(_ value: ONNXValue, to type: Element) -> ONNXValue {
    add("Cast", [value], [.int("to", Int(type.rawValue))])
  }

  /// The rows of `value` along an axis, from one up to another: each is [1].
  mutating func slice(
    _ value: ONNXValue, from first: ONNXValue, to end: ONNXValue, axis: Int = 0
  ) -> ONNXValue {
    add("Slice", [value, first, end, integers([axis])])
  }

  /// The rows of `value` along an axis in a range that is known.
  mutating func slice(_ value: ONNXValue, _ range: Range<Int>, axis: Int) -> ONNXValue {
    slice(
      value, from: integers([range.lowerBound]), to: integers([range.upperBound]), axis: axis)
  }

  /// Frames [time, batch, …] with the numbers of each in these axes.
  mutating func shaped(_ value: ONNXValue, _ axes: [Int]) -> ONNXValue {
    add("Reshape", [value, integers([0, 0] + axes)])
  }

  /// `value` with its axes in another order.
  mutating func transposed(_ value: ONNXValue, _ order: [Int]) -> ONNXValue {
    guard order != Array(order.indices) else { return value }
    return add("Transpose", [value], [.ints("perm", order)])
  }
}

// MARK: - Constants and weights

extension ONNXGraph {
  /// Integers: [count].
  mutating func integers(_ values: [Int]) -> ONNXValue {
    constant(
      .with {
        $0.dims = [Int64(values.count)]
        $0.dataType = Element.int64.rawValue
        $0.int64Data = values.map { Int64($0) }
      })
  }

  /// A number without axes.
  mutating func number(_ value: Float) -> ONNXValue {
    constant(
      .with {
        $0.dataType = Element.float.rawValue
        $0.rawData = Data(littleEndian: [value.bitPattern])
      })
  }

  /// Numbers of 64 bits: [count].
  mutating func doubles(_ values: [Double]) -> ONNXValue {
    constant(
      .with {
        $0.dims = [Int64(values.count)]
        $0.dataType = Element.double.rawValue
        $0.rawData = Data(littleEndian: values.map(\.bitPattern))
      })
  }

  /// An integer without axes.
  mutating func integer(_ value: Int) -> ONNXValue {
    constant(
      .with {
        $0.dataType = Element.int64.rawValue
        $0.int64Data = [Int64(value)]
      })
  }

  /// How the names of constants begin, which are no weights.
  static let constantPrefix = "constant."

  /// What says how long recordings are; its value where nobody does is no weight either.
  static let lengthsName = "lengths"

  private mutating func constant(_ tensor: Onnx_TensorProto) -> ONNXValue {
    if let known = constants[tensor] { return known }
    let value = ONNXValue(name: "\(Self.constantPrefix)\(constants.count + 1)")
    constants[tensor] = value
    var named = tensor
    named.name = value.name
    proto.initializer.append(named)
    return value
  }

  /// A tensor that is written behind the graph; of several with one name, as of layers that share weights, the first.
  mutating func weight(_ own: ONNXWeight) -> ONNXValue {
    if weightNames.insert(own.tensor.name).inserted { weights.append(own) }
    return ONNXValue(name: own.tensor.name)
  }

  /// The same in floats.
  mutating func weight(_ tensor: ExportedTensor) -> ONNXValue { weight(ONNXWeight(tensor)) }

  /// Numbers that were made of weights: `values` in the axes `shape`.
  mutating func weight(_ name: String, _ shape: [Int], _ values: [Float]) -> ONNXValue {
    let columns = shape.last ?? 1
    return weight(
      unsafe ExportedTensor(name: name, shape: shape) { row, target in
        for column in 0..<columns { unsafe target[column] = values[row * columns + column] }
      })
  }
}

extension Data {
  fileprivate init(littleEndian values: [some FixedWidthInteger]) {
    self.init()
    for value in values {
      for shift in stride(from: 0, to: value.bitWidth, by: 8) {
        append(UInt8(truncatingIfNeeded: value >> shift))
      }
    }
  }
}

// MARK: - Inputs, outputs and states

extension ONNXGraph {
  /// Adds an input; an axis is a number, or a name for a length that is free.
  mutating func input(
    _ name: String, _ shape: [String], _ type: Element = .float
  ) -> ONNXValue {
    proto.input.append(Self.information(name, type, shape))
    return ONNXValue(name: name)
  }

  /// Says that `value` is an output, which one it is if not the last, and what it is called.
  mutating func output(
    _ value: ONNXValue, as name: String, _ shape: [String], _ type: Element = .float,
    at place: Int? = nil
  ) {
    append("Identity", [value], [ONNXValue(name: name)], [])
    proto.output.insert(
      Self.information(name, type, shape), at: place ?? proto.output.count)
  }

  /// Adds the input that says whether a recording ends with a piece.
  mutating func addEnd() {
    isLast = add("Reshape", [cast(input("is_last", [], .bool), to: .int64), integers([1])])
  }

  /// What a layer remembers of the pieces before: at first zeros, and no rows along an axis of free length.
  mutating func state(_ name: String, _ shape: [String], _ type: Element = .float) -> ONNXValue {
    input("previous_state_\(name)", shape, type)
  }

  /// What it remembers of them and this one.
  mutating func carry(
    _ value: ONNXValue, as name: String, _ shape: [String], _ type: Element = .float
  ) {
    output(value, as: "new_state_\(name)", shape, type)
  }

  private static func information(
    _ name: String, _ type: Element, _ shape: [String]
  ) -> Onnx_ValueInfoProto {
    .with {
      $0.name = name
      $0.type.tensorType.elemType = type.rawValue
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

extension ONNXGraph {
  /// Adds the input that says how long each recording of a batch is, and returns the lengths of `frames`: [batch].
  ///
  /// Nobody has to say it: without it all are as long as there are frames.
  mutating func addLengths(of frames: ONNXValue) -> ONNXValue {
    let given = input(Self.lengthsName, ["batch"], .int64)
    proto.initializer.append(
      .with {
        $0.name = given.name
        $0.dims = [1]
        $0.dataType = Element.int64.rawValue
        $0.int64Data = [.max]
      })
    return add("Expand", [add("Min", [given, length(frames)]), length(frames, axis: 1)])
  }

  /// Which frames of `value` lie within `lengths`: [time, batch, 1].
  mutating func isPresent(_ value: ONNXValue, _ lengths: ONNXValue) -> ONNXValue {
    let count = length(value)
    if let known = masks[[count, lengths]] { return known }
    let rows = add("Unsqueeze", [range(from: zero(), to: count), integers([1])])
    let mask = add("Unsqueeze", [add("Less", [rows, lengths]), integers([2])])
    masks[[count, lengths]] = mask
    return mask
  }

  /// `frames` with `filling` in place of padding.
  mutating func present(_ frames: ONNXFrames, filling: Float = 0) -> ONNXValue {
    guard let lengths = frames.lengths else { return frames.value }
    return add("Where", [isPresent(frames.value, lengths), frames.value, number(filling)])
  }

  /// How many rows `value` has along an axis: [1].
  mutating func length(_ value: ONNXValue, axis: Int = 0) -> ONNXValue {
    if axis == 0, let known = lengths[value] { return known }
    let shape = add("Shape", [value])
    let result = add("Gather", [shape, integers([axis])])
    if axis == 0 { lengths[value] = result }
    return result
  }
}

// MARK: - Attributes

extension Onnx_AttributeProto {
  static func int(_ name: String, _ value: Int) -> Self {
    .with {
      $0.name = name
      $0.type = .int
      $0.i = Int64(value)
    }
  }

  static func ints(_ name: String, _ values: [Int]) -> Self {
    .with {
      $0.name = name
      $0.type = .ints
      $0.ints = values.map { Int64($0) }
    }
  }

  static func float(_ name: String, _ value: Float) -> Self {
    .with {
      $0.name = name
      $0.type = .float
      $0.f = value
    }
  }

  static func floats(_ name: String, _ values: [Float]) -> Self {
    .with {
      $0.name = name
      $0.type = .floats
      $0.floats = values
    }
  }

  static func strings(_ name: String, _ values: [String]) -> Self {
    .with {
      $0.name = name
      $0.type = .strings
      $0.strings = values.map { Data($0.utf8) }
    }
  }
}
