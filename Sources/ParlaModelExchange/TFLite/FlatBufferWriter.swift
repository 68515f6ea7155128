import Foundation

/// What a FlatBuffer can hold, as far as models need it.
indirect enum FlatBufferValue {
  case int8(Int8)
  case int32(Int32)
  case float(Float)
  case string(String)
  case int32s([Int])
  case int64s([Int])
  case floats([Float])
  case bytes(Data)
  /// Fields by their index.
  case table([Int: FlatBufferValue])
  /// Tables or strings.
  case vector([FlatBufferValue])
  /// Bytes that come after everything else, so that they can be written a stretch at a time.
  case later(number: Int, byteCount: Int)
}

/// Lays out a FlatBuffer from its root onwards: whatever a table points to comes after it.
struct FlatBufferWriter {
  /// All but the bytes that come later.
  private(set) var bytes: Data

  /// The positions for the lengths of the bytes that follow later, and their number, by their index.
  private(set) var later: [Int: (place: Int, byteCount: Int)] = [:]

  /// Lays out `root`; `identifier` is the file's four letters.
  init(_ root: FlatBufferValue, identifier: String) {
    bytes = Data(count: 4) + Data(identifier.utf8)
    write(root, for: 0)
  }

  /// The positions of the bytes that follow later, in the order of their indices: lengths before them, aligned to 16 bytes.
  mutating func placeLater() -> [(start: Int, byteCount: Int)] {
    var end = bytes.count
    return later.sorted { $0.key < $1.key }.map { _, item in
      let start = (end + 4 + 15) / 16 * 16
      patch(item.place, with: start - 4 - item.place)
      end = start + item.byteCount
      return (start, item.byteCount)
    }
  }

  /// Writes `value` at the end and its distance into `place`, unless it is a number, which is written into `place` itself.
  private mutating func write(_ value: FlatBufferValue, for place: Int) {
    switch value {
    case .int8(let number): bytes[place] = UInt8(bitPattern: number)
    case .int32(let number): patch(place, with: Int(number))
    case .float(let number): patch(place, with: Int(Int32(bitPattern: number.bitPattern)))
    case .string(let text):
      startVector(count: text.utf8.count, alignment: 4, for: place)
      bytes += Data(text.utf8) + [0]
    case .int32s(let numbers):
      startVector(count: numbers.count, alignment: 4, for: place)
      for number in numbers { append(number, size: 4) }
    case .int64s(let numbers):
      startVector(count: numbers.count, alignment: 8, for: place)
      for number in numbers { append(number, size: 8) }
    case .floats(let numbers):
      startVector(count: numbers.count, alignment: 4, for: place)
      for number in numbers { append(Int(number.bitPattern), size: 4) }
    case .bytes(let data):
      startVector(count: data.count, alignment: 16, for: place)
      bytes += data
    case .vector(let elements):
      startVector(count: elements.count, alignment: 4, for: place)
      let start = bytes.count
      bytes += Data(count: 4 * elements.count)
      for (index, element) in elements.enumerated() { write(element, for: start + 4 * index) }
    case .table(let fields): write(fields, for: place)
    case .later(let number, let byteCount): later[number] = (place, byteCount)
    }
  }

  /// A vtable with the fields' places, then the table, whose fields have four bytes each.
  private mutating func write(_ fields: [Int: FlatBufferValue], for place: Int) {
    let slotCount = (fields.keys.max() ?? -1) + 1
    let vtableLength = 4 + 2 * slotCount
    align(4, before: vtableLength)
    let vtable = bytes.count
    append(vtableLength, size: 2)
    append(4 + 4 * fields.count, size: 2)
    let sorted = fields.sorted { $0.key < $1.key }
    for slot in 0..<slotCount {
      let index = sorted.firstIndex { $0.key == slot }
      append(index.map { 4 + 4 * $0 } ?? 0, size: 2)
    }
    let table = bytes.count
    append(table - vtable, size: 4)
    bytes += Data(count: 4 * sorted.count)
    patch(place, with: table - place)
    for (index, field) in sorted.enumerated() { write(field.value, for: table + 4 + 4 * index) }
  }

  private mutating func startVector(count: Int, alignment: Int, for place: Int) {
    align(alignment, before: 4)
    patch(place, with: bytes.count - place)
    append(count, size: 4)
  }

  /// Adds zeros until what follows `length` further bytes is aligned.
  private mutating func align(_ alignment: Int, before length: Int) {
    let rest = (bytes.count + length) % alignment
    if rest > 0 { bytes += Data(count: alignment - rest) }
  }

  private mutating func append(_ number: Int, size: Int) {
    for byte in 0..<size { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * byte))) }
  }

  private mutating func patch(_ place: Int, with number: Int) {
    for byte in 0..<4 { bytes[place + byte] = UInt8(truncatingIfNeeded: number >> (8 * byte)) }
  }
}
