import Foundation
import Synchronization

/// All that requests and streams share.
struct Site: Sendable {
  let settings: ServerSettings
  let access: Access
  let metrics = Metrics()
  let models: ModelLibrary
  let stop = StopSignal()
  /// Whether it is to stop without waiting for anybody.
  let haste = StopSignal()
  let corpus: CorpusSite?

  init(_ settings: ServerSettings) throws {
    self.settings = settings
    access = Access(settings)
    models = ModelLibrary(settings)
    corpus = try settings.corpusFolder.map { try CorpusSite(folder: $0, settings) }
  }

  var limits: ServerLimits { settings.limits }
}

/// Whether the server is about to stop, or something of the kind.
final class StopSignal: Sendable {
  private let isRaisedBox = Mutex(false)

  var isRaised: Bool { isRaisedBox.withLock { $0 } }

  func raise() { isRaisedBox.withLock { $0 = true } }
}
