/// The time that the parts of a training have taken, in all sessions together, in seconds.
package struct TrainingClocks {
  /// What is measured.
  package enum Part: String, CaseIterable, Sendable {
    case all, batch, train, validate
  }

  private let now: () -> Double
  private var seconds: [Part: Double] = [:]
  private var starts: [Part: Double] = [:]

  /// Starts at zero; `now` returns seconds since any moment.
  package init(now: @escaping () -> Double) { self.now = now }

  /// The time of `part`.
  package func callAsFunction(_ part: Part) -> Double {
    seconds[part, default: 0] + (starts[part].map { now() - $0 } ?? 0)
  }

  /// Sets the time of `part` to what earlier sessions took.
  package mutating func reset(_ part: Part, to value: Double) { seconds[part] = value }

  /// Lets the time of `part` run.
  package mutating func resume(_ part: Part) {
    if starts[part] == nil { starts[part] = now() }
  }

  /// Stops the time of `part`.
  package mutating func pause(_ part: Part) {
    seconds[part] = self(part)
    starts[part] = nil
  }
}
