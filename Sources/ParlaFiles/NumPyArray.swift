public import ParlaPlatform

/// An array in NumPy's `.npy` format: how people bring their own probabilities and take features away.
///
/// Format: NumPy Enhancement Proposal 1 (`numpy/lib/format.py`), versions 1 to 3. Read are little-endian floats of 32 and 64
/// bits, integers and booleans, in C or Fortran order; written is float32 in C order.
public struct NumPyArray: Sendable, Equatable {
  /// Length of each axis, outermost first.
  public let shape: [Int]

  /// The numbers in C order.
  public let values: [Float]

  /// Makes an array of `shape` from its numbers in C order.
  public init(shape: [Int], values: [Float]) {
    precondition(values.count == shape.reduce(1, *), "as many values as the shape says")
    self.shape = shape
    self.values = values
  }

  /// Reads the `.npy` file at `path`.
  ///
  /// - Throws: `FileError.unreadable`, `FileError.notNumPy`.
  public init(path: String) throws(FileError) {
    try self.init(data: try FileContent.bytes(path), path: path)
  }

  /// Reads `data` in `.npy` format; `path` is for messages.
  ///
  /// - Throws: `FileError.notNumPy`.
  public init(data: Data, path: String) throws(FileError) {
    let header = try NumPyHeader(data: data, path: path)
    let count = header.shape.reduce(1, *)
    let bytes = [UInt8](data.dropFirst(header.length))
    guard bytes.count == count * header.element.size else {
      throw .notNumPy(
        path: path, found: "\(bytes.count) bytes of numbers",
        expected: "\(count * header.element.size) for shape \(header.shape)")
    }
    let values = (0..<count).map { header.element.value(bytes, $0) }
    self.init(
      shape: header.shape,
      values: header.isFortran ? ArrayShape.inCOrder(values, header.shape) : values)
  }

  /// Writes the array to `path`.
  ///
  /// - Throws: `FileError.unwritable`.
  public func write(to path: String) throws(FileError) {
    try AtomicFile.write(encoded, to: path)
  }

  /// The array in `.npy` format, version 1.
  public var encoded: Data {
    let axes = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(axes)), }"
    let unpadded = NumPyHeader.magic.count + 4 + header.utf8.count + 1
    header += String(repeating: " ", count: (64 - unpadded % 64) % 64) + "\n"
    var data = Data(NumPyHeader.magic + [1, 0])
    data.append(UInt8(header.utf8.count & 0xff))
    data.append(UInt8(header.utf8.count >> 8))
    data.append(contentsOf: header.utf8)
    data.reserveCapacity(data.count + 4 * values.count)
    for value in values {
      var bits = value.bitPattern
      for _ in 0..<4 {
        data.append(UInt8(truncatingIfNeeded: bits))
        bits >>= 8
      }
    }
    return data
  }
}

/// The header of a `.npy` file.
private struct NumPyHeader {
  static let magic: [UInt8] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]

  let shape: [Int]
  let element: NumPyElement
  let isFortran: Bool
  let length: Int

  init(data: Data, path: String) throws(FileError) {
    let bytes = [UInt8](data.prefix(1 << 16))
    guard bytes.count > 12, bytes.starts(with: Self.magic) else {
      throw .notNumPy(path: path, found: "other content", expected: "a NumPy .npy file")
    }
    let isFirstVersion = bytes[6] == 1
    let start = isFirstVersion ? 10 : 12
    let textLength =
      Int(bytes[8]) | Int(bytes[9]) << 8
      | (isFirstVersion ? 0 : Int(bytes[10]) << 16 | Int(bytes[11]) << 24)
    guard start + textLength <= bytes.count else {
      throw .notNumPy(path: path, found: "a header cut short", expected: "a whole NumPy file")
    }
    let text = String(decoding: bytes[start..<start + textLength], as: UTF8.self)
    length = start + textLength
    element = try Self.element(in: text, path: path)
    isFortran = text.contains("'fortran_order': True")
    shape = try Self.shape(in: text, path: path)
  }

  /// The text between `open` and `close` after a key of the header, a Python dictionary; nil if there is none.
  private static func value(
    of key: String, in text: String, from open: Character, to close: Character
  ) -> Substring? {
    guard let place = text.place(of: "'\(key)':") else { return nil }
    let rest = text[place.upperBound...].drop(while: \.isWhitespace)
    guard rest.first == open, let end = rest.dropFirst().firstIndex(of: close) else { return nil }
    return rest[..<end].dropFirst()
  }

  private static func element(in text: String, path: String) throws(FileError) -> NumPyElement {
    let name = value(of: "descr", in: text, from: "'", to: "'").map(String.init) ?? "no type"
    guard let element = NumPyElement(rawValue: name) else {
      throw .notNumPy(
        path: path, found: "numbers of type \(name)",
        expected: "little-endian floats of 32 or 64 bits, integers or booleans")
    }
    return element
  }

  private static func shape(in text: String, path: String) throws(FileError) -> [Int] {
    let written = value(of: "shape", in: text, from: "(", to: ")")
    let lengths = written?.split(separator: ",").map(\.trimmed).filter { !$0.isEmpty } ?? []
    let shape = lengths.compactMap { Int($0) }
    guard ArrayShape.elementCount(shape) != nil else {
      throw .notNumPy(path: path, found: "shape \(shape)", expected: "an array of sane size")
    }
    guard written != nil, shape.count == lengths.count else {
      throw .notNumPy(path: path, found: "no shape", expected: "a NumPy header with a shape")
    }
    return shape
  }
}

/// The element types that are read.
private enum NumPyElement: String {
  case float32 = "<f4"
  case float64 = "<f8"
  case bool = "|b1"
  case int8 = "|i1"
  case uint8 = "|u1"
  case int16 = "<i2"
  case uint16 = "<u2"
  case int32 = "<i4"
  case uint32 = "<u4"
  case int64 = "<i8"

  var size: Int {
    switch self {
    case .bool, .int8, .uint8: 1
    case .int16, .uint16: 2
    case .float32, .int32, .uint32: 4
    case .float64, .int64: 8
    }
  }

  func value(_ bytes: [UInt8], _ index: Int) -> Float {
    var bits: UInt64 = 0
    for offset in (0..<size).reversed() { bits = bits << 8 | UInt64(bytes[index * size + offset]) }
    return switch self {
    case .float32: Float(bitPattern: UInt32(bits))
    case .float64: Float(Double(bitPattern: bits))
    case .bool, .uint8, .uint16, .uint32: Float(bits)
    case .int8: Float(Int8(truncatingIfNeeded: bits))
    case .int16: Float(Int16(truncatingIfNeeded: bits))
    case .int32: Float(Int32(truncatingIfNeeded: bits))
    case .int64: Float(Int64(bitPattern: bits))
    }
  }
}
