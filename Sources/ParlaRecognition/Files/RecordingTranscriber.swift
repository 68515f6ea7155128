import Dispatch
public import ParlaAudio
public import ParlaTranscripts
import Synchronization

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
    let waveform = try AudioFile.read(path)
    let found = try transcripts(of: waveform)
    let best = found.first ?? Transcript(text: "", words: [], naturalLogProbability: 0)
    return TranscribedFile(
      file: path, duration: waveform.duration, transcript: best,
      candidates: candidateCount > 1 ? found : [],
      labels: TokenLabels(recognizer.alphabet, secondsPerFrame: recognizer.secondsPerFrame))
  }

  /// The most probable transcripts of `waveform`, best first.
  ///
  /// - Throws: `AudioError` when it cannot be resampled, `RecognitionError`.
  public func transcripts(of waveform: Waveform) throws -> [Transcript] {
    let waveform = try waveform.resampled(to: recognizer.sampleRate)
    let stepLength = max(
      1, Int((recognizer.secondsPerFrame * Double(recognizer.sampleRate)).rounded()))
    let ranges =
      leavesOutSilence
      ? waveform.speechPieces(alignment: stepLength) : [0..<waveform.samples.count]
    let heard = try concurrentMap(ranges, threadCount: threadCount) { range in
      Transcript.Piece(
        candidates: try candidates(of: waveform.samples[range]),
        startFrame: range.lowerBound / stepLength)
    }
    return Transcript.joining(
      heard, spaceLabel: recognizer.alphabet.spaceLabel,
      secondsPerFrame: recognizer.secondsPerFrame, count: candidateCount)
  }

  private func candidates(of samples: ArraySlice<Float>) throws -> [Transcript] {
    let stream = try recognizer.makeStream()
    try stream.feed(samples)
    return try stream.finish(count: candidateCount)
  }
}

/// The results of `body` for each element, in order, computed by `threadCount` threads.
///
/// - Throws: What `body` throws for the first element that fails.
func concurrentMap<Element: Sendable, Result: Sendable>(
  _ elements: [Element], threadCount: Int, _ body: @Sendable (Element) throws -> Result
) throws -> [Result] {
  guard threadCount > 1, elements.count > 1 else { return try elements.map(body) }
  let results = Mutex([Swift.Result<Result, any Error>?](repeating: nil, count: elements.count))
  let next = Atomic(0)
  DispatchQueue.concurrentPerform(iterations: min(threadCount, elements.count)) { _ in
    while true {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard index < elements.count else { return }
      let result = Swift.Result { try body(elements[index]) }
      results.withLock { $0[index] = result }
    }
  }
  return try results.withLock { $0 }.compactMap { try $0?.get() }
}
