import Dispatch
public import ParlaTranscripts
import Synchronization

extension BeamSearchDecoder {
  /// The best `candidateCount` label sequences of each recording, found on all processors.
  ///
  /// The result does not depend on how many there are.
  public func decode(
    batch: [LabelProbabilities], candidateCount: Int = 1
  ) -> [[Candidate]] {
    let found = Mutex([[Candidate]](repeating: [], count: batch.count))
    DispatchQueue.concurrentPerform(iterations: batch.count) { index in
      let candidates = decode(batch[index], candidateCount: candidateCount)
      found.withLock { $0[index] = candidates }
    }
    return found.withLock { $0 }
  }
}
