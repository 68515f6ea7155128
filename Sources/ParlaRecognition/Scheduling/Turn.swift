import ParlaNeuralNetwork
import Synchronization

/// What is done at once, on all threads of `compute`: recordings are read, stretches go through the network together and are decoded.
struct Turn: Sendable {
  /// A stretch, and for how many frames it has the turn.
  struct Share: Sendable {
    let stretch: Stretch
    let frameLimit: Int
  }

  /// Live streams first.
  let shares: [Share]

  /// How many of them are live.
  let liveCount: Int

  /// Recordings that are read, at most `readLimit` samples of each.
  let readings: [RecordingJob]
  let readLimit: Int

  /// Has the turn; gives how many frames went through the network.
  @discardableResult
  func run(_ recognizer: Recognizer, _ compute: Compute) -> Int {
    let prepared = Mutex([NetworkStep?](repeating: nil, count: shares.count))
    compute.forEach(shares.count + readings.count) { index in
      guard index < shares.count else {
        return readings[index - shares.count].read(readLimit)
      }
      let step = shares[index].stretch.prepare(upTo: shares[index].frameLimit)
      prepared.withLock { $0[index] = step }
    }
    let found = prepared.withLock { $0 }
    let stretches = zip(shares, found).compactMap { $1 == nil ? nil : $0.stretch }
    let steps = found.compactMap(\.self)
    let together = NetworkStep.shares(of: steps, threadCount: compute.threadCount)
    // One product alone may be divided among the threads.
    let within = together.count > 1 ? recognizer.oneThread : compute
    compute.forEach(together.count) { index in
      let results = NetworkStep.results(
        of: together[index].map { steps[$0] }, recognizer, within)
      for (number, result) in zip(together[index], results) { stretches[number].take(result) }
    }
    compute.forEach(shares.count) { shares[$0].stretch.decode() }
    return steps.reduce(0) { $0 + $1.count }
  }
}
