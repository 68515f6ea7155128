import ParlaFiles
package import ParlaNeuralNetwork
package import ParlaPlatform

/// The bytes of a model file of another toolkit, mapped into memory: what is not looked at is not read from the disk.
///
/// Every access is held against the file's size, so that a damaged file gives an error and never a wrong address.
package struct ModelBytes: Sendable {
  /// Where the file is, for messages.
  package let path: String

  private let memory: FixedMemory

  /// Maps the file at `path`.
  ///
  /// - Throws: `ModelError.unreadable`.
  package init(path: String) throws(ModelError) {
    self.path = path
    do { memory = try FixedMemory(mapping: path) } catch {
      throw .unreadable(path: path, reason: error.reason)
    }
  }

  /// Takes a copy of `data`; `path` is for messages.
  package init(_ data: Data, path: String) {
    self.path = path
    memory = FixedMemory(data)
  }

  /// How many bytes there are.
  package var count: Int { memory.count }

  /// A copy of the bytes in `range`.
  ///
  /// - Throws: `ModelError.cutOff`.
  package func data(_ range: Range<Int>) throws(ModelError) -> Data {
    try check(range)
    return unsafe Data(bytes: memory.pointer + range.lowerBound, count: range.count)
  }

  /// The little-endian integer at `offset`.
  ///
  /// - Throws: `ModelError.cutOff`.
  package func integer<Integer: FixedWidthInteger>(
    _ type: Integer.Type = Integer.self, at offset: Int
  ) throws(ModelError) -> Integer {
    let size = Integer.bitWidth / 8
    let (end, overflow) = offset.addingReportingOverflow(size)
    guard offset >= 0, !overflow, end <= count else {
      throw .cutOff(path: path, found: count, expected: overflow ? .max : end)
    }
    return unsafe Integer(
      littleEndian: (memory.pointer + offset).loadUnaligned(as: Integer.self))
  }

  /// The byte at `offset`, which is within the file.
  package subscript(offset: Int) -> UInt8 {
    precondition(offset >= 0 && offset < count, "offset within the file")
    return unsafe memory.pointer.load(fromByteOffset: offset, as: UInt8.self)
  }

  /// Copies `count` little-endian numbers that start at `offset` and are within the file.
  package func copyFloats(at offset: Int, count: Int, to target: UnsafeMutablePointer<Float>) {
    precondition(offset >= 0 && count >= 0 && offset + 4 * count <= self.count, "within the file")
    // Every machine that Swift runs on here is little-endian.
    unsafe UnsafeMutableRawPointer(target).copyMemory(
      from: memory.pointer + offset, byteCount: 4 * count)
  }

  /// Copies `count` bytes that start at `offset` and are within the file.
  package func copyBytes(at offset: Int, count: Int, to target: UnsafeMutableRawPointer) {
    precondition(offset >= 0 && count >= 0 && offset + count <= self.count, "within the file")
    unsafe target.copyMemory(from: memory.pointer + offset, byteCount: count)
  }

  /// Writes `count` signed bytes that start at `offset` and are within the file as numbers, times `scale`.
  package func copyScaledBytes(
    at offset: Int, count: Int, scale: Float, to target: UnsafeMutablePointer<Float>
  ) {
    precondition(offset >= 0 && count >= 0 && offset + count <= self.count, "within the file")
    let source = unsafe (memory.pointer + offset).assumingMemoryBound(to: Int8.self)
    for index in 0..<count { unsafe target[index] = Float(source[index]) * scale }
  }

  /// Runs `body` with each of `count` little-endian integers that start at `offset` and are within the file, and its number.
  package func forEachInteger<Integer: FixedWidthInteger>(
    _ type: Integer.Type, at offset: Int, count: Int, _ body: (Int, Integer) -> Void
  ) {
    let size = Integer.bitWidth / 8
    precondition(
      offset >= 0 && count >= 0 && offset + size * count <= self.count, "within the file")
    for index in 0..<count {
      let start = unsafe memory.pointer + offset + size * index
      body(index, unsafe Integer(littleEndian: start.loadUnaligned(as: type)))
    }
  }

  /// Runs `body` with the bytes in `range`.
  ///
  /// - Throws: `ModelError.cutOff`.
  package func withBytes<Result>(
    _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) -> Result
  ) throws(ModelError) -> Result {
    try check(range)
    return unsafe body(
      UnsafeRawBufferPointer(start: memory.pointer + range.lowerBound, count: range.count))
  }

  /// The memory from `offset` on, which lives as long as what is returned.
  package func weightMemory(at offset: Int) -> WeightMemory {
    precondition(offset >= 0 && offset <= count, "offset within the file")
    return unsafe WeightMemory(memory.pointer + offset, owner: memory)
  }

  /// Says that the bytes in `range` will not be needed soon: their memory can go to something else.
  package func release(_ range: Range<Int>) { memory.release(range) }

  /// Makes sure that `range` is within the file.
  ///
  /// - Throws: `ModelError.cutOff`.
  package func check(_ range: Range<Int>) throws(ModelError) {
    guard range.lowerBound >= 0, range.upperBound <= count else {
      throw .cutOff(path: path, found: count, expected: range.upperBound)
    }
  }
}
