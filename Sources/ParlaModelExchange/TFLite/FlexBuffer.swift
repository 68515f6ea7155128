import Foundation

/// The options of TensorFlow Lite's custom operations: a map of names to numbers as a FlexBuffer.
///
/// Format: google/flatbuffers, "FlexBuffers": the keys' texts, a vector of distances back to them, sorted by key, a vector
/// of values in four bytes each with their types after it, and at the end where that vector is.
enum FlexBuffer {
  /// A number, with the type that FlexBuffers give it.
  enum Value {
    case int(Int)
    case float(Float)
    case bool(Bool)

    fileprivate var bits: UInt32 {
      switch self {
      case .int(let number): UInt32(truncatingIfNeeded: number)
      case .float(let number): number.bitPattern
      case .bool(let flag): flag ? 1 : 0
      }
    }

    /// The type is in the upper six bits; 2 in the lower ones means four bytes.
    fileprivate var type: UInt8 {
      switch self {
      case .int: 1 << 2 | 2
      case .float: 3 << 2 | 2
      case .bool: 26 << 2 | 2
      }
    }
  }

  /// The map as a FlexBuffer; its keys take fewer than 200 bytes.
  static func map(_ values: [String: Value]) -> Data {
    let sorted = values.sorted { $0.key < $1.key }
    var bytes = Data()
    var places: [Int] = []
    for (key, _) in sorted {
      places.append(bytes.count)
      bytes += Data(key.utf8) + [0]
    }
    bytes.append(UInt8(sorted.count))
    let keys = bytes.count
    for place in places { bytes.append(UInt8(bytes.count - place)) }
    bytes += Data(count: (4 - bytes.count % 4) % 4)
    func append(_ number: UInt32) {
      for shift in [UInt32(0), 8, 16, 24] {
        bytes.append(UInt8(truncatingIfNeeded: number >> shift))
      }
    }
    append(UInt32(bytes.count - keys))
    append(1)  // bytes for each distance to a key
    append(UInt32(sorted.count))
    let start = bytes.count
    for (_, value) in sorted { append(value.bits) }
    for (_, value) in sorted { bytes.append(value.type) }
    bytes += [UInt8(bytes.count - start), 9 << 2 | 2, 1]
    return bytes
  }
}
