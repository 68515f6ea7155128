import Foundation
import ParlaFiles

/// The bytes that a model lives in: a file mapped into memory, or memory that a model was built in.
///
/// Nothing is read before it is needed, and processes that map the same file share it. A mapped file must be replaced
/// (as `AtomicFile` does), never written into or cut short, while a model uses it.
@safe package final class ModelMemory: @unchecked Sendable {
  /// Where the bytes came from, for messages.
  package let path: String

  /// All bytes.
  package let bytes: UnsafeRawBufferPointer

  private let isMapped: Bool

  /// Maps the file at `path`.
  ///
  /// - Throws: `LanguageModelError.unreadable`.
  package init(mapping path: String) throws(LanguageModelError) {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unreadable(path: path, reason: systemReason(errno)) }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw .unreadable(path: path, reason: systemReason(errno))
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .unreadable(path: path, reason: "a model must be a regular file to be mapped")
    }
    self.path = path
    isMapped = true
    if status.st_size == 0 {
      unsafe bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let start = unsafe mmap(nil, Int(status.st_size), PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let start = unsafe start, unsafe start != MAP_FAILED else {
      throw .unreadable(path: path, reason: systemReason(errno))
    }
    unsafe bytes = UnsafeRawBufferPointer(start: start, count: Int(status.st_size))
  }

  /// Makes `count` zero bytes, for `fill` to write a model into.
  package init(
    count: Int, path: String,
    fill: (UnsafeMutableRawBufferPointer) throws(LanguageModelError) -> Void
  ) throws(LanguageModelError) {
    self.path = path
    isMapped = false
    guard let start = unsafe calloc(max(count, 1), 1) else {
      throw .unreadable(path: path, reason: "a model of \(count) bytes does not fit into memory")
    }
    unsafe bytes = UnsafeRawBufferPointer(start: start, count: count)
    try unsafe fill(UnsafeMutableRawBufferPointer(start: start, count: count))
  }

  deinit {
    guard let start = unsafe UnsafeMutableRawPointer(mutating: bytes.baseAddress) else { return }
    if isMapped { unsafe munmap(start, bytes.count) } else { unsafe free(start) }
  }
}
