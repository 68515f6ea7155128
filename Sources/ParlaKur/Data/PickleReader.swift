import Foundation
import ParlaFiles

/// Reads pickles of protocols 0 to 4 that hold numbers, texts, lists, mappings and NumPy arrays.
///
/// Format: `Lib/pickletools.py` of CPython. A pickle is a program for a small machine, and most of its power is to call whatever
/// it names. This reader calls nothing: it knows how NumPy's arrays are written, and refuses every other name.
struct PickleReader {
  /// The values on the machine's stack.
  indirect enum Item {
    case value(PythonValue)
    case bytes([UInt8])
    case list(Box<[Item]>)
    case tuple([Item])
    case dictionary(Box<[(key: Item, value: Item)]>)
    case name(String)
    case array(Box<PickledArray>)
    case element(PickledElement)
    case mark
  }

  /// What may be changed after it was remembered.
  final class Box<Content> {
    var content: Content
    init(_ content: Content) { self.content = content }
  }

  private let path: String
  private let bytes: [UInt8]
  private var position = 0
  private var stack: [Item] = []
  private var memory: [Int: Item] = [:]

  /// The object that `data` holds, from `start` on.
  ///
  /// - Throws: `KurError.data`.
  static func read(_ data: Data, path: String, from start: Int = 0) throws(KurError) -> Item {
    var reader = PickleReader(path: path, bytes: [UInt8](data), position: start)
    return try reader.run()
  }

  private init(path: String, bytes: [UInt8], position: Int) {
    self.path = path
    self.bytes = bytes
    self.position = position
  }

  func problem(_ text: String) -> KurError {
    .data(path: path, problem: "byte \(position): \(text)")
  }

  // MARK: - Bytes

  private mutating func take(_ count: Int) throws(KurError) -> ArraySlice<UInt8> {
    guard count >= 0, count <= bytes.count - position else {
      throw problem("the pickle is cut short")
    }
    defer { position += count }
    return bytes[position..<position + count]
  }

  private mutating func integer(_ size: Int) throws(KurError) -> Int {
    var value: UInt64 = 0
    for (index, byte) in try take(size).enumerated() { value |= UInt64(byte) << (8 * index) }
    guard let value = Int(exactly: value) else { throw problem("a length beyond all memory") }
    return value
  }

  private mutating func line() throws(KurError) -> String {
    String(decoding: try lineBytes(), as: UTF8.self)
  }

  private mutating func lineBytes() throws(KurError) -> ArraySlice<UInt8> {
    guard let end = bytes[position...].firstIndex(of: 0x0a) else {
      throw problem("the pickle is cut short")
    }
    defer { position = end + 1 }
    return bytes[position..<end]
  }

  private mutating func pop() throws(KurError) -> Item {
    guard let item = stack.popLast() else { throw problem("nothing on the stack") }
    return item
  }

  private mutating func popToMark() throws(KurError) -> [Item] {
    guard
      let mark = stack.lastIndex(where: { if case .mark = $0 { true } else { false } })
    else { throw problem("no mark on the stack") }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[(mark + 1)...])
  }

  // MARK: - The machine

  private mutating func run() throws(KurError) -> Item {
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
  private mutating func pushed(_ code: UInt8) throws(KurError) -> Bool {
    switch code {
    case 0x80: _ = try take(1)
    case 0x95: _ = try take(8)
    case UInt8(ascii: "N"): stack.append(.value(.none))
    case 0x88: stack.append(.value(.bool(true)))
    case 0x89: stack.append(.value(.bool(false)))
    case UInt8(ascii: "J"):
      stack.append(.value(.int(Int(Int32(truncatingIfNeeded: try integer(4))))))
    case UInt8(ascii: "K"): stack.append(.value(.int(try integer(1))))
    case UInt8(ascii: "M"): stack.append(.value(.int(try integer(2))))
    case 0x8a: stack.append(.value(.int(try longInteger(try integer(1)))))
    case 0x8b: stack.append(.value(.int(try longInteger(try integer(4)))))
    case UInt8(ascii: "I"), UInt8(ascii: "L"): stack.append(.value(try spelledInteger()))
    case UInt8(ascii: "F"):
      guard let number = Double(try line()) else { throw problem("no number") }
      stack.append(.value(.float(number)))
    case UInt8(ascii: "G"):
      let bits = try take(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      stack.append(.value(.float(Double(bitPattern: bits))))
    case UInt8(ascii: "V"):
      let line = try lineBytes().map { Character(Unicode.Scalar($0)) }
      stack.append(.value(.string(Self.unescaped(String(line)))))
    case 0x8c: stack.append(.value(.string(try text(try integer(1)))))
    case UInt8(ascii: "X"): stack.append(.value(.string(try text(try integer(4)))))
    case 0x8d: stack.append(.value(.string(try text(try integer(8)))))
    case UInt8(ascii: "S"): stack.append(.bytes(try quoted(try line())))
    case UInt8(ascii: "U"), UInt8(ascii: "C"): stack.append(.bytes(Array(try take(try integer(1)))))
    case UInt8(ascii: "T"), UInt8(ascii: "B"): stack.append(.bytes(Array(try take(try integer(4)))))
    case 0x8e: stack.append(.bytes(Array(try take(try integer(8)))))
    default: return false
    }
    return true
  }

  private mutating func text(_ count: Int) throws(KurError) -> String {
    String(decoding: try take(count), as: UTF8.self)
  }

  private mutating func longInteger(_ size: Int) throws(KurError) -> Int {
    guard size <= 8 else { throw problem("an integer of \(size) bytes, expected 8 at most") }
    let bytes = try take(size)
    let isNegative = (bytes.last ?? 0) & 0x80 != 0
    var value: UInt64 = isNegative ? .max : 0
    for byte in bytes.reversed() { value = value << 8 | UInt64(byte) }
    return Int(truncatingIfNeeded: value)
  }

  private mutating func spelledInteger() throws(KurError) -> PythonValue {
    let text = try line()
    switch text {
    case "00": return .bool(false)
    case "01": return .bool(true)
    default:
      guard let value = Int(text.hasSuffix("L") ? String(text.dropLast()) : text) else {
        throw problem("\(text), expected an integer of 64 bits")
      }
      return .int(value)
    }
  }

  /// `\uXXXX` and `\UXXXXXXXX` as the letters that they encode.
  private static func unescaped(_ text: String) -> String {
    text.replacing(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/) { match in
      let digits = match.1 ?? match.2 ?? ""
      return UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init).map { String($0) } ?? ""
    }
  }

  /// The bytes of a Python text between quotation marks.
  private func quoted(_ text: String) throws(KurError) -> [UInt8] {
    guard case .string(let content)? = try? PythonLiteral.value(of: text) else {
      throw problem("\(text), expected a text between quotation marks")
    }
    return content.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
  }

  /// Makes lists, tuples and mappings of what is on the stack, if `code` says so.
  private mutating func collected(_ code: UInt8) throws(KurError) -> Bool {
    switch code {
    case UInt8(ascii: "("): stack.append(.mark)
    case UInt8(ascii: "0"): _ = try pop()
    case UInt8(ascii: "1"): _ = try popToMark()
    case UInt8(ascii: "2"):
      let item = try pop()
      stack += [item, item]
    case UInt8(ascii: "]"): stack.append(.list(Box([])))
    case UInt8(ascii: "l"): stack.append(.list(Box(try popToMark())))
    case UInt8(ascii: ")"): stack.append(.tuple([]))
    case UInt8(ascii: "t"): stack.append(.tuple(try popToMark()))
    case 0x85...0x87:
      var items: [Item] = []
      for _ in 0x85...code { items.insert(try pop(), at: 0) }
      stack.append(.tuple(items))
    case UInt8(ascii: "}"): stack.append(.dictionary(Box([])))
    case UInt8(ascii: "d"):
      let items = try popToMark()
      stack.append(.dictionary(Box(try pairs(items))))
    case UInt8(ascii: "a"):
      let item = try pop()
      try append([item])
    case UInt8(ascii: "e"):
      let items = try popToMark()
      try append(items)
    case UInt8(ascii: "s"):
      let value = try pop()
      let key = try pop()
      try insert([(key, value)])
    case UInt8(ascii: "u"):
      let items = try popToMark()
      try insert(try pairs(items))
    default: return false
    }
    return true
  }

  private func pairs(_ items: [Item]) throws(KurError) -> [(key: Item, value: Item)] {
    guard items.count % 2 == 0 else { throw problem("a key without its value") }
    return stride(from: 0, to: items.count, by: 2).map { (items[$0], items[$0 + 1]) }
  }

  private func append(_ items: [Item]) throws(KurError) {
    guard case .list(let box)? = stack.last else { throw problem("no list to append to") }
    box.content += items
  }

  private func insert(_ pairs: [(key: Item, value: Item)]) throws(KurError) {
    guard case .dictionary(let box)? = stack.last else { throw problem("no mapping to add to") }
    box.content += pairs
  }

  /// Remembers or recalls an object, if `code` says so.
  private mutating func remembered(_ code: UInt8) throws(KurError) -> Bool {
    let number: Int
    switch code {
    case UInt8(ascii: "p"), UInt8(ascii: "g"):
      guard let spelled = Int(try line()) else { throw problem("no number of memory") }
      number = spelled
    case UInt8(ascii: "q"), UInt8(ascii: "h"): number = try integer(1)
    case UInt8(ascii: "r"), UInt8(ascii: "j"): number = try integer(4)
    case 0x94: number = memory.count
    default: return false
    }
    if [UInt8(ascii: "g"), UInt8(ascii: "h"), UInt8(ascii: "j")].contains(code) {
      guard let item = memory[number] else { throw problem("nothing remembered as \(number)") }
      stack.append(item)
    } else {
      guard let item = stack.last else { throw problem("nothing on the stack") }
      memory[number] = item
    }
    return true
  }

  // MARK: - What would be called

  private mutating func call(_ code: UInt8) throws(KurError) {
    switch code {
    case UInt8(ascii: "c"):
      let module = try line()
      stack.append(.name("\(module).\(try line())"))
    case 0x93:
      let name = try pop()
      guard case .value(.string(let name)) = name,
        case .value(.string(let module)) = try pop()
      else { throw problem("a name that is no text") }
      stack.append(.name("\(module).\(name)"))
    case UInt8(ascii: "R"), 0x81:
      let arguments = try pop()
      let function = try pop()
      guard case .tuple(let arguments) = arguments, case .name(let name) = function else {
        throw problem("a call of what is no name")
      }
      stack.append(try result(of: name, arguments))
    case UInt8(ascii: "b"):
      let state = try pop()
      guard let object = stack.last else { throw problem("nothing on the stack") }
      try PickledArray.build(object, state, self)
    default:
      throw problem(
        "the instruction 0x\(String(code, radix: 16)), expected those for numbers, texts, lists, "
          + "mappings and NumPy arrays")
    }
  }

  /// What the functions make that NumPy writes into pickles.
  private func result(of name: String, _ arguments: [Item]) throws(KurError) -> Item {
    switch name {
    case "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct":
      return .array(Box(PickledArray()))
    case "numpy.dtype":
      guard let code = arguments.first.flatMap(Self.text) else { throw problem("no type") }
      return .element(try PickledElement(code, self))
    case "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar":
      guard arguments.count == 2, case .element(let element) = arguments[0],
        let bytes = Self.bytes(arguments[1])
      else { throw problem("no number") }
      return .value(try element.scalar(bytes, self))
    case "_codecs.encode":
      guard let text = arguments.first.flatMap(Self.text) else { throw problem("no text") }
      return .bytes(text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })
    case "collections.OrderedDict": return .dictionary(Box([]))
    default:
      throw problem(
        "\(name) would be called, expected data alone: a pickle with code is not opened here. "
          + "Save the arrays with numpy.savez()")
    }
  }

  static func text(_ item: Item) -> String? {
    switch item {
    case .value(.string(let text)): text
    case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
    default: nil
    }
  }

  static func bytes(_ item: Item) -> [UInt8]? {
    switch item {
    case .bytes(let bytes): bytes
    case .value(.string(let text)):
      text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
    default: nil
    }
  }
}
