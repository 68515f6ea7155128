import Foundation
import ParlaLanguageModel

/// A fixed number of plain values in one piece of memory, zero at first: what the estimator's loops run over.
///
/// It is shared between threads that write different parts of it, which an array cannot be. Every access is checked
/// against the bounds, so no pointer leaves this file. Memory that is never touched costs nothing, and what is given
/// back goes to the system at once: large columns are mapped, since malloc would keep some of them.
@safe final class Column<Element: BitwiseCopyable>: @unchecked Sendable {
  let count: Int
  private let base: UnsafeMutablePointer<Element>
  private let mappedByteCount: Int

  /// Makes `count` zeros.
  init(count: Int) {
    precondition(count >= 0, "a column has a size")
    let byteCount = count * MemoryLayout<Element>.stride
    mappedByteCount = byteCount >= 1 << 17 ? byteCount : 0
    let memory =
      mappedByteCount > 0
      ? unsafe mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
      : unsafe calloc(max(count, 1), MemoryLayout<Element>.stride)
    guard let memory = unsafe memory, unsafe memory != MAP_FAILED else {
      preconditionFailure("\(byteCount) bytes of memory")
    }
    self.count = count
    unsafe base = memory.bindMemory(to: Element.self, capacity: max(count, 1))
  }

  /// Makes `count` copies of `value`.
  convenience init(repeating value: Element, count: Int) {
    self.init(count: count)
    unsafe base.update(repeating: value, count: count)
  }

  deinit {
    if mappedByteCount > 0 { unsafe munmap(base, mappedByteCount) } else { unsafe free(base) }
  }

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

  /// A column of `newCount` values that begins with the first `kept` of this one.
  func grown(to newCount: Int, keeping kept: Int) -> Column {
    let grown = Column(count: newCount)
    grown.copy(from: self, start: 0, count: kept, to: 0)
    return grown
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

  /// The values in `range`; they are only valid inside of `body`.
  @inline(__always) func withValues<Result>(
    in range: Range<Int>, _ body: (UnsafeBufferPointer<Element>) -> Result
  ) -> Result {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "a part of the column")
    return unsafe body(UnsafeBufferPointer(start: base + range.lowerBound, count: range.count))
  }

  fileprivate func withMutableValues(
    in range: Range<Int>, _ body: (inout UnsafeMutableBufferPointer<Element>) -> Void
  ) {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "a part of the column")
    var values = unsafe UnsafeMutableBufferPointer(
      start: base + range.lowerBound, count: range.count)
    unsafe body(&values)
  }

  @inline(__always) private func check(_ index: Int) {
    precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "an index inside the column")
  }
}

extension Column where Element: Comparable {
  /// Sorts the values in `range`.
  func sort(_ range: Range<Int>) {
    unsafe withMutableValues(in: range) { unsafe $0.sort() }
  }
}
