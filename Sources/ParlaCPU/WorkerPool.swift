import CKernels

/// Threads that work on the pieces of a task together, each on as many as it gets to.
///
/// A thread that the system suspends delays the others only while it has a piece, so a task proceeds at the speed of
/// the running threads. Tasks of several callers do not wait for each other, and neither do nested ones: while the pool has a task,
/// others are done by their callers alone.
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

  /// How many threads take part in the tasks that begin from now on; the others sleep.
  var crew: Int { Int(unsafe parla_pool_crew(pointer)) }

  /// Lets this many of the threads take part from now on.
  func setCrew(_ count: Int) {
    unsafe parla_pool_set_crew(pointer, Int32(min(max(count, 1), threadCount)))
  }

  /// Calls `body` with each of `0..<pieces` of each of `0..<phases`, pieces in any order and at the same time, but a phase after
  /// the one before.
  ///
  /// The third argument is the number of the thread, below `threadCount`, for what each thread needs for itself.
  func run(
    phases: Int = 1, pieces: Int,
    _ body: @Sendable (_ phase: Int, _ piece: Int, _ thread: Int) -> Void
  ) {
    precondition(pieces <= 0xffff, "at most 65535 pieces: found \(pieces)")
    withoutActuallyEscaping(body) { body in
      let work = Work(pieces: pieces, body: body)
      var task = unsafe parla_task(
        context: Unmanaged.passUnretained(work).toOpaque(), phases: phases,
        pieces: { context, _ in
          guard let context = unsafe context else { return 0 }
          return unsafe Unmanaged<Work>.fromOpaque(context).takeUnretainedValue().pieces
        },
        work: { context, phase, piece, thread in
          guard let context = unsafe context else { return }
          unsafe Unmanaged<Work>.fromOpaque(context).takeUnretainedValue()
            .body(phase, piece, Int(thread))
        })
      unsafe parla_pool_run(pointer, &task)
    }
  }

  private final class Work: Sendable {
    let pieces: Int
    let body: @Sendable (Int, Int, Int) -> Void

    init(pieces: Int, body: @escaping @Sendable (Int, Int, Int) -> Void) {
      self.pieces = pieces
      self.body = body
    }
  }
}
