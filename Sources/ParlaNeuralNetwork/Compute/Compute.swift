import CKernels

/// Where the numbers of a network are crunched: the processor's kernels and the threads that run them.
///
/// Layers say what is to be computed; this type and its extensions alone know how. They are the only callers of the C
/// kernels.
package struct Compute: Sendable {
  let pool: WorkerPool

  /// The instructions that matrix products use.
  package let path: KernelPath

  /// What the operands of matrix products are rounded to.
  package let precision: Precision

  /// Uses `threadCount` threads, and the processor's best instructions unless `path` names others.
  package init(threadCount: Int, precision: Precision = .float32, path: KernelPath = .best) {
    precondition(path.isAvailable, "instructions that this processor has")
    pool = WorkerPool(threadCount: threadCount)
    self.precision = precision
    self.path = path
  }

  /// How many threads compute.
  package var threadCount: Int { pool.threadCount }

  /// What multiplies matrices.
  @unsafe var kernel: OpaquePointer {
    unsafe parla_path_kernel(path.code, precision == .bfloat16 ? 1 : 0)
  }

  /// Calls `body` on each thread with its share of `0..<count`, the shares being multiples of `grain` but the last.
  func divide(_ count: Int, grain: Int = 1, _ body: (Range<Int>) -> Void) {
    let shares = min(threadCount, max(1, count / max(grain, 1)))
    guard shares > 1 else { return body(0..<count) }
    pool.run { index in
      guard index < shares else { return }
      body(share(index, of: shares, count: count, grain: grain))
    }
  }

  /// Calls `body` with each of `0..<count`, on all threads.
  package func forEach(_ count: Int, _ body: (Int) -> Void) {
    divide(count) { range in
      for index in range { body(index) }
    }
  }

  func share(_ index: Int, of shares: Int, count: Int, grain: Int) -> Range<Int> {
    let grains = (count + grain - 1) / grain
    let start = min(count, grains * index / shares * grain)
    let end = min(count, grains * (index + 1) / shares * grain)
    return start..<end
  }
}
