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
    let found = compression.flatMap { Decompressor($0) }
    if compression != nil && found == nil {
      throw .unreadable(path: path, reason: systemReason(ENOMEM))
    }
    decompressor = found
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
      let (data, used, isWhole) = try step(decompressor)
      packed = packed.dropFirst(used)
      if !data.isEmpty { return data }
      if packed.isEmpty, isAtEnd {
        if isWhole { return nil }
        throw damage(.endsTooEarly, decompressor)
      }
    }
  }

  private func step(
    _ decompressor: Decompressor
  ) throws(LanguageModelError) -> (data: Data, used: Int, isWhole: Bool) {
    do { return try decompressor.step(packed) } catch { throw damage(error, decompressor) }
  }

  private func damage(
    _ problem: Decompressor.Problem, _ decompressor: Decompressor
  ) -> LanguageModelError {
    .damagedCompression(
      path: path, format: decompressor.compression.name, reason: problem.reason)
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
