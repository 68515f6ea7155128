/// A sound file with what was heard in it.
public struct TranscribedFile: Sendable, Equatable {
  /// The sound file as the user named it.
  public let file: String

  /// The best transcript.
  public let transcript: Transcript

  /// All transcripts, best first, when more than one was asked for.
  public let candidates: [Transcript]

  /// Makes the result for `file`.
  public init(file: String, transcript: Transcript, candidates: [Transcript] = []) {
    self.file = file
    self.transcript = transcript
    self.candidates = candidates
  }
}
