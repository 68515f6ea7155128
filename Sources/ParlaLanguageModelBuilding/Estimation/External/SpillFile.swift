import Foundation
import ParlaFiles
import ParlaLanguageModel

/// A temporary file of numbers, of which nothing is left however the process ends.
final class SpillFile {
  private let folder: String
  private let file: TemporaryFile
  private let handle: FileHandle
  private(set) var byteCount = 0

  /// Makes an empty file in `folder`.
  init(folder: String) throws(LanguageModelError) {
    self.folder = folder
    do { file = try TemporaryFile(in: folder) } catch {
      guard case .unwritable(_, let reason) = error else { throw LanguageModelError(error) }
      throw .temporaryFile(folder: folder, reason: reason)
    }
    handle = FileHandle(fileDescriptor: file.descriptor, closeOnDealloc: false)
  }

  /// Adds the first `count` numbers of `column` at the end.
  func append(_ column: Column<UInt32>, count: Int) throws(LanguageModelError) {
    var written = 0
    while written < count * 4 {
      let result = unsafe column.withBytes(ofFirst: count) { bytes in
        unsafe pwrite(
          handle.fileDescriptor, bytes.baseAddress.map { unsafe $0 + written },
          bytes.count - written, off_t(byteCount))
      }
      guard result > 0 else {
        if result < 0, errno == EINTR { continue }
        throw .temporaryFile(folder: folder, reason: systemReason(result == 0 ? ENOSPC : errno))
      }
      written += result
      byteCount += result
    }
  }

  /// Adds `data` at the end.
  func append(_ data: Data) throws(LanguageModelError) {
    do {
      try handle.seek(toOffset: UInt64(byteCount))
      try handle.write(contentsOf: data)
    } catch {
      throw .temporaryFile(folder: folder, reason: systemReason(error))
    }
    byteCount += data.count
  }

  /// Reads `count` numbers from byte `offset` on to the front of `column`.
  func read(_ count: Int, at offset: Int, into column: Column<UInt32>) throws(LanguageModelError) {
    var done = 0
    while done < count * 4 {
      let result = unsafe column.withBytes(ofFirst: count) { bytes in
        unsafe pread(
          handle.fileDescriptor, bytes.baseAddress.map { unsafe $0 + done }, bytes.count - done,
          off_t(offset + done))
      }
      guard result > 0 else {
        if result < 0, errno == EINTR { continue }
        throw .temporaryFile(folder: folder, reason: systemReason(result == 0 ? EIO : errno))
      }
      done += result
    }
  }

  /// Gives the room on the disk back; nothing is left to read.
  func discard() {
    _ = ftruncate(handle.fileDescriptor, 0)
    byteCount = 0
  }

  /// Hands all bytes to `sink`, piece by piece.
  func copy(to sink: (Data) throws -> Void) throws {
    try handle.seek(toOffset: 0)
    while let data = try handle.read(upToCount: 1 << 20), !data.isEmpty { try sink(data) }
  }
}
