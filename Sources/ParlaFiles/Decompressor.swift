import CCompression
package import ParlaPlatform

/// The compressions that are unpacked.
package enum Compression: Sendable {
  case gzip, bzip2, xz
  /// The stream of zip archives, without a header of its own.
  case deflate

  /// The compression of a file that begins with `data`.
  package init?(magic data: Data) {
    if data.starts(with: [0x1f, 0x8b]) {
      self = .gzip
    } else if data.starts(with: [0x42, 0x5a, 0x68]) {
      self = .bzip2
    } else if data.starts(with: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]) {
      self = .xz
    } else {
      return nil
    }
  }

  /// What people call it.
  package var name: String {
    switch self {
    case .gzip: "gzip"
    case .bzip2: "bzip2"
    case .xz: "xz"
    case .deflate: "deflate"
    }
  }

  fileprivate var code: parla_compression {
    switch self {
    case .gzip: PARLA_GZIP
    case .bzip2: PARLA_BZIP2
    case .xz: PARLA_XZ
    case .deflate: PARLA_DEFLATE
    }
  }
}

/// The C libraries' state for one compressed file.
@safe package final class Decompressor {
  /// Why nothing more can be unpacked.
  package enum Problem: Error {
    case damaged, needsTooMuchMemory, endsTooEarly

    /// Completes `the gzip data …`.
    package var reason: String {
      switch self {
      case .damaged: "is damaged"
      case .needsTooMuchMemory: "wants more memory than is sane"
      case .endsTooEarly: "ends too early"
      }
    }
  }

  package let compression: Compression
  private let state: OpaquePointer
  private var output = [UInt8](repeating: 0, count: 1 << 18)

  /// Begins a file; nil where there is no memory for it.
  package init?(_ compression: Compression) {
    self.compression = compression
    guard let state = unsafe parla_decompressor_create(compression.code) else { return nil }
    unsafe self.state = state
  }

  deinit { unsafe parla_decompressor_destroy(state) }

  /// Unpacks from the front of `input`; says how much of it was used and whether a member ended there.
  package func step(_ input: Data) throws(Problem) -> (data: Data, used: Int, isWhole: Bool) {
    let (status, made, used) = unsafe output.withUnsafeMutableBytes { buffer in
      unsafe call(input, buffer)
    }
    return (Data(output[..<made]), used, try Self.isEnd(status))
  }

  /// The same into `buffer`; says how many bytes are there.
  package func step(
    _ input: Data, into buffer: UnsafeMutableRawBufferPointer
  ) throws(Problem) -> (made: Int, used: Int, isWhole: Bool) {
    let (status, made, used) = unsafe call(input, buffer)
    return (made, used, try Self.isEnd(status))
  }

  private func call(
    _ input: Data, _ buffer: UnsafeMutableRawBufferPointer
  ) -> (status: parla_decompressor_status, made: Int, used: Int) {
    var used = 0
    var made = 0
    let status = unsafe input.withUnsafeBytes { bytes in
      unsafe parla_decompressor_step(
        state, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, &used,
        buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), buffer.count, &made)
    }
    return (status, made, used)
  }

  private static func isEnd(_ status: parla_decompressor_status) throws(Problem) -> Bool {
    switch status {
    case PARLA_DECOMPRESSOR_OK: return false
    case PARLA_DECOMPRESSOR_END: return true
    case PARLA_DECOMPRESSOR_OUT_OF_MEMORY: throw .needsTooMuchMemory
    default: throw .damaged
    }
  }

  /// All that `data` holds, at most `limit` bytes.
  package static func unpacked(
    _ data: Data, _ compression: Compression, limit: Int
  ) throws(Problem) -> Data {
    guard let decompressor = Decompressor(compression) else { throw .needsTooMuchMemory }
    var result = Data()
    var rest = data
    while true {
      let (more, used, isWhole) = try decompressor.step(rest)
      result.append(more)
      rest = rest.dropFirst(used)
      guard result.count <= limit else { throw .needsTooMuchMemory }
      if isWhole && (rest.isEmpty || compression == .deflate) { return result }
      if used == 0 && more.isEmpty { throw .endsTooEarly }
    }
  }
}

/// The checksum of zip archives and gzip files: CRC-32 of IEEE 802.3.
package func crc32(of data: Data) -> UInt32 {
  unsafe data.withUnsafeBytes { bytes in
    unsafe parla_crc32(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
  }
}
