/// Reads pickles of protocols 0 to 5.
///
/// Format: `Lib/pickletools.py` of CPython. A pickle is a program for a small machine with a stack and a memory, and most of its
/// power is to call whatever it names. This reader calls nothing: who uses it says which names stand for data, and as what.
///
/// What a pickle may hold is bounded here: `mostValues`, `deepest` and `sizeLimit`.
package struct PickleReader {
  /// More values than this are not read.
  static let mostValues = 1 << 26

  /// How many containers may lie within each other.
  static let deepest = 100

  /// The longest name of a class or function, with its module.
  static let longestName = 1000

  let bytes: [UInt8]
  var position: Int
  var stack: [PickleItem] = []
  /// Where on the stack the marks are.
  var marks: [Int] = []
  var memory: [Int: PickleItem] = [:]
  /// All containers, which refer to each other by their place here.
  ///
  /// So those that contain each other, or themselves, are released like any others, however many they are.
  var nodes: [PickleNode] = []
  let makers: [String: PickleMaker]
  let hasReferences: Bool
  private var valueCount = 0
  private var copiedSize = 0

  /// The value that `bytes` hold from `start` on.
  ///
  /// `makers` are the names that may stand where something would be called; `hasReferences` says whether values may be stored elsewhere.
  /// - Throws: `PickleFault`.
  package static func value(
    in bytes: [UInt8], from start: Int = 0, makers: [String: PickleMaker] = PickleMaker.python,
    hasReferences: Bool = false
  ) throws(PickleFault) -> PickleValue {
    var reader = PickleReader(
      bytes: bytes, position: min(start, bytes.count), makers: makers, hasReferences: hasReferences)
    let root = try reader.run()
    return try reader.tree(root)
  }

  private init(
    bytes: [UInt8], position: Int, makers: [String: PickleMaker], hasReferences: Bool
  ) {
    self.bytes = bytes
    self.position = position
    self.makers = makers
    self.hasReferences = hasReferences
  }

  func problem(_ text: String) -> PickleFault { .damaged(byte: position, problem: text) }

  private mutating func run() throws(PickleFault) -> PickleItem {
    while true {
      let code = try byte()
      if code == UInt8(ascii: ".") { return try pop() }
      if try constant(code) { continue }
      if try container(code) { continue }
      if try remembered(code) { continue }
      try call(code)
    }
  }

  // MARK: - Bounds

  /// How large all values may be together, in values and bytes, where what is shared counts each time: a pickle of a few bytes
  /// may say a list of ten equal lists of ten equal lists, and so on.
  var sizeLimit: Int { 1 << 24 + 16 * bytes.count }

  /// Counts values and bytes that the pickle does not spell out but makes of others.
  mutating func spend(_ size: Int) throws(PickleFault) {
    copiedSize += size
    guard copiedSize <= sizeLimit else { throw problem("more values than memory should hold") }
  }

  // MARK: - Bytes

  mutating func byte() throws(PickleFault) -> UInt8 {
    guard position < bytes.count else { throw problem("the pickle is cut short") }
    defer { position += 1 }
    return bytes[position]
  }

  mutating func take(_ count: Int) throws(PickleFault) -> ArraySlice<UInt8> {
    guard count >= 0, count <= bytes.count - position else {
      throw problem("the pickle is cut short")
    }
    defer { position += count }
    return bytes[position..<position + count]
  }

  /// A number without sign, of which the lowest byte comes first.
  mutating func integer(_ size: Int) throws(PickleFault) -> Int {
    var value: UInt64 = 0
    for (index, byte) in try take(size).enumerated() { value |= UInt64(byte) << (8 * index) }
    guard let value = Int(exactly: value) else { throw problem("a length beyond all memory") }
    return value
  }

  /// The bytes up to the end of the line.
  mutating func line() throws(PickleFault) -> ArraySlice<UInt8> {
    guard let end = bytes[position...].firstIndex(of: 0x0a) else {
      throw problem("the pickle is cut short")
    }
    defer { position = end + 1 }
    return bytes[position..<end]
  }

  mutating func lineText() throws(PickleFault) -> String {
    String(decoding: try line(), as: UTF8.self)
  }

  // MARK: - The stack

  mutating func push(_ item: PickleItem) throws(PickleFault) {
    valueCount += 1
    guard valueCount <= Self.mostValues else {
      throw problem("more than \(Self.mostValues) values")
    }
    stack.append(item)
  }

  /// The last value on the stack after the last mark.
  var top: PickleItem? { stack.count > (marks.last ?? 0) ? stack.last : nil }

  mutating func pop() throws(PickleFault) -> PickleItem {
    guard top != nil else { throw problem("nothing on the stack") }
    return stack.removeLast()
  }

  mutating func popToMark() throws(PickleFault) -> [PickleItem] {
    guard let mark = marks.popLast() else { throw problem("no mark on the stack") }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }
}

/// A value on the stack of the machine that reads pickles.
enum PickleItem {
  /// What contains nothing.
  case leaf(PickleValue)
  /// The place of a container.
  case node(Int)
}

/// A container while the pickle is read: only what lies in it, so that others may still change that.
struct PickleNode {
  enum Kind {
    case tuple
    case list
    /// Keys and values alternate.
    case dictionary
    case object(name: String)
    case reference
  }

  let kind: Kind
  var items: [PickleItem]
  var state: PickleItem?
  /// How many containers lie within each other here, at least: what was put into one of them later is not counted.
  var height: Int
}
