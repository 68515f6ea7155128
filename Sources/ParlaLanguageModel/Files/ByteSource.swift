import CCompression
package import Foundation
import ParlaFiles

/// The bytes of a file or of standard input from front to back; gzip, bzip2 and xz are unpacked on the way.
///
/// What the bytes are is read from their first ones, not from the file's name.
package struct ByteSource: ~Copyable {
  package let path: String
  private let handle: FileHandle
  private let decompressor: Decompressor?
  private var packed: Data
  private var isAtEnd: Bool

  /// The size of the file, where it is a plain one: an upper bound for what a header may promise.
  package let plainSize: Int?

  /// Opens the file at `path`; `-` is standard input.
  package init(path: String) throws(LanguageModelError) {
    let handle = try Self.open(path)
    let first = try Self.read(handle, path: path)
    let compression = Compression(magic: first)
    decompressor = try compression.map { kind throws(LanguageModelError) in
      try Decompressor(kind, path: path)
    }
    self.path = path
    self.handle = handle
    packed = first
    isAtEnd = first.isEmpty
    plainSize = compression == nil ? Self.size(of: handle) : nil
  }

  private static func open(_ path: String) throws(LanguageModelError) -> FileHandle {
    if path == "-" { return .standardInput }
    let descriptor = unsafe Foundation.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unreadable(path: path, reason: systemReason(errno)) }
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  /// The next bytes, or nil at the end.
  package mutating func next() throws(LanguageModelError) -> Data? {
    guard let decompressor else { return try nextPlain() }
    while true {
      if packed.isEmpty, !isAtEnd { try fill() }
      let (data, used, isWhole) = try decompressor.step(packed)
      packed = packed.dropFirst(used)
      if !data.isEmpty { return data }
      if packed.isEmpty, isAtEnd {
        if isWhole { return nil }
        throw .damagedCompression(
          path: path, format: decompressor.compression.name, reason: "ends too early")
      }
    }
  }

  private mutating func nextPlain() throws(LanguageModelError) -> Data? {
    if packed.isEmpty, !isAtEnd { try fill() }
    guard !packed.isEmpty else { return nil }
    defer { packed = Data() }
    return packed
  }

  private mutating func fill() throws(LanguageModelError) {
    packed = try Self.read(handle, path: path)
    isAtEnd = packed.isEmpty
  }

  private static func read(_ handle: FileHandle, path: String) throws(LanguageModelError) -> Data {
    do { return try handle.read(upToCount: 1 << 18) ?? Data() } catch {
      throw .unreadable(path: path, reason: systemReason(error))
    }
  }

  private static func size(of handle: FileHandle) -> Int? {
    var status = stat()
    guard unsafe fstat(handle.fileDescriptor, &status) == 0 else { return nil }
    return status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
  }
}

/// The compressions that are recognised, by the first bytes of a file.
private enum Compression {
  case gzip, bzip2, xz

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

  package var name: String {
    switch self {
    case .gzip: "gzip"
    case .bzip2: "bzip2"
    case .xz: "xz"
    }
  }

  package var code: parla_compression {
    switch self {
    case .gzip: PARLA_GZIP
    case .bzip2: PARLA_BZIP2
    case .xz: PARLA_XZ
    }
  }
}

/// The C libraries' state for one file.
@safe private final class Decompressor {
  package let compression: Compression
  private let path: String
  private let state: OpaquePointer
  private var output = [UInt8](repeating: 0, count: 1 << 18)

  package init(_ compression: Compression, path: String) throws(LanguageModelError) {
    self.compression = compression
    self.path = path
    guard let state = unsafe parla_decompressor_create(compression.code) else {
      throw .unreadable(path: path, reason: systemReason(ENOMEM))
    }
    unsafe self.state = state
  }

  deinit { unsafe parla_decompressor_destroy(state) }

  /// Unpacks from the front of `input`; says how much of it was used and whether a member ended there.
  package func step(_ input: Data) throws(LanguageModelError) -> (
    data: Data, used: Int, isWhole: Bool
  ) {
    var used = 0
    var made = 0
    let status = unsafe input.withUnsafeBytes { bytes in
      unsafe parla_decompressor_step(
        state, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, &used,
        &output, output.count, &made)
    }
    switch status {
    case PARLA_DECOMPRESSOR_OK: return (Data(output[..<made]), used, false)
    case PARLA_DECOMPRESSOR_END: return (Data(output[..<made]), used, true)
    case PARLA_DECOMPRESSOR_OUT_OF_MEMORY:
      throw .damagedCompression(
        path: path, format: compression.name, reason: "wants more memory than is sane")
    default:
      throw .damagedCompression(path: path, format: compression.name, reason: "is damaged")
    }
  }
}
