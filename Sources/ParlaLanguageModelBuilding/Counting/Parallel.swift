import Dispatch
import Foundation
import ParlaLanguageModel

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

  /// What `body` gives for 0 up to `count`, run as by `run`; if any of them throws, the first error.
  static func map<Result>(_ count: Int, _ body: (Int) throws -> Result) throws -> [Result] {
    var results = [Result?](repeating: nil, count: count)
    var failure: (any Error)?
    let lock = NSLock()
    run(count) { index in
      do {
        let result = try body(index)
        lock.withLock { results[index] = result }
      } catch {
        lock.withLock { failure = failure ?? error }
      }
    }
    if let failure { throw failure }
    return results.compactMap(\.self)
  }

  private struct Task: @unchecked Sendable {
    let body: (Int) -> Void
  }
}
