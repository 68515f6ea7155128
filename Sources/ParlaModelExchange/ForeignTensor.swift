import ParlaAcousticModel
import ParlaFiles
import ParlaNeuralNetwork

/// A tensor in a model file of another toolkit, read on demand.
struct ForeignTensor: Sendable {
  /// Where the numbers are and what they are.
  enum Numbers: Sendable {
    /// Little-endian float32, one after another, from `offset`.
    case float32(offset: Int)
    /// Other floats from `offset`.
    case float16(offset: Int)
    case bfloat16(offset: Int)
    case float64(offset: Int)
    /// Signed bytes from `offset`; a number is its byte times its row's scale, or the only one.
    case int8(offset: Int, scales: [Float])
    /// Read already.
    case values([Float])
  }

  /// Length of each axis, outermost first.
  let shape: [Int]
  let numbers: Numbers
  let bytes: ModelBytes

  /// Describes a tensor in `bytes`, all of which is within the file.
  ///
  /// - Throws: `ModelError.cutOff`, `.damaged` for a shape that no file can hold.
  init(name: String, shape: [Int], numbers: Numbers, bytes: ModelBytes) throws(ModelError) {
    guard let count = ArrayShape.elementCount(shape) else {
      throw .damaged(path: bytes.path, reason: "\(name) has shape \(shape)")
    }
    switch numbers {
    case .float32(let offset): try bytes.check(offset..<offset + 4 * count)
    case .float16(let offset), .bfloat16(let offset):
      try bytes.check(offset..<offset + 2 * count)
    case .float64(let offset): try bytes.check(offset..<offset + 8 * count)
    case .int8(let offset, let scales):
      try bytes.check(offset..<offset + count)
      guard scales.count == 1 || scales.count == shape.first else {
        throw .damaged(
          path: bytes.path, reason: "\(name) of shape \(shape) has \(scales.count) scales")
      }
    case .values(let values):
      guard values.count == count else {
        throw .damaged(
          path: bytes.path, reason: "\(name) of shape \(shape) has \(values.count) numbers")
      }
    }
    self.shape = shape
    self.numbers = numbers
    self.bytes = bytes
  }

  /// How many numbers there are.
  var count: Int { shape.reduce(1, *) }

  /// How many numbers a row has.
  var columnCount: Int { shape.last ?? 1 }

  /// How many rows there are, all axes but the innermost.
  var rowCount: Int { shape.dropLast().reduce(1, *) }

  /// The numbers, unchanged.
  func values() -> [Float] {
    unsafe [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let target = buffer.baseAddress { unsafe copyRows(0..<rowCount, to: target) }
      initialized = count
    }
  }

  /// Copies some rows to `target`, and lets go of their bytes in the file.
  func copyRows(_ rows: Range<Int>, to target: UnsafeMutablePointer<Float>) {
    let (start, length) = (rows.lowerBound * columnCount, rows.count * columnCount)
    switch numbers {
    case .float32(let offset):
      unsafe bytes.copyFloats(at: offset + 4 * start, count: length, to: target)
      bytes.release(offset + 4 * start..<offset + 4 * (start + length))
    case .float16(let offset):
      unsafe copy(UInt16.self, from: offset, start, length, to: target) { Float(half: $0) }
    case .bfloat16(let offset):
      unsafe copy(UInt16.self, from: offset, start, length, to: target) {
        Float(bitPattern: UInt32($0) << 16)
      }
    case .float64(let offset):
      unsafe copy(UInt64.self, from: offset, start, length, to: target) {
        Float(Double(bitPattern: $0))
      }
    case .int8(let offset, let scales):
      for (index, row) in rows.enumerated() {
        unsafe bytes.copyScaledBytes(
          at: offset + row * columnCount, count: columnCount,
          scale: scales.count == 1 ? scales[0] : scales[row], to: target + index * columnCount)
      }
      bytes.release(offset + start..<offset + start + length)
    case .values(let values):
      for index in 0..<length { unsafe target[index] = values[start + index] }
    }
  }

  /// Copies `length` numbers from number `start` on, each as `value` makes it of its bits.
  private func copy<Bits: FixedWidthInteger>(
    _ type: Bits.Type, from offset: Int, _ start: Int, _ length: Int,
    to target: UnsafeMutablePointer<Float>, _ value: (Bits) -> Float
  ) {
    let size = Bits.bitWidth / 8
    let first = offset + size * start
    bytes.forEachInteger(type, at: first, count: length) { unsafe target[$0] = value($1) }
    bytes.release(first..<first + size * length)
  }

  /// Runs `body` with a few rows at a time: their indices, and their numbers row after row.
  func forEachBlock(
    rowCount blockLength: Int = 16, _ body: (Range<Int>, UnsafePointer<Float>) -> Void
  ) {
    var block = Tensor(unwritten: [blockLength, columnCount])
    let target = unsafe block.mutablePointer
    for start in stride(from: 0, to: rowCount, by: blockLength) {
      let rows = start..<min(start + blockLength, rowCount)
      unsafe copyRows(rows, to: target)
      unsafe body(rows, UnsafePointer(target))
    }
  }
}
