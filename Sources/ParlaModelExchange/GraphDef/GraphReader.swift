import Foundation
import ParlaAcousticModel
import SwiftProtobuf

/// A graph of TensorFlow whose large constants stay in the file.
struct GraphReader {
  /// A node, and where in the file its constant's numbers are if they were left there.
  struct Node {
    var definition: Tensorflow_NodeDef
    var content: Range<Int>?
  }

  /// The nodes by name.
  private(set) var nodes: [String: Node] = [:]

  /// The names in the order of the file.
  private(set) var names: [String] = []

  let bytes: ModelBytes

  /// Where each region of a memory-mapped package is, by its name.
  private let regions: [String: Range<Int>]

  /// Reads the `GraphDef` that is at `range` in `bytes`.
  ///
  /// - Throws: `ModelError.damaged`, `.cutOff`.
  init(
    _ bytes: ModelBytes, _ range: Range<Int>, regions: [String: Range<Int>] = [:]
  ) throws(ModelError) {
    self.bytes = bytes
    self.regions = regions
    var fields = try WireReader(bytes, range)
    while let field = try fields.next() {
      guard field.number == 1, field.hasLength else { continue }
      guard names.count < Self.mostNodes else {
        throw .damaged(path: bytes.path, reason: "more than \(Self.mostNodes) nodes")
      }
      let node = try node(field.content)
      names.append(node.definition.name)
      nodes[node.definition.name] = node
    }
  }

  private static let mostNodes = 20_000
  /// Nodes up to this size are decoded whole.
  private static let smallNode = 4096

  private func node(_ range: Range<Int>) throws(ModelError) -> Node {
    if range.count <= Self.smallNode {
      return Node(definition: try message(try bytes.data(range)))
    }
    // All fields but the attribute that holds the numbers, which is walked through.
    var small = Data()
    var tensor: (Tensorflow_TensorProto, Range<Int>?)?
    var fields = try WireReader(bytes, range)
    while let field = try fields.next() {
      if field.whole.count <= Self.smallNode {
        small += try bytes.data(field.whole)
      } else if field.number == 5, field.hasLength {
        tensor = try largeAttribute(field.content) ?? tensor
      }
    }
    var node = Node(definition: try message(small))
    if let (definition, content) = tensor {
      node.definition.attr["value"] = Tensorflow_AttrValue.with { $0.tensor = definition }
      node.content = content
    }
    return node
  }

  /// The tensor in an entry of the map of attributes: `value` = 2, its `tensor` = 8.
  private func largeAttribute(
    _ range: Range<Int>
  ) throws(ModelError) -> (Tensorflow_TensorProto, Range<Int>?)? {
    guard let value = try field(2, of: range), let tensor = try field(8, of: value) else {
      return nil
    }
    var small = Data()
    var content: Range<Int>?
    var fields = try WireReader(bytes, tensor)
    while let field = try fields.next() {
      // `tensor_content` is 4; the repeated numbers of `float_val`, packed, are the same bytes.
      if [4, 5].contains(field.number), field.hasLength {
        content = field.content
      } else if field.whole.count <= Self.smallNode {
        small += try bytes.data(field.whole)
      }
    }
    return (try message(small), content)
  }

  private func field(_ number: Int, of range: Range<Int>) throws(ModelError) -> Range<Int>? {
    var fields = try WireReader(bytes, range)
    while let field = try fields.next() {
      if field.number == number, field.hasLength { return field.content }
    }
    return nil
  }

  private func message<Message: SwiftProtobuf.Message>(_ data: Data) throws(ModelError) -> Message {
    do { return try Message(serializedBytes: data) } catch {
      throw .damaged(path: bytes.path, reason: "a node cannot be understood")
    }
  }
}

// MARK: - Constants

extension GraphReader {
  /// The constant `name` of 32-bit floats, if there is one.
  ///
  /// - Throws: `ModelError.damaged`, `.cutOff`.
  func tensor(_ name: String) throws(ModelError) -> ForeignTensor? {
    guard let node = nodes[name] else { return nil }
    switch node.definition.op {
    case "Const":
      guard let value = node.definition.attr["value"]?.tensor, value.dtype == .dtFloat else {
        return nil
      }
      let shape = Self.shape(value.tensorShape)
      return try ForeignTensor(
        name: name, shape: shape, numbers: try numbers(node, value, shape), bytes: bytes)
    case "ImmutableConst":
      guard let region = node.definition.attr["memory_region_name"]?.s,
        let shape = node.definition.attr["shape"]?.shape,
        node.definition.attr["dtype"]?.type == .dtFloat
      else { return nil }
      let regionName = String(decoding: region, as: UTF8.self)
      guard let place = regions[regionName] else {
        throw .damaged(path: bytes.path, reason: "the region \(regionName) is missing")
      }
      let tensor = try ForeignTensor(
        name: name, shape: Self.shape(shape), numbers: .float32(offset: place.lowerBound),
        bytes: bytes)
      guard 4 * tensor.count <= place.count else {
        throw .damaged(path: bytes.path, reason: "\(name) is larger than its region")
      }
      return tensor
    default: return nil
    }
  }

  private func numbers(
    _ node: Node, _ value: Tensorflow_TensorProto, _ shape: [Int]
  ) throws(ModelError) -> ForeignTensor.Numbers {
    let name = node.definition.name
    if let content = node.content {
      guard content.count / 4 == Self.count(shape), content.count % 4 == 0 else {
        throw .damaged(
          path: bytes.path, reason: "\(name) has \(content.count) bytes for shape \(shape)")
      }
      return .float32(offset: content.lowerBound)
    }
    let inline = value.tensorContent
    if !inline.isEmpty {
      let read = ModelBytes(inline, path: bytes.path)
      var values: [Float] = []
      for offset in stride(from: 0, to: inline.count - 3, by: 4) {
        values.append(Float(bitPattern: try read.integer(UInt32.self, at: offset)))
      }
      return .values(values)
    }
    // TensorFlow leaves out repetitions of the last number; what is one number all over is a bias of zeros at most.
    guard let last = value.floatVal.last, let count = Self.count(shape), count <= 1 << 16,
      value.floatVal.count <= count
    else { throw .damaged(path: bytes.path, reason: "\(name) has no numbers") }
    return .values(
      value.floatVal + [Float](repeating: last, count: count - value.floatVal.count))
  }

  /// The whole number that the constant `name` holds, if there is one.
  func integer(_ name: String) -> Int? {
    guard let value = constant(name), value.dtype == .dtInt32 else { return nil }
    if let number = value.intVal.first { return Int(number) }
    guard value.tensorContent.count >= 4 else { return nil }
    let bits = value.tensorContent.prefix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    return Int(Int32(bitPattern: bits))
  }

  /// The text or bytes that the constant `name` holds, if there is one.
  func text(_ name: String) -> Data? { constant(name)?.stringVal.first }

  private func constant(_ name: String) -> Tensorflow_TensorProto? {
    guard let node = nodes[name], node.definition.op == "Const" else { return nil }
    return node.definition.attr["value"]?.tensor
  }

  static func shape(_ shape: Tensorflow_TensorShapeProto) -> [Int] {
    shape.dim.map { Int($0.size) }
  }

  private static func count(_ shape: [Int]) -> Int? {
    var count = 1
    for axis in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: axis)
      guard axis >= 0, !overflow else { return nil }
      count = product
    }
    return count
  }
}
