import Synchronization

/// Hands results from one thread to another.
final class ResultBox: Sendable {
  private let value = Mutex<[ClipMaker.Made]?>(nil)

  func put(_ made: [ClipMaker.Made]) { value.withLock { $0 = made } }

  func take() -> [ClipMaker.Made]? {
    value.withLock { value in
      defer { value = nil }
      return value
    }
  }
}
