import Foundation

/// A fixed number of plain values in one piece of memory, zero at first: what the estimator's loops run over.
///
/// It is shared between threads that write different parts of it, which an array cannot be. Every access is checked
/// against the bounds, so no pointer leaves this file. Memory that is never touched costs nothing.
@safe final class Column<Element: BitwiseCopyable>: @unchecked Sendable {
  let count: Int
  private let base: UnsafeMutablePointer<Element>

  /// Makes `count` zeros.
  init(count: Int) {
    precondition(count >= 0, "a column has a size")
    let memory = unsafe calloc(max(count, 1), MemoryLayout<Element>.stride)
    guard let memory = unsafe memory else {
      preconditionFailure("\(count * MemoryLayout<Element>.stride) bytes of memory")
    }
    self.count = count
    unsafe base = memory.bindMemory(to: Element.self, capacity: max(count, 1))
  }

  /// Makes `count` copies of `value`.
  convenience init(repeating value: Element, count: Int) {
    self.init(count: count)
    unsafe base.update(repeating: value, count: count)
  }

  deinit { unsafe free(base) }

  subscript(index: Int) -> Element {
    @inline(__always) get {
      check(index)
      return unsafe base[index]
    }
    @inline(__always) set {
      check(index)
      unsafe base[index] = newValue
    }
  }

  /// Takes the values from `start` on out of `other`, as many as are there or fit.
  func copy(from other: Column, start: Int, count copied: Int, to target: Int) {
    precondition(start >= 0 && copied >= 0 && target >= 0, "a range inside of both columns")
    precondition(start + copied <= other.count && target + copied <= count, "room for the copy")
    unsafe memmove(base + target, other.base + start, copied * MemoryLayout<Element>.stride)
  }

  /// The bytes of the first `count` values; they are only valid inside of `body`.
  func withBytes<Result>(
    ofFirst count: Int, _ body: (UnsafeMutableRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    precondition(count >= 0 && count <= self.count, "a part of the column")
    return try unsafe body(
      UnsafeMutableRawBufferPointer(
        start: base, count: count * MemoryLayout<Element>.stride))
  }

  @inline(__always) private func check(_ index: Int) {
    precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "an index inside the column")
  }
}
