import Dispatch

/// Work on several cores inside of one function call.
enum Parallel {
  /// Runs `body` for 0 up to `count`, several at a time, and returns when all are done.
  ///
  /// The tasks must not write anything that another one reads or writes; the compiler cannot see that here.
  static func run(_ count: Int, _ body: (Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      let task = Task(body: body)
      DispatchQueue.concurrentPerform(iterations: count) { task.body($0) }
    }
  }

  private struct Task: @unchecked Sendable {
    let body: (Int) -> Void
  }
}
