public import ParlaDecoding

/// How a stream listens.
public struct RecognitionOptions: Sendable {
  /// How label probabilities become text, with scorer and hot words; nil reads the most probable label of each frame.
  public var decoder: BeamSearchDecoder?

  /// How many frames must have arrived before they go through the network, at least 1.
  ///
  /// Fewer answer sooner, more cost less. If more have arrived, more are processed together; the text is the same.
  public var framesPerStep: Int

  /// Uses `decoder`, usually that of the recogniser, in steps of 8 frames, usually 0.16 s; DeepSpeech's client takes 16.
  public init(decoder: BeamSearchDecoder?, framesPerStep: Int = 8) {
    precondition(framesPerStep >= 1, "framesPerStep is at least 1")
    self.decoder = decoder
    self.framesPerStep = framesPerStep
  }
}
