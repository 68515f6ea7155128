import Synchronization

/// A text that one thread leaves for another.
final class SharedResult: Sendable {
  private let text = Mutex<String?>(nil)

  /// What was left.
  var value: String? { text.withLock { $0 } }

  /// Leaves `value`.
  func set(_ value: String?) { text.withLock { $0 = value } }
}
