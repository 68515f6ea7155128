import ParlaFiles

/// Work on several cores inside of one function call.
enum Parallel {
  /// Runs `body` for 0 up to `count`, several at a time, and returns when all are done.
  ///
  /// The tasks must not write anything that another one reads or writes; the compiler cannot see that here.
  static func run(_ count: Int, _ body: (Int) -> Void) {
    _ = results(count, body)
  }

  /// What `body` gives for 0 up to `count`, run as by `run`; if any of them throws, the first error.
  static func map<Result>(_ count: Int, _ body: (Int) throws -> Result) throws -> [Result] {
    try results(count) { index in Swift.Result { try body(index) } }.map { try $0.get() }
  }

  private static func results<Result>(_ count: Int, _ body: (Int) -> Result) -> [Result] {
    withoutActuallyEscaping(body) { body in
      let task = Unchecked(value: body)
      return concurrentMap(Array(0..<count), threadCount: count) {
        Unchecked(value: task.value($0))
      }
      .map(\.value)
    }
  }

  /// What threads pass to each other though the compiler cannot see that they may.
  private struct Unchecked<Value>: @unchecked Sendable {
    let value: Value
  }
}
