import ParlaFiles
public import ParlaTranscripts

extension BeamSearchDecoder {
  /// The best `candidateCount` label sequences of each recording, found by `threadCount` threads: as a rule, one a processor.
  ///
  /// The result does not depend on how many there are.
  public func decode(
    batch: [LabelProbabilities], candidateCount: Int = 1, threadCount: Int? = nil
  ) -> [[Candidate]] {
    concurrentMap(batch, threadCount: threadCount) {
      decode($0, candidateCount: candidateCount)
    }
  }
}
