import Foundation
import ParlaAcousticModel

/// Reads the pickle of a `torch.save` archive: a mapping from names to tensors.
///
/// Format: `Lib/pickletools.py` of CPython, protocol 2, and `torch/_utils.py`. A pickle is a program that may call whatever it names. This
/// reader calls nothing: it knows how tensors are described, and refuses every other name.
struct TensorPickle {
  /// A tensor as the pickle describes it.
  struct Description {
    /// The member with the numbers.
    let storage: String
    /// What its numbers are; nil for what is no float.
    let type: NumberType?
    /// Where the first is, in numbers.
    let offset: Int
    let shape: [Int]
    let strides: [Int]

    /// Whether the numbers lie in a row, the last axis varying fastest.
    var isContiguous: Bool {
      var expected = 1
      for (length, stride) in zip(shape, strides).reversed() {
        if length > 1, stride != expected { return false }
        let (product, overflow) = expected.multipliedReportingOverflow(by: max(length, 1))
        guard !overflow else { return false }
        expected = product
      }
      return strides.count == shape.count
    }
  }

  /// The types of floats.
  enum NumberType: String {
    case float32 = "FloatStorage"
    case float64 = "DoubleStorage"
    case float16 = "HalfStorage"
    case bfloat16 = "BFloat16Storage"

    var size: Int {
      switch self {
      case .float32: 4
      case .float64: 8
      case .float16, .bfloat16: 2
      }
    }

    func numbers(_ offset: Int) -> ForeignTensor.Numbers {
      switch self {
      case .float32: .float32(offset: offset)
      case .float64: .float64(offset: offset)
      case .float16: .float16(offset: offset)
      case .bfloat16: .bfloat16(offset: offset)
      }
    }
  }

  private indirect enum Item {
    case other
    case integer(Int)
    case text(String)
    /// With how many tuples lie within each other.
    case tuple([Item], depth: Int)
    case mapping(Mapping)
    case name(String)
    case storage(key: String, type: String)
    case tensor(Description)
    case mark
  }

  /// What may be changed after it was remembered.
  private final class Mapping {
    var pairs: [(key: Item, value: Item)] = []
  }

  private let path: String
  private let bytes: [UInt8]
  private var position = 0
  private var stack: [Item] = []
  private var memory: [Int: Item] = [:]
  /// All that were made, so that mappings in mappings are released one by one, however many they are.
  private var mappings: [Mapping] = []

  /// Deeper tuples describe no tensor.
  private static let deepestTuple = 16

  /// The tensors in `data`, by name; those of a mapping within the mapping, such as `state_dict`, too.
  ///
  /// - Throws: `ModelError.codeInPickle`, `.damaged`.
  static func tensors(
    _ data: Data, path: String
  ) throws(ModelError) -> [(name: String, tensor: Description)] {
    var reader = TensorPickle(path: path, bytes: [UInt8](data))
    defer { for mapping in reader.mappings { mapping.pairs = [] } }
    guard case .mapping(let mapping) = try reader.run() else {
      throw reader.problem("found no mapping of names to tensors")
    }
    let all = mapping.pairs.flatMap { pair in
      if case .mapping(let inner) = pair.value { inner.pairs } else { [pair] }
    }
    return all.compactMap { pair in
      guard case .text(let name) = pair.key, case .tensor(let tensor) = pair.value else {
        return nil
      }
      return (name, tensor)
    }
  }

  private init(path: String, bytes: [UInt8]) { (self.path, self.bytes) = (path, bytes) }

  private func problem(_ text: String) -> ModelError {
    .damaged(path: path, reason: "data.pkl, byte \(position): \(text)")
  }

  // MARK: Bytes

  private mutating func take(_ count: Int) throws(ModelError) -> ArraySlice<UInt8> {
    guard count >= 0, count <= bytes.count - position else { throw problem("it is cut short") }
    defer { position += count }
    return bytes[position..<position + count]
  }

  private mutating func integer(_ size: Int) throws(ModelError) -> Int {
    let value = try take(size).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard let value = Int(exactly: value) else { throw problem("a length beyond all memory") }
    return value
  }

  private mutating func text(_ count: Int) throws(ModelError) -> String {
    String(decoding: try take(count), as: UTF8.self)
  }

  private mutating func line() throws(ModelError) -> String {
    guard let end = bytes[position...].firstIndex(of: 0x0a) else {
      throw problem("it is cut short")
    }
    defer { position = end + 1 }
    return String(decoding: bytes[position..<end], as: UTF8.self)
  }

  /// An integer in two's complement.
  private mutating func longInteger(_ size: Int) throws(ModelError) -> Int {
    guard size <= 8 else { throw problem("an integer of \(size) bytes") }
    let bytes = try take(size)
    let start: UInt64 = (bytes.last ?? 0) & 0x80 != 0 ? .max : 0
    return Int(truncatingIfNeeded: bytes.reversed().reduce(start) { $0 << 8 | UInt64($1) })
  }

  // MARK: The machine

  private mutating func pop() throws(ModelError) -> Item {
    guard let item = stack.popLast() else { throw problem("nothing on the stack") }
    return item
  }

  private mutating func popToMark() throws(ModelError) -> [Item] {
    let mark = stack.lastIndex { if case .mark = $0 { true } else { false } }
    guard let mark else { throw problem("no mark on the stack") }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[(mark + 1)...])
  }

  private mutating func run() throws(ModelError) -> Item {
    while true {
      let code = try take(1).first ?? 0
      if code == UInt8(ascii: ".") { return try pop() }
      if try pushed(code) { continue }
      if try collected(code) { continue }
      if try remembered(code) { continue }
      try call(code)
    }
  }

  /// Puts a constant on the stack, if `code` says so.
  private mutating func pushed(_ code: UInt8) throws(ModelError) -> Bool {
    switch code {
    case 0x80: _ = try take(1)
    case 0x95: _ = try take(8)
    case UInt8(ascii: "N"), 0x88, 0x89: stack.append(.other)
    case UInt8(ascii: "K"): stack.append(.integer(try integer(1)))
    case UInt8(ascii: "M"): stack.append(.integer(try integer(2)))
    case UInt8(ascii: "J"):
      stack.append(.integer(Int(Int32(truncatingIfNeeded: try integer(4)))))
    case 0x8a: stack.append(.integer(try longInteger(try integer(1))))
    case UInt8(ascii: "G"):
      _ = try take(8)
      stack.append(.other)
    case 0x8c: stack.append(.text(try text(try integer(1))))
    case UInt8(ascii: "X"): stack.append(.text(try text(try integer(4))))
    default: return false
    }
    return true
  }

  /// Makes lists, tuples and mappings of what is on the stack, if `code` says so.
  private mutating func collected(_ code: UInt8) throws(ModelError) -> Bool {
    switch code {
    case UInt8(ascii: "("): stack.append(.mark)
    case UInt8(ascii: "0"): _ = try pop()
    case UInt8(ascii: ")"): stack.append(.tuple([], depth: 1))
    case UInt8(ascii: "t"):
      let items = try popToMark()
      stack.append(try tuple(items))
    case 0x85...0x87:
      var items: [Item] = []
      for _ in 0x85...code { items.insert(try pop(), at: 0) }
      stack.append(try tuple(items))
    case UInt8(ascii: "]"): stack.append(.other)
    case UInt8(ascii: "a"): _ = try pop()
    case UInt8(ascii: "e"): _ = try popToMark()
    case UInt8(ascii: "}"): stack.append(newMapping())
    case UInt8(ascii: "s"):
      let value = try pop()
      let key = try pop()
      try insert([key, value])
    case UInt8(ascii: "u"):
      let items = try popToMark()
      try insert(items)
    default: return false
    }
    return true
  }

  private func tuple(_ items: [Item]) throws(ModelError) -> Item {
    let depth = items.reduce(0) { deepest, item in
      if case .tuple(_, let depth) = item { max(deepest, depth) } else { deepest }
    }
    guard depth < Self.deepestTuple else { throw problem("too many tuples within each other") }
    return .tuple(items, depth: depth + 1)
  }

  private mutating func newMapping() -> Item {
    let mapping = Mapping()
    mappings.append(mapping)
    return .mapping(mapping)
  }

  private func insert(_ items: [Item]) throws(ModelError) {
    guard case .mapping(let mapping)? = stack.last, items.count % 2 == 0 else {
      throw problem("no mapping to add to")
    }
    for index in stride(from: 0, to: items.count, by: 2) {
      mapping.pairs.append((items[index], items[index + 1]))
    }
  }

  /// Remembers or recalls an object, if `code` says so.
  private mutating func remembered(_ code: UInt8) throws(ModelError) -> Bool {
    let number: Int
    switch code {
    case UInt8(ascii: "q"), UInt8(ascii: "h"): number = try integer(1)
    case UInt8(ascii: "r"), UInt8(ascii: "j"): number = try integer(4)
    case 0x94: number = memory.count
    default: return false
    }
    if code == UInt8(ascii: "h") || code == UInt8(ascii: "j") {
      guard let item = memory[number] else { throw problem("nothing remembered as \(number)") }
      stack.append(item)
    } else {
      guard let item = stack.last else { throw problem("nothing on the stack") }
      memory[number] = item
    }
    return true
  }

  // MARK: What would be called

  private mutating func call(_ code: UInt8) throws(ModelError) {
    switch code {
    case UInt8(ascii: "c"):
      let module = try line()
      stack.append(.name("\(module).\(try line())"))
    case 0x93:
      guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
        throw problem("a name that is no text")
      }
      stack.append(.name("\(module).\(name)"))
    case UInt8(ascii: "Q"):
      let item = try pop()
      stack.append(try storage(item))
    case UInt8(ascii: "R"):
      let arguments = try pop()
      guard case .name(let name) = try pop(), case .tuple(let arguments, _) = arguments else {
        throw problem("a call of what is no name")
      }
      stack.append(try result(of: name, arguments))
    case UInt8(ascii: "b"):
      // Attributes of a mapping besides its content, such as the versions of modules.
      _ = try pop()
      guard case .mapping? = stack.last else {
        throw .codeInPickle(path: path, name: "the state of an object")
      }
    default:
      throw problem(
        "the instruction 0x\(String(code, radix: 16)), expected those that describe tensors")
    }
  }

  /// `('storage', type, key, device, count)`.
  private func storage(_ item: Item) throws(ModelError) -> Item {
    guard case .tuple(let fields, _) = item, fields.count == 5, case .text("storage") = fields[0],
      case .name(let type) = fields[1], case .text(let key) = fields[2]
    else { throw problem("found no storage of a tensor") }
    return .storage(key: key, type: type)
  }

  private mutating func result(of name: String, _ arguments: [Item]) throws(ModelError) -> Item {
    switch name {
    case "collections.OrderedDict": return newMapping()
    case "torch._utils._rebuild_parameter":
      guard let first = arguments.first, case .tensor = first else {
        throw problem("found no tensor of a parameter")
      }
      return first
    case "torch._utils._rebuild_tensor_v2":
      guard arguments.count >= 4, case .storage(let key, let type) = arguments[0],
        case .integer(let offset) = arguments[1], let shape = integers(arguments[2]),
        let strides = integers(arguments[3])
      else { throw problem("found no description of a tensor") }
      let prefix = "torch."
      return .tensor(
        Description(
          storage: key,
          type: type.hasPrefix(prefix)
            ? NumberType(rawValue: String(type.dropFirst(prefix.count))) : nil,
          offset: offset, shape: shape, strides: strides))
    default: throw .codeInPickle(path: path, name: name)
    }
  }

  private func integers(_ item: Item) -> [Int]? {
    guard case .tuple(let items, _) = item else { return nil }
    let numbers = items.compactMap { if case .integer(let value) = $0 { value } else { nil } }
    return numbers.count == items.count && numbers.allSatisfy { $0 >= 0 } ? numbers : nil
  }
}
