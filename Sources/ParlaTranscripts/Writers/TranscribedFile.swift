/// A sound file with the text recognised in it.
public struct TranscribedFile: Sendable, Equatable {
  /// The sound file as the user named it.
  public let file: String

  /// How long the recording lasts, in seconds.
  public let duration: Double

  /// The best transcript.
  public let transcript: Transcript

  /// All transcripts, best first, if more than one was requested.
  public let candidates: [Transcript]

  /// How the labels of the transcripts' tokens are written, and how long a frame lasts in seconds.
  public let labels: TokenLabels

  /// Makes the result for `file`.
  public init(
    file: String, duration: Double = 0, transcript: Transcript, candidates: [Transcript] = [],
    labels: TokenLabels = TokenLabels()
  ) {
    self.file = file
    self.duration = duration
    self.transcript = transcript
    self.candidates = candidates
    self.labels = labels
  }
}

/// The labels of a transcript's tokens.
public struct TokenLabels: Sendable, Equatable {
  /// The text of each label.
  public let texts: [String]

  /// How long a frame lasts, in seconds.
  public let secondsPerFrame: Double

  private let alphabet: Alphabet?

  /// The text that `labels` spell together.
  func text(_ labels: [Int]) -> String {
    alphabet?.decode(labels) ?? labels.map { texts[$0] }.joined()
  }

  /// Makes the labels `texts` of frames that last `secondsPerFrame`.
  public init(texts: [String] = [], secondsPerFrame: Double = 0) {
    self.texts = texts
    self.secondsPerFrame = secondsPerFrame
    alphabet = nil
  }

  /// The labels of `alphabet`.
  public init(_ alphabet: Alphabet, secondsPerFrame: Double) {
    texts = alphabet.labels
    self.secondsPerFrame = secondsPerFrame
    self.alphabet = alphabet
  }
}
