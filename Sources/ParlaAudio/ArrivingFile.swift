import Synchronization

/// A sound file that is still being written, such as an upload.
///
/// The writer reports how many bytes are available and when the file is complete; readers are notified when there is more.
public final class ArrivingFile: Sendable {
  /// Where it is.
  public let path: String

  private let state = Mutex(State())

  private struct State {
    var byteCount = 0
    var isWhole = false
    var onGrowth: (@Sendable () -> Void)?
  }

  /// The file at `path`, of which no bytes are available yet.
  public init(path: String) { self.path = path }

  /// The number of available bytes.
  public var byteCount: Int { state.withLock { $0.byteCount } }

  /// Whether the file is complete.
  public var isWhole: Bool { state.withLock { $0.isWhole } }

  /// Reports that the first `byteCount` bytes are available.
  public func grow(to byteCount: Int) {
    let onGrowth = state.withLock { state in
      state.byteCount = max(state.byteCount, byteCount)
      return state.onGrowth
    }
    onGrowth?()
  }

  /// Reports that the file is complete.
  public func finish() {
    let onGrowth = state.withLock { state in
      state.isWhole = true
      return state.onGrowth.take()
    }
    onGrowth?()
  }

  /// Has `action` called whenever there is more, on whatever thread says so.
  package func onGrowth(_ action: @escaping @Sendable () -> Void) {
    state.withLock { $0.onGrowth = $0.isWhole ? nil : action }
  }
}
