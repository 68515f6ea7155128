import CKernels

/// Where the numbers of a network are crunched: the processor's kernels and the threads that run them.
///
/// Layers say what is to be computed; this type and its extensions alone know how. They are the only callers of the C
/// kernels.
package struct Compute: Sendable {
  let pool: WorkerPool

  /// How the threads share recurrences.
  var divisions: DivisionChoices

  /// The instructions that matrix products use.
  package let path: KernelPath

  /// What the operands of matrix products are rounded to.
  package let precision: Precision

  /// Uses `threadCount` threads, and the processor's best instructions unless `path` names others.
  package init(threadCount: Int, precision: Precision = .float32, path: KernelPath = .best) {
    precondition(path.isAvailable, "instructions that this processor has")
    pool = WorkerPool(threadCount: threadCount)
    divisions = DivisionChoices(threadCount: pool.threadCount)
    self.precision = precision
    self.path = path
  }

  /// Lets this process keep freed memory for its next use, as is good for a training and for little else.
  package static func keepFreedMemory() { parla_keep_freed_memory() }

  /// How many threads compute.
  package var threadCount: Int { pool.threadCount }

  /// What multiplies matrices.
  @unsafe var kernel: OpaquePointer {
    unsafe parla_path_kernel(path.code, precision == .bfloat16 ? 1 : 0)
  }

  /// Into how many pieces for each thread work is divided, so that one that is late can do less.
  private static let piecesForAThread = 4

  /// Calls `body` on the threads with parts of `0..<count` that are multiples of `grain` but the last.
  package func divide(_ count: Int, grain: Int = 1, _ body: @Sendable (Range<Int>) -> Void) {
    let crew = pool.crew
    let grains = (count + grain - 1) / max(grain, 1)
    guard crew > 1, grains > 1 else { return body(0..<count) }
    let pieces = min(grains, Self.piecesForAThread * crew)
    pool.run(pieces: pieces) { _, piece, _ in
      body(
        min(
          count, grains * piece / pieces * grain)..<min(
            count, grains * (piece + 1) / pieces * grain))
    }
  }

  /// Calls `body` with each of `0..<count`, on all threads.
  package func forEach(_ count: Int, _ body: @Sendable (Int) -> Void) {
    guard count > 1 else {
      for index in 0..<count { body(index) }
      return
    }
    // One by one as far as it goes: what is so divided may differ much in size.
    let pieces = min(count, 0xffff)
    pool.run(pieces: pieces) { _, piece, _ in
      for index in count * piece / pieces..<count * (piece + 1) / pieces { body(index) }
    }
  }
}
