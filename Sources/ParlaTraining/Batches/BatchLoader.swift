import Dispatch
import Synchronization

/// Loads the next batches of an epoch on a thread of its own while the present one is trained on.
final class BatchLoader {
  private let dataset: Dataset
  private var coming: ArraySlice<Range<Int>>
  private var pending: [Pending] = []
  private let queue = DispatchQueue(label: "parla.batches")

  /// How many batches are loaded ahead.
  private static let depth = 2

  /// Loads `batches` of `dataset`, one after another.
  init(_ dataset: Dataset, batches: ArraySlice<Range<Int>>) {
    self.dataset = dataset
    coming = batches
  }

  /// The next batch, waited for if need be; nil after the last.
  func next() -> LoadedBatch? {
    while pending.count <= Self.depth, let range = coming.popFirst() {
      let load = Pending()
      pending.append(load)
      queue.async { [dataset] in load.fulfil(dataset.loaded(range)) }
    }
    return pending.isEmpty ? nil : pending.removeFirst().wait()
  }

  private final class Pending: Sendable {
    private let batch = Mutex<LoadedBatch?>(nil)
    private let isLoaded = DispatchSemaphore(value: 0)

    func fulfil(_ loaded: LoadedBatch) {
      batch.withLock { $0 = loaded }
      isLoaded.signal()
    }

    func wait() -> LoadedBatch? {
      isLoaded.wait()
      return batch.withLock { $0 }
    }
  }
}
