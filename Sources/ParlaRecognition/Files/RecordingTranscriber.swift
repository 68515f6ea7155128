public import ParlaAudio
public import ParlaTranscripts

/// Writes down whole recordings of any length, rate and format.
///
/// Silences of a second and more are left out, so that nothing is heard in them, and the pieces between
/// them are heard independently, several at a time. A recording without such silences is heard as a
/// whole. Times count from the recording's start.
public struct RecordingTranscriber: Sendable {
  /// What hears the pieces.
  public var recognizer: Recognizer

  /// How many transcripts of a recording are wanted.
  public var candidateCount: Int

  /// Whether only speech is heard; otherwise the whole recording is, silences included.
  public var leavesOutSilence: Bool

  /// How many pieces of a recording are heard at the same time.
  public var threadCount: Int

  /// Hears with `recognizer`, which also says whether only speech is heard where `leavesOutSilence` does not.
  public init(
    _ recognizer: Recognizer, candidateCount: Int = 1, leavesOutSilence: Bool? = nil,
    threadCount: Int = 1
  ) {
    precondition(candidateCount >= 1, "candidateCount is at least 1")
    self.recognizer = recognizer
    self.candidateCount = candidateCount
    self.leavesOutSilence = leavesOutSilence ?? recognizer.leavesOutSilence
    self.threadCount = threadCount
  }

  /// What is said in the sound file at `path`.
  ///
  /// - Throws: `AudioError` when the file cannot be read, `RecognitionError`.
  public func transcribe(file path: String) throws -> TranscribedFile {
    try transcribe(files: [path])[0].get()
  }

  /// What is said in each of the sound files at `paths`, or what is wrong with it.
  ///
  /// They are heard together: faster than one by one, with the same texts. However long they are, some minutes of their sound
  /// are in memory at a time.
  public func transcribe(files paths: [String]) -> [Result<TranscribedFile, any Error>] {
    var listener = makeListener()
    let durations = paths.indices.map { index in
      Result {
        var sound = try SoundReader(paths[index], sampleRate: recognizer.sampleRate)
        try listener.hear(index) { try sound.next() }
        return sound.duration
      }
    }
    return paths.indices.map { index in
      Result {
        let duration = try durations[index].get()
        let found = try listener.transcripts(of: index).get()
        return TranscribedFile(
          file: paths[index], duration: duration,
          transcript: found.first ?? Transcript(text: "", words: [], naturalLogProbability: 0),
          candidates: candidateCount > 1 ? found : [],
          labels: TokenLabels(recognizer.alphabet, secondsPerFrame: recognizer.secondsPerFrame))
      }
    }
  }

  /// The most probable transcripts of `waveform`, best first.
  ///
  /// - Throws: `AudioError` when it cannot be resampled, `RecognitionError`.
  public func transcripts(of waveform: Waveform) throws -> [Transcript] {
    var rest = try waveform.resampled(to: recognizer.sampleRate).samples[...]
    var listener = makeListener()
    try listener.hear(0) {
      let piece = Array(rest.prefix(RecognitionStream.pieceLength))
      rest = rest.dropFirst(piece.count)
      return piece.isEmpty ? nil : piece
    }
    return try listener.transcripts(of: 0).get()
  }

  private func makeListener() -> RecordingListener {
    RecordingListener(
      PieceListener(
        recognizer: recognizer, candidateCount: candidateCount, threadCount: threadCount),
      findsSpeech: leavesOutSilence)
  }
}
