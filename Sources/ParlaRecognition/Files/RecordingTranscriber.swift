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

  /// Hears with `recognizer`.
  public init(
    _ recognizer: Recognizer, candidateCount: Int = 1, leavesOutSilence: Bool = true,
    threadCount: Int = 1
  ) {
    precondition(candidateCount >= 1, "candidateCount is at least 1")
    self.recognizer = recognizer
    self.candidateCount = candidateCount
    self.leavesOutSilence = leavesOutSilence
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
  /// They are all in memory, and heard together: faster than one by one, with the same texts.
  public func transcribe(files paths: [String]) -> [Result<TranscribedFile, any Error>] {
    let waveforms = paths.map { path in Result { try AudioFile.read(path) } }
    let heard = transcripts(of: waveforms)
    return paths.indices.map { index in
      Result {
        let (waveform, found) = (try waveforms[index].get(), try heard[index].get())
        return TranscribedFile(
          file: paths[index], duration: waveform.duration,
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
    try transcripts(of: [.success(waveform)])[0].get()
  }

  /// The same of each of some waveforms; what is wrong with one of them does not keep the others from being heard.
  private func transcripts(
    of waveforms: [Result<Waveform, any Error>]
  ) -> [Result<[Transcript], any Error>] {
    let sounds = waveforms.map { waveform in
      Result {
        let resampled = try waveform.get().resampled(to: recognizer.sampleRate)
        return (samples: resampled.samples, pieces: pieces(of: resampled))
      }
    }
    let listener = PieceListener(
      recognizer: recognizer, candidateCount: candidateCount, threadCount: threadCount)
    var heard = listener.transcripts(
      of: sounds.flatMap { sound in
        (try? sound.get()).map { sound in sound.pieces.map { sound.samples[$0] } } ?? []
      })[...]
    return sounds.map { sound in
      Result {
        let pieces = try sound.get().pieces
        let own = heard.prefix(pieces.count)
        heard = heard.dropFirst(pieces.count)
        return Transcript.joining(
          try zip(pieces, own).map { range, candidates in
            Transcript.Piece(
              candidates: try candidates.get(), startFrame: range.lowerBound / frameLength)
          },
          spaceLabel: recognizer.alphabet.spaceLabel,
          secondsPerFrame: recognizer.secondsPerFrame, count: candidateCount)
      }
    }
  }

  /// What is heard of `waveform`; pieces start with a frame.
  private func pieces(of waveform: Waveform) -> [Range<Int>] {
    leavesOutSilence
      ? waveform.speechPieces(alignment: frameLength) : [0..<waveform.samples.count]
  }

  /// How many samples there are for each frame.
  private var frameLength: Int { recognizer.extractor.settings.stepLength }
}
