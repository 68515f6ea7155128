import Foundation
package import ParlaNeuralNetwork
import Synchronization

/// Peers that are threads of this process.
package final class ThreadPeers: Peers {
  package let index: Int
  package let count: Int
  package var countOnHost: Int { count }
  private let meeting: Meeting
  private let round = Mutex(0)

  private init(_ index: Int, _ count: Int, _ meeting: Meeting) {
    (self.index, self.count, self.meeting) = (index, count, meeting)
  }

  /// Calls `body` on as many threads, and returns what came of the first one.
  package static func run<Result: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (ThreadPeers) throws -> Result
  ) throws -> Result {
    let meeting = Meeting(count)
    let results = Mutex<[Int: Swift.Result<Result, any Error>]>([:])
    let done = DispatchSemaphore(value: 0)
    // As many threads as peers, whatever the processors: each waits for all others.
    for index in 0..<count {
      Thread.detachNewThread {
        let result = Swift.Result { try body(ThreadPeers(index, count, meeting)) }
        if case .failure = result { meeting.leave() }
        results.withLock { $0[index] = result }
        done.signal()
      }
    }
    for _ in 0..<count { done.wait() }
    return try results.withLock { results in
      for case .failure(let error) in results.values { throw error }
      guard let first = results[0] else { throw CancellationError() }
      return try first.get()
    }
  }

  package func sum(_ tensors: inout [Tensor]) {
    for index in tensors.indices {
      let shape = tensors[index].shape
      let all = gather(tensors[index].values.map(Double.init))
      let length = tensors[index].count
      tensors[index] = Tensor(
        shape: shape,
        values: (0..<length).map { place in
          (0..<count).reduce(0) { $0 + Float(all[$1 * length + place]) }
        })
    }
  }

  package func sum(_ numbers: inout [Double]) {
    let all = gather(numbers)
    let length = numbers.count
    numbers = (0..<length).map { place in
      (0..<count).reduce(0) { $0 + all[$1 * length + place] }
    }
  }

  package func gather(_ bytes: [UInt8]) -> [[UInt8]] {
    let number = round.withLock { round in
      round += 1
      return round
    }
    return meeting.exchange(bytes, of: index, round: number)
  }

  package func working<Result>(_ body: () throws -> Result) rethrows -> Result { try body() }
}

/// Where the threads meet.
private final class Meeting: Sendable {
  private let count: Int
  private let state = Mutex(State())

  private struct State {
    var isBroken = false
    var rounds: [Int: [Int: [UInt8]]] = [:]
  }

  init(_ count: Int) { self.count = count }

  func leave() { state.withLock { $0.isBroken = true } }

  func exchange(_ bytes: [UInt8], of index: Int, round: Int) -> [[UInt8]] {
    state.withLock { $0.rounds[round, default: [:]][index] = bytes }
    while true {
      let all: [[UInt8]]? = state.withLock { state in
        if state.isBroken { return (0..<count).map { _ in bytes } }
        guard let given = state.rounds[round], given.count == count else { return nil }
        state.rounds[round - 2] = nil
        return (0..<count).compactMap { given[$0] }
      }
      if let all { return all }
      usleep(50)
    }
  }
}
