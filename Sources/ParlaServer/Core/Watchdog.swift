import Synchronization

/// Notices when nothing has come for a while.
final class Watchdog: Sendable {
  private let patience: Duration
  private let state = Mutex(State())

  private struct State {
    var last = ContinuousClock.now
    var isResting = false
  }

  init(patience: Duration) { self.patience = patience }

  /// Something came, and is being worked on: until `touch` nothing is expected.
  func rest() { state.withLock { $0.isResting = true } }

  /// From now on something is expected.
  func touch() {
    state.withLock {
      $0.last = ContinuousClock.now
      $0.isResting = false
    }
  }

  /// Waits until nothing has come for too long; false when the task is cancelled before.
  func expires() async -> Bool {
    while !Task.isCancelled {
      let left = state.withLock {
        $0.isResting ? patience : patience - (ContinuousClock.now - $0.last)
      }
      guard left > .zero else { return true }
      do { try await Task.sleep(for: left) } catch { return false }
    }
    return false
  }
}
