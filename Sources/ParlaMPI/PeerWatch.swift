import CMPI
import Foundation
import Synchronization

/// Signals to the other processes that this one is alive, and ends all when one of them is not.
///
/// Heartbeats go between the first process and each other, twice a second, from a separate thread: a process that was
/// stopped, or whose host or network is down, is silent. They carry how many joint operations the process has entered: one that
/// stays behind while the others wait much longer than ever before counts as hanging.
final class PeerWatch: Sendable {
  let hosts: [String]
  private let index: Int
  private let resumption: String
  private let isAskedToEnd: @Sendable () -> Bool
  private let state: Mutex<State>

  private struct State {
    var isStopped = false
    /// Whether this process ends all others.
    var endsAll = false
    /// The time and content of the last heartbeat of each.
    var seen: [SuspendingClock.Instant]
    var numbers: [Int64]
    /// Joint operations that were entered here.
    var entered: Int64 = 0
    var isWorking = false
    /// When each wait of now began, by its operation.
    var waits: [Int64: SuspendingClock.Instant] = [:]
    var longestWait = Duration.zero
  }

  private static let interval = Duration.milliseconds(500)

  /// What a process says that ends all.
  private static let lastWord: Int64 = -1

  /// So long a process may be silent.
  private static let silence = Duration.seconds(30)

  /// So long when this one is asked to end, as `mpirun` does with all that are left when one is lost.
  private static let silenceAtEnd = Duration.seconds(2)

  /// How long others are waited for, and how many times the longest wait so far.
  private static let leastWait = Duration.seconds(45)
  private static let waitFactor = 10

  init(
    index: Int, hosts: [String], resumption: String,
    isAskedToEnd: @escaping @Sendable () -> Bool
  ) {
    self.resumption = resumption
    self.index = index
    self.isAskedToEnd = isAskedToEnd
    self.hosts = hosts
    state = Mutex(
      State(
        seen: hosts.map { _ in .now }, numbers: hosts.map { _ in 0 }))
  }

  /// Begins to send and to look.
  func start() {
    Thread.detachNewThread { [self] in
      var last = SuspendingClock.now
      while turn(since: &last) {
        Thread.sleep(forTimeInterval: Self.interval / .seconds(1))
      }
    }
  }

  /// Ends it.
  func stop() { state.withLock { $0.isStopped = true } }

  /// Ends all processes, this one with `status`.
  func endAll(status: Int32) -> Never {
    state.withLock { $0.endsAll = true }
    // mpirun asks the remaining processes to end, and does not wait long.
    signal(SIGTERM, SIG_DFL)
    Thread.sleep(forTimeInterval: 3 * (Self.interval / .seconds(1)))
    _exit(status)
  }

  /// A joint operation begins here; its number.
  func enter() -> Int64 {
    state.withLock { state in
      state.entered += 1
      state.waits[state.entered] = .now
      return state.entered
    }
  }

  /// That operation has ended.
  func leave(_ operation: Int64) {
    state.withLock { state in
      guard let start = state.waits.removeValue(forKey: operation) else { return }
      state.longestWait = max(state.longestWait, SuspendingClock.now - start)
    }
  }

  /// Whether this process has something long to do by itself.
  func isWorking(_ isWorking: Bool) { state.withLock { $0.isWorking = isWorking } }

  /// Sends, receives, judges; false when it is to end.
  private func turn(since last: inout SuspendingClock.Instant) -> Bool {
    let number: Int64? = state.withLock { state in
      if state.isStopped { return nil }
      return state.endsAll ? Self.lastWord : 2 * state.entered + (state.isWorking ? 1 : 0)
    }
    guard let number else { return false }
    for peer in watched { parla_mpi_send_beat(Int32(peer), number) }
    if number == Self.lastWord { return false }
    var (peer, received): (Int32, Int64) = (0, 0)
    while unsafe parla_mpi_receive_beat(&peer, &received) != 0 {
      if received == Self.lastWord { passOn() }
      state.withLock { state in
        state.seen[Int(peer)] = .now
        state.numbers[Int(peer)] = received
      }
    }
    let now = SuspendingClock.now
    // A process that was stopped itself has received no heartbeats.
    if now - last > .seconds(5) { state.withLock { $0.seen = hosts.map { _ in now } } }
    last = now
    if let problem = problem(at: now) { end(problem) }
    return true
  }

  private var watched: Range<Int> { index == 0 ? 1..<hosts.count : 0..<1 }

  private func problem(at now: SuspendingClock.Instant) -> String? {
    let isEnding = isAskedToEnd()
    return state.withLock { state in
      let silence = isEnding ? Self.silenceAtEnd : Self.silence
      for peer in watched where now - state.seen[peer] > silence {
        if isEnding {
          return "\(name(peer)) does not answer: it has ended, was killed, or is cut off."
        }
        return
          "\(name(peer)) has not responded for \(silence.components.seconds) s: it was "
          + "stopped, or its host or the network is down."
      }
      let patience = max(Self.leastWait, state.longestWait * Self.waitFactor)
      guard let start = state.waits.values.min(), now - start > patience else { return nil }
      for peer in watched
      where state.numbers[peer] / 2 < state.entered && state.numbers[peer] % 2 == 0 {
        return
          "\(name(peer)) hangs: the others have waited \((now - start).components.seconds) s for it."
      }
      return nil
    }
  }

  private func name(_ peer: Int) -> String { "Process \(peer) of \(hosts.count) on \(hosts[peer])" }

  /// Ends all processes; the first one that can says why.
  private func end(_ problem: String) {
    if index > 1 { Thread.sleep(forTimeInterval: 5) }
    FollowerOutput.writeLine(
      "\(problem) All processes end; the same command \(resumption)."
    )
    passOn()
  }

  /// Notifies the others, and ends.
  private func passOn() -> Never {
    for peer in watched { parla_mpi_send_beat(Int32(peer), Self.lastWord) }
    signal(SIGTERM, SIG_DFL)
    Thread.sleep(forTimeInterval: 1)
    _exit(1)
  }
}
