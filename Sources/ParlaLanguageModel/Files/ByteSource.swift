import ParlaFiles
package import ParlaPlatform

/// The bytes of a file or of standard input from front to back; gzip, bzip2 and xz are unpacked on the way.
///
/// What the bytes are is read from their first ones, not from the file's name.
package struct ByteSource: ~Copyable {
  package let path: String
  private let file: OpenFile
  private let decompressor: Decompressor?
  private var packed: Data
  private var isAtEnd: Bool

  /// The size of the file, where it is a plain one: an upper bound for what a header may promise.
  package let plainSize: Int?

  /// Opens the file at `path`; `-` is standard input.
  package init(path: String) throws(LanguageModelError) {
    let file = try Self.open(path)
    let first = try Self.read(file, path: path)
    let compression = Compression(magic: first)
    let found = compression.flatMap { Decompressor($0) }
    if compression != nil && found == nil {
      throw .unreadable(path: path, reason: systemReason(ENOMEM))
    }
    decompressor = found
    self.path = path
    self.file = file
    packed = first
    isAtEnd = first.isEmpty
    plainSize = compression == nil ? Self.size(of: file) : nil
  }

  private static func open(_ path: String) throws(LanguageModelError) -> OpenFile {
    if path == "-" { return .standardInput }
    do { return try OpenFile(path: path) } catch {
      throw .unreadable(path: path, reason: systemReason(error.code))
    }
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
    packed = try Self.read(file, path: path)
    isAtEnd = packed.isEmpty
  }

  private static func read(_ file: OpenFile, path: String) throws(LanguageModelError) -> Data {
    do { return try file.read(upTo: 1 << 18) } catch {
      throw .unreadable(path: path, reason: systemReason(error.code))
    }
  }

  private static func size(of file: OpenFile) -> Int? {
    FileStatus(descriptor: file.descriptor).flatMap { $0.isPlainFile ? $0.byteCount : nil }
  }
}
