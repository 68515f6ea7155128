import ParlaFiles
import ParlaPlatform

/// The bytes of a sound file, on disk or in memory: what must hold before a format library is asked.
struct SourceFile {
  /// Where it is, or what it is called.
  let path: String
  /// Its name, whose extension identifies formats without a header.
  let formatName: String
  private(set) var byteCount: Int
  private let content: Content
  /// Where in the file it begins.
  private var start = 0

  private enum Content {
    case file(OpenFile)
    case memory([UInt8])
  }

  /// A file that exists, can be read and is not empty.
  ///
  /// - Throws: `AudioError.missing`, `.unreadable`, `.empty`.
  init(path: String) throws(AudioError) { try self.init(SoundAddress(path)) }

  /// The file at `address`, or the part of its bytes that `address` selects.
  ///
  /// - Throws: `AudioError.missing`, `.impossiblePart`, `.unreadable`, `.empty`.
  init(_ address: SoundAddress) throws(AudioError) {
    let path = address.path
    // Opening a pipe would wait for its writer, and reading it would take what is in it from others.
    switch try Self.kind(path) {
    case .regular: break
    case .folder: throw .unreadable(path: path, reason: "it is a folder")
    case .pipe: throw .unreadable(path: path, reason: "it is a pipe, not a file")
    case .device: throw .unreadable(path: path, reason: "it is a device, not a file")
    }
    self.path = address.description
    formatName = address.formatName
    let whole: Int
    do {
      let file = try OpenFile(path: path)
      content = .file(file)
      let end = lseek(file.descriptor, 0, SEEK_END)
      guard end >= 0 else { throw SystemFailure(code: errno) }
      whole = Int(end)
    } catch {
      throw .unreadable(path: path, reason: systemReason(error))
    }
    let bytes = address.bytes ?? 0..<whole
    guard bytes.upperBound <= whole || bytes.upperBound == .max, bytes.lowerBound <= whole else {
      throw .unreadable(path: self.path, reason: "the file ends at byte \(whole)")
    }
    start = bytes.lowerBound
    byteCount = min(bytes.upperBound, whole) - start
    guard byteCount > 0 else { throw .empty(path: self.path) }
  }

  /// The file at `path`, or all that comes out of the pipe there, which is read to its end and kept in memory.
  ///
  /// - Throws: as the other initialiser does; `.unreadable` where more comes than memory should hold.
  init(pathOrPipe path: String) throws(AudioError) {
    guard try Self.kind(path) == .pipe else {
      try self.init(path: path)
      return
    }
    var bytes: [UInt8] = []
    do {
      let pipe = try OpenFile(path: path)
      while case let piece = try pipe.read(upTo: 1 << 16), !piece.isEmpty {
        bytes += piece
        guard bytes.count <= Self.mostOfPipe else {
          throw AudioError.unreadable(
            path: path, reason: "more than \(Self.mostOfPipe >> 30) GiB came out of this pipe")
        }
      }
    } catch let error as AudioError {
      throw error
    } catch {
      throw .unreadable(path: path, reason: systemReason(error))
    }
    try self.init(bytes: bytes, name: path)
  }

  private static let mostOfPipe = 2 << 30

  /// What follows the first `count` bytes, as a file of its own.
  func dropping(_ count: Int) -> SourceFile {
    var rest = self
    rest.start += count
    rest.byteCount -= count
    return rest
  }

  private static func kind(_ path: String) throws(AudioError) -> FileKind {
    if let kind = FileKind(path) { return kind }
    guard errno == ENOENT || errno == ENOTDIR else {
      throw .unreadable(path: path, reason: systemReason(errno))
    }
    if let part = SoundAddress.impossiblePart(in: path) {
      throw .impossiblePart(path: path, found: part)
    }
    throw .missing(path: path)
  }

  /// The `bytes` of a file that is called `name`.
  ///
  /// - Throws: `AudioError.empty`.
  init(bytes: [UInt8], name: String) throws(AudioError) {
    guard !bytes.isEmpty else { throw .empty(path: name) }
    path = name
    formatName = name
    byteCount = bytes.count
    content = .memory(bytes)
  }

  /// Fills `buffer` with the bytes from `offset` on, and returns their number; -1 if reading failed.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Int {
    switch content {
    case .memory(let bytes):
      let count = max(0, min(buffer.count, byteCount - offset))
      let first = start + offset
      if count > 0 { unsafe buffer.copyBytes(from: bytes[first..<first + count]) }
      return count
    case .file(let file):
      let count = max(0, min(buffer.count, byteCount - offset))
      return unsafe file.read(
        into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]), at: start + offset)
    }
  }

  /// Up to `count` bytes from `offset` on; fewer at the file's end.
  func bytes(at offset: Int = 0, count: Int = .max) throws(AudioError) -> [UInt8] {
    guard offset < byteCount else { return [] }
    let wanted = min(count, byteCount - offset)
    var (found, reason) = (0, 0 as CInt)
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
      found = unsafe read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
      reason = errno
      filled = max(0, found)
    }
    guard found >= 0 else { throw .unreadable(path: path, reason: systemReason(reason)) }
    return bytes
  }
}
