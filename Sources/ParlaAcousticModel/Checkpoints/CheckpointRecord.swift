import ParlaFiles
import ParlaNeuralNetwork
import ParlaPlatform

/// The JSON next to the weights of a checkpoint.
struct CheckpointRecord<State: Codable & Sendable>: Codable {
  let step: Int
  /// Bytes of the weights' file.
  let size: Int
  let checksum: String
  let state: State

  init(step: Int, size: Int, checksum: String, state: State) {
    self.step = step
    self.size = size
    self.checksum = checksum
    self.state = state
  }

  init(path: String) throws(ModelError) {
    let data: Data
    do { data = try FileContent.ofFile(path) } catch {
      throw .unreadable(path: path, reason: error.reason)
    }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let record = try? decoder.decode(Self.self, from: data) else {
      throw .damaged(
        path: path, reason: data.isEmpty ? "it is empty" : "it is no checkpoint's record")
    }
    self = record
  }

  func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    try AtomicFile.write(try encoder.encode(self), to: path)
  }
}

extension SafeTensors {
  /// A number that changes when any of the tensors' numbers does.
  package var checksum: String {
    var checksum = TensorChecksum()
    for (_, tensor) in tensors {
      unsafe checksum.add(UnsafeRawBufferPointer(start: tensor.pointer, count: 4 * tensor.count))
    }
    return checksum.text
  }

  /// The checksum of the file at `path`, which has `size` bytes and floats only, without a copy of it in memory.
  ///
  /// - Throws: `ModelError.unreadable`, `.notAModel`, `.cutOff`, `.damaged`.
  static func checksum(path: String, size: Int) throws(ModelError) -> String {
    let bytes = try ModelBytes(path: path)
    guard bytes.count == size else {
      throw .cutOff(path: path, found: bytes.count, expected: size)
    }
    let header = try SafeTensorsHeader(bytes)
    var checksum = TensorChecksum()
    for entry in header.entries {
      let end = header.length + entry.offset + entry.byteCount
      for start in stride(from: header.length + entry.offset, to: end, by: stretchLength) {
        let range = start..<min(start + stretchLength, end)
        try unsafe bytes.withBytes(range) { unsafe checksum.add($0) }
        bytes.release(range)
      }
    }
    return checksum.text
  }

  private static let stretchLength = 1 << 22
}

/// FNV-1a, 32 bits of a number at a time.
private struct TensorChecksum {
  private var hash: UInt64 = 0xcbf2_9ce4_8422_2325

  var text: String { String(hash, radix: 16) }

  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    for offset in stride(from: 0, to: bytes.count / 4 * 4, by: 4) {
      let number = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
      hash = (hash ^ UInt64(number)) &* 0x100_0000_01b3
    }
  }
}
