public import ParlaDecoding

/// How a stream listens.
public struct RecognitionOptions: Sendable {
  /// How label probabilities become text, with scorer and hot words; nil reads the most probable label of each frame.
  public var decoder: BeamSearchDecoder?

  /// How many frames go through the network together, at least 1: fewer answer sooner, more cost less.
  public var framesPerStep: Int

  /// Listens with `decoder`; 16 frames, 0.32 s as a rule, are what DeepSpeech's client takes together.
  public init(decoder: BeamSearchDecoder? = nil, framesPerStep: Int = 16) {
    precondition(framesPerStep >= 1, "framesPerStep is at least 1")
    self.decoder = decoder
    self.framesPerStep = framesPerStep
  }
}
