package import ParlaPlatform

/// Immutable bytes: a file mapped into memory, or memory that was filled once.
///
/// A mapped file is read on demand, and processes that map it share it. Such a file must be replaced (as
/// `AtomicFile` does), never written into or truncated, while it is in use.
@safe package final class FixedMemory: @unchecked Sendable {
  /// The first byte; there is an address even where there are no bytes.
  package let pointer: UnsafeRawPointer

  /// How many bytes there are.
  package let count: Int

  private let isMapped: Bool

  /// Maps the file at `path`.
  ///
  /// - Throws: `FileError.unreadable`.
  package init(mapping path: String) throws(FileError) {
    try FileContent.checkIsFile(path)
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unreadable(path: path, reason: systemReason(errno)) }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw .unreadable(path: path, reason: systemReason(errno))
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .unreadable(path: path, reason: "it is no file that can be mapped into memory")
    }
    count = Int(status.st_size)
    // An empty file cannot be mapped; an empty page replaces it.
    let flags = count > 0 ? MAP_PRIVATE : MAP_PRIVATE | MAP_ANONYMOUS
    let start = unsafe mmap(nil, max(count, 1), PROT_READ, flags, count > 0 ? descriptor : -1, 0)
    guard unsafe start != MAP_FAILED, let start = unsafe start else {
      throw .unreadable(path: path, reason: systemReason(errno))
    }
    unsafe pointer = UnsafeRawPointer(start)
    isMapped = true
  }

  /// Allocates `count` zero bytes, for `fill` to write to; nil if there is not enough memory.
  package init?<Failure: Error>(
    count: Int, fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    guard let start = unsafe calloc(max(count, 1), 1) else { return nil }
    unsafe pointer = UnsafeRawPointer(start)
    self.count = count
    isMapped = false
    try unsafe fill(UnsafeMutableRawBufferPointer(start: start, count: count))
  }

  /// Takes a copy of `data`, where a cache line starts.
  package init(_ data: Data) {
    var start: UnsafeMutableRawPointer?
    guard unsafe posix_memalign(&start, 64, max(data.count, 1)) == 0, let start = unsafe start
    else {
      preconditionFailure("memory for \(data.count) bytes")
    }
    count = data.count
    unsafe data.copyBytes(to: UnsafeMutableRawBufferPointer(start: start, count: data.count))
    unsafe pointer = UnsafeRawPointer(start)
    isMapped = false
  }

  /// All bytes.
  package var bytes: UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(start: pointer, count: count)
  }

  /// Says that the bytes in `range` will not be needed soon: their memory can go to something else, and is read from the file
  /// again if it is needed again.
  package func release(_ range: Range<Int>) {
    guard isMapped else { return }
    let page = Int(getpagesize())
    let start = range.lowerBound / page * page
    let end = range.upperBound / page * page
    guard start < end else { return }
    unsafe madvise(UnsafeMutableRawPointer(mutating: pointer + start), end - start, MADV_DONTNEED)
  }

  deinit {
    let start = unsafe UnsafeMutableRawPointer(mutating: pointer)
    if isMapped { unsafe munmap(start, max(count, 1)) } else { unsafe free(start) }
  }
}
