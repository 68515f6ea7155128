import CKernels

/// Threads that wait to work on the same task at the same time, and can meet in the middle of it.
@safe final class WorkerPool: Sendable {
  let threadCount: Int

  /// What the kernels know the pool by.
  nonisolated(unsafe) let pointer: OpaquePointer

  /// Starts the threads; with fewer than asked for, should the system give no more.
  init(threadCount: Int) {
    var count = max(threadCount, 1)
    var pool = unsafe parla_pool_create(Int32(count))
    while unsafe pool == nil && count > 1 {
      count /= 2
      unsafe pool = parla_pool_create(Int32(count))
    }
    guard let pool = unsafe pool else { preconditionFailure("no memory for a pool of one thread") }
    unsafe pointer = pool
    self.threadCount = count
  }

  deinit { unsafe parla_pool_destroy(pointer) }

  /// Calls `work` with each of `0..<threadCount` at the same time.
  func run(_ work: (Int) -> Void) {
    withoutActuallyEscaping(work) { work in
      let box = Work(call: work)
      let context = unsafe Unmanaged.passUnretained(box).toOpaque()
      unsafe parla_pool_run(
        pointer,
        { context, index in
          guard let context = unsafe context else { return }
          unsafe Unmanaged<Work>.fromOpaque(context).takeUnretainedValue().call(Int(index))
        }, context)
    }
  }

  /// Waits, inside `run`, until all threads are here.
  func meet() { unsafe parla_pool_meet(pointer) }

  private final class Work {
    let call: (Int) -> Void
    init(call: @escaping (Int) -> Void) { self.call = call }
  }
}
