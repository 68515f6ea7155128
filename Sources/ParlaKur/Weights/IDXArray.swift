package import Foundation
import ParlaFiles

/// An array in the IDX format of the MNIST data: Kur's weights (`.kur`), the columns of its logs, and images.
///
/// Format: LeCun, Cortes and Burges, "The MNIST database": two zero bytes, the element's type, the number of axes, their lengths, the
/// numbers, all big-endian. Files may be compressed by gzip.
package struct IDXArray: Sendable, Equatable {
  /// Length of each axis, outermost first.
  package let shape: [Int]

  /// The numbers, the last axis fastest.
  package let values: [Double]

  /// Whether they are integers, written as such.
  package let isInteger: Bool

  /// An array of floating-point numbers.
  package init(shape: [Int], values: [Float]) {
    self.init(shape: shape, values: values.map(Double.init), isInteger: false)
  }

  /// An array of numbers; integers are written with 32 bits, others as 32-bit floats, as Kur does.
  package init(shape: [Int], values: [Double], isInteger: Bool) {
    precondition(values.count == shape.reduce(1, *), "as many values as the shape says")
    (self.shape, self.values, self.isInteger) = (shape, values, isInteger)
  }

  /// The numbers as 32-bit floats.
  package var floats: [Float] { values.map { Float($0) } }

  /// Reads the file at `path`.
  ///
  /// - Throws: `KurError.file`, `.badFile`.
  package init(path: String) throws(KurError) {
    var data: Data
    do { data = try FileContent.ofFile(path) } catch { throw .file(error) }
    if case .gzip? = Compression(magic: data) {
      do { data = try Decompressor.unpacked(data, .gzip, limit: 1 << 32) } catch {
        throw .badFile(
          path: path, found: "gzip data that \(error.reason)", expected: "a whole file")
      }
    }
    try self.init(data: data, path: path)
  }

  /// Reads `data`; `path` is for messages.
  ///
  /// - Throws: `KurError.badFile`.
  package init(data: Data, path: String) throws(KurError) {
    let bytes = [UInt8](data)
    guard bytes.count >= 4, bytes[0] == 0, bytes[1] == 0 else {
      throw .badFile(path: path, found: "other content", expected: "an IDX file, as Kur writes")
    }
    guard let element = Element(rawValue: bytes[2]) else {
      throw .badFile(
        path: path, found: "numbers of type 0x\(String(bytes[2], radix: 16))",
        expected: "0x08, 0x09, 0x0b, 0x0c, 0x0d or 0x0e")
    }
    let start = 4 + 4 * Int(bytes[3])
    guard bytes.count >= start else {
      throw .badFile(path: path, found: "a file cut short", expected: "\(bytes[3]) axes")
    }
    var shape: [Int] = []
    var count = 1
    for axis in 0..<Int(bytes[3]) {
      shape.append(Int(Self.bits(bytes, 4 + 4 * axis, 4)))
      let (product, overflow) = count.multipliedReportingOverflow(by: shape[axis])
      guard !overflow, product <= bytes.count else {
        throw .badFile(
          path: path, found: "\(bytes.count) bytes", expected: "as many as shape \(shape) has")
      }
      count = product
    }
    guard bytes.count == start + count * element.size else {
      throw .badFile(
        path: path, found: "\(bytes.count - start) bytes of numbers",
        expected: "\(count * element.size) for shape \(shape)")
    }
    self.init(
      shape: shape,
      values: (0..<count).map {
        element.value(Self.bits(bytes, start + $0 * element.size, element.size))
      },
      isInteger: element.isInteger)
  }

  private static func bits(_ bytes: [UInt8], _ start: Int, _ size: Int) -> UInt64 {
    bytes[start..<start + size].reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The array as a file.
  package var encoded: Data {
    var data = Data([0, 0, isInteger ? Element.int32.rawValue : Element.float32.rawValue])
    data.append(UInt8(shape.count))
    for length in shape { data.append(bigEndian: UInt32(length)) }
    data.reserveCapacity(data.count + 4 * values.count)
    for value in values {
      data.append(
        bigEndian: isInteger
          ? UInt32(bitPattern: Int32(clamping: Int(value))) : Float(value).bitPattern)
    }
    return data
  }

  /// Writes the array to `path`, whole or not at all.
  ///
  /// - Throws: `KurError.file`.
  package func write(to path: String) throws(KurError) {
    do { try AtomicFile.write(encoded, to: path) } catch { throw .file(error) }
  }

  private enum Element: UInt8 {
    case uint8 = 0x08
    case int8 = 0x09
    case int16 = 0x0b
    case int32 = 0x0c
    case float32 = 0x0d
    case float64 = 0x0e

    var size: Int {
      switch self {
      case .uint8, .int8: 1
      case .int16: 2
      case .int32, .float32: 4
      case .float64: 8
      }
    }

    var isInteger: Bool { self != .float32 && self != .float64 }

    func value(_ bits: UInt64) -> Double {
      switch self {
      case .uint8: Double(bits)
      case .int8: Double(Int8(truncatingIfNeeded: bits))
      case .int16: Double(Int16(truncatingIfNeeded: bits))
      case .int32: Double(Int32(truncatingIfNeeded: bits))
      case .float32: Double(Float(bitPattern: UInt32(bits)))
      case .float64: Double(bitPattern: bits)
      }
    }
  }
}

extension Data {
  fileprivate mutating func append(bigEndian number: UInt32) {
    for shift in [24, 16, 8, 0] as [UInt32] { append(UInt8(truncatingIfNeeded: number >> shift)) }
  }
}
