import Foundation
import ParlaFiles

/// A file that exists, can be read and is not empty: what must hold before a format library is asked.
struct SourceFile {
  let path: String
  let byteCount: Int
  private let handle: FileHandle

  /// - Throws: `AudioError.missing`, `.unreadable`, `.empty`.
  init(path: String) throws(AudioError) {
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw .missing(path: path)
    }
    guard !isFolder.boolValue else { throw .unreadable(path: path, reason: "it is a folder") }
    self.path = path
    do {
      handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      byteCount = Int(try handle.seekToEnd())
    } catch {
      throw .unreadable(path: path, reason: systemReason(error))
    }
    guard byteCount > 0 else { throw .empty(path: path) }
  }

  /// Fills `buffer` with the bytes from `offset` on, and tells how many there were; -1 where reading failed.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Int {
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

  /// Up to `count` bytes from `offset` on; fewer at the file's end.
  func bytes(at offset: Int = 0, count: Int = .max) throws(AudioError) -> [UInt8] {
    guard offset < byteCount else { return [] }
    do {
      try handle.seek(toOffset: UInt64(offset))
      return [UInt8](try handle.read(upToCount: min(count, byteCount - offset)) ?? Data())
    } catch {
      throw .unreadable(path: path, reason: systemReason(error))
    }
  }
}
