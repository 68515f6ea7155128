public import ParlaTranscripts

/// Reads the most probable label of each frame: CTC's best path.
///
/// Graves et al. 2006, "Connectionist temporal classification", section 3.2. Fast and without
/// settings, but it follows one alignment, where the beam search adds up all that spell the same
/// text.
public struct GreedyDecoder: Sendable {
  /// Makes a greedy decoder.
  public init() {}

  /// The best path of `probabilities`, repeats collapsed and blanks dropped.
  ///
  /// A token's frame is the first of its run. The score is the probability of the path, not of the
  /// text.
  public func decode(_ probabilities: LabelProbabilities) -> Candidate {
    var search = GreedySearchState()
    search.step(probabilities)
    return search.candidate
  }
}
