public import ParlaDecoding

/// How a whole recording is transcribed.
public struct TranscriptionOptions: Sendable {
  /// How label probabilities become text, with scorer and hot words; nil reads the most probable label of each frame.
  public var decoder: BeamSearchDecoder?

  /// How many transcripts are wanted, at least 1.
  public var candidateCount: Int {
    didSet { precondition(candidateCount >= 1, "candidateCount is at least 1") }
  }

  /// Whether only speech is recognised; otherwise the whole recording is, silences included.
  public var leavesOutSilence: Bool

  /// Recordings that last for more seconds are refused; nil for any length.
  public var longestSeconds: Int?

  /// The defaults of `recognizer`.
  public init(_ recognizer: Recognizer, candidateCount: Int = 1) {
    precondition(candidateCount >= 1, "candidateCount is at least 1")
    decoder = recognizer.decoder
    leavesOutSilence = recognizer.leavesOutSilence
    self.candidateCount = candidateCount
  }
}
