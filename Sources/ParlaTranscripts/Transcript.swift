/// A label with the frames at which it was recognised.
public struct Token: Sendable, Equatable {
  /// Index of the label in the alphabet.
  public let label: Int

  /// The first frame of the label, counted from the recording's start.
  public let frame: Int

  /// The frame after the last one at which the label, rather than the blank after it, is the likelier.
  public let endFrame: Int

  /// Makes a token of the alphabet's label `label`, recognised from frame `frame` up to `endFrame`, by
  /// default at that frame alone.
  public init(label: Int, frame: Int, endFrame: Int? = nil) {
    self.label = label
    self.frame = frame
    self.endFrame = endFrame ?? frame + 1
  }
}

/// One of the label sequences that a decoder found, with its score.
public struct Candidate: Sendable, Equatable {
  /// The labels in the order in which they were recognised.
  public let tokens: [Token]

  /// Natural logarithm of the probability that the decoder gives the sequence.
  public let naturalLogProbability: Double

  /// Makes a candidate of `tokens` with the decoder's score.
  public init(tokens: [Token], naturalLogProbability: Double) {
    self.tokens = tokens
    self.naturalLogProbability = naturalLogProbability
  }
}

/// A word with the time at which it was spoken.
public struct Word: Sendable, Equatable, Codable {
  /// The word's text.
  public let text: String

  /// When the word starts, in seconds from the recording's start.
  public let start: Double

  /// When the word ended, in seconds from the recording's start.
  public let end: Double

  /// The probability, from 0 to 1, that this word was said; nil if it was not computed.
  public let confidence: Double?

  /// Makes a word spoken from `start` to `end`, in seconds.
  public init(text: String, start: Double, end: Double, confidence: Double? = nil) {
    self.text = text
    self.start = start
    self.end = end
    self.confidence = confidence
  }
}

/// The text of a recording.
public struct Transcript: Sendable, Equatable {
  /// The whole text.
  public let text: String

  /// The words with their times.
  public let words: [Word]

  /// The labels that spell the text, including spaces, with their frames; empty if the decoder does
  /// not provide them.
  public let tokens: [Token]

  /// Natural logarithm of the probability that the decoder gives the text.
  public let naturalLogProbability: Double

  /// Makes a transcript of `words` that read `text`.
  public init(
    text: String, words: [Word], tokens: [Token] = [], naturalLogProbability: Double
  ) {
    self.text = text
    self.words = words
    self.tokens = tokens
    self.naturalLogProbability = naturalLogProbability
  }
}
