import Foundation
import ParlaFiles

/// The bytes of a sound file, on disk or in memory: what must hold before a format library is asked.
struct SourceFile {
  /// Where it is, or what it is called: its extension tells formats without a header.
  let path: String
  let byteCount: Int
  private let content: Content

  private enum Content {
    case file(FileHandle)
    case memory([UInt8])
  }

  /// A file that exists, can be read and is not empty.
  ///
  /// - Throws: `AudioError.missing`, `.unreadable`, `.empty`.
  init(path: String) throws(AudioError) {
    // Opening a pipe would wait for its writer, and reading it would take what is in it from others.
    switch try Self.kind(path) {
    case .regular: break
    case .folder: throw .unreadable(path: path, reason: "it is a folder")
    case .pipe: throw .unreadable(path: path, reason: "it is a pipe, not a file")
    case .device: throw .unreadable(path: path, reason: "it is a device, not a file")
    }
    self.path = path
    do {
      let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      content = .file(handle)
      byteCount = Int(try handle.seekToEnd())
    } catch {
      throw .unreadable(path: path, reason: systemReason(error))
    }
    guard byteCount > 0 else { throw .empty(path: path) }
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
      let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      while let piece = try handle.read(upToCount: 1 << 16), !piece.isEmpty {
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

  private static func kind(_ path: String) throws(AudioError) -> FileKind {
    if let kind = FileKind(path) { return kind }
    guard errno == ENOENT || errno == ENOTDIR else {
      throw .unreadable(path: path, reason: systemReason(errno))
    }
    throw .missing(path: path)
  }

  /// The `bytes` of a file that is called `name`.
  ///
  /// - Throws: `AudioError.empty`.
  init(bytes: [UInt8], name: String) throws(AudioError) {
    guard !bytes.isEmpty else { throw .empty(path: name) }
    path = name
    byteCount = bytes.count
    content = .memory(bytes)
  }

  /// Fills `buffer` with the bytes from `offset` on, and tells how many there were; -1 where reading failed.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Int {
    switch content {
    case .memory(let bytes):
      let count = max(0, min(buffer.count, byteCount - offset))
      if count > 0 { unsafe buffer.copyBytes(from: bytes[offset..<offset + count]) }
      return count
    case .file(let handle):
      var filled = 0
      while filled < buffer.count, offset + filled < byteCount {
        let count = unsafe pread(
          handle.fileDescriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled,
          off_t(offset + filled))
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { return -1 }
        if count == 0 { break }
        filled += count
      }
      return filled
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
