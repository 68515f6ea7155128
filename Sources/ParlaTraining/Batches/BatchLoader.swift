import Dispatch
import ParlaNeuralNetwork
import Synchronization

/// Loads the next batches of an epoch on a thread of its own while the present one is trained on.
final class BatchLoader {
  private let dataset: Dataset
  private let augmentation: TrainingAugmentation?
  private let epoch: Int
  private let peers: any Peers
  private let batchCount: Int
  private var coming: ArraySlice<Range<Int>>
  private var pending: [Pending] = []
  private let queue = DispatchQueue(label: "parla.batches")

  /// How many batches are loaded ahead.
  private static let depth = 2

  /// Loads `batches` of `dataset`, which end epoch `epoch`, one after another; of each what this one of `peers` takes.
  init(
    _ dataset: Dataset, batches: ArraySlice<Range<Int>>, epoch: Int = 0,
    augmentation: TrainingAugmentation? = nil, peers: any Peers = Alone()
  ) {
    self.dataset = dataset
    self.augmentation = augmentation
    self.epoch = epoch
    self.peers = peers
    batchCount = batches.endIndex
    coming = batches
  }

  /// The next batch, waited for if need be; nil after the last.
  func next() -> LoadedBatch? {
    while pending.count <= Self.depth, !coming.isEmpty {
      let done = Double(coming.startIndex) / Double(batchCount)
      let augmentation = augmentation?.batch(epoch: epoch, done: done)
      let range = peers.share(of: coming.removeFirst())
      let load = Pending()
      pending.append(load)
      queue.async { [dataset] in load.fulfil(dataset.loaded(range, augmentation)) }
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
