import ParlaNeuralNetwork

/// Turns on the thread that asks for them, one after another.
struct TurnLoop {
  /// Who goes when.
  var plan: TurnPlan

  private let recognizer: Recognizer
  private let compute: Compute

  /// Computes with `recognizer` on `threadCount` threads, or on as many as the recogniser has.
  init(_ recognizer: Recognizer, threadCount: Int? = nil) {
    self.recognizer = recognizer
    compute = recognizer.makeCompute(threadCount: threadCount ?? recognizer.compute.threadCount)
    plan = TurnPlan(recognizer, threadCount: compute.threadCount)
  }

  /// Runs the next turn; false if there is nothing to do.
  mutating func next() -> Bool {
    guard let turn = plan.next() else { return false }
    turn.run(recognizer, compute)
    return true
  }

  /// Has turns while anybody has something to do.
  mutating func run() { while next() {} }
}
