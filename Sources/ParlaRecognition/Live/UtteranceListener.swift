import ParlaAudio
public import ParlaTranscripts

/// Recognises utterance by utterance in a sound that does not end.
///
/// Only possible speech goes to the recogniser, which starts again after each pause; see
/// `VoiceActivityDetector`. It computes on the calling thread; a `ScheduledListener` does not.
///
/// ```swift
/// var listener = try UtteranceListener(recognizer)
/// for piece in microphone {
///   for case .utterance(let transcript) in try listener.feed(piece) { print(transcript.text) }
/// }
/// ```
public struct UtteranceListener {
  /// A result of the recognition.
  public enum Event: Sendable, Equatable {
    /// The text of the current utterance so far, with times from the sound's start.
    case partial(Transcript)
    /// A whole utterance, with times from the sound's start.
    case utterance(Transcript)
    /// The current sound turned out not to be speech.
    case dismissed
  }

  private let recognizer: Recognizer
  private let options: RecognitionOptions
  private let findsSpeech: Bool
  private var cutter: UtteranceCutter
  private var utterance: Utterance?

  private struct Utterance {
    let stream: RecognitionStream
    var text: UtteranceText
    var decodedFrameCount = 0
  }

  /// Recognises with `recognizer`, and with `options` in place of its own.
  ///
  /// Without `findsSpeech`, all is one utterance, which lasts until `finish`.
  /// - Throws: `RecognitionError.otherAlphabet` when the decoder's scorer writes other labels than the model,
  ///   `.needsWhole` when layers of the model need the whole of a recording.
  public init(
    _ recognizer: Recognizer, options: RecognitionOptions? = nil, findsSpeech: Bool = true
  ) throws(RecognitionError) {
    self.recognizer = recognizer
    self.options = try recognizer.checkedForStream(options)
    self.findsSpeech = findsSpeech
    cutter = UtteranceCutter(recognizer, findsSpeech: findsSpeech)
  }

  /// Takes the next `samples`, of one channel, at the recogniser's rate, in [-1, 1].
  ///
  /// - Throws: `RecognitionError`.
  public mutating func feed(_ samples: [Float]) throws(RecognitionError) -> [Event] {
    try take(cutter.feed(samples))
  }

  /// Takes the next `samples`, of one channel, at the recogniser's rate, as integers of 16 bits.
  ///
  /// - Throws: `RecognitionError`.
  public mutating func feed(
    int16 samples: some Collection<Int16>
  ) throws(RecognitionError) -> [Event] {
    try feed(samples.map { Float($0) / 32768 })
  }

  /// Ends the sound, and with it the current utterance.
  ///
  /// - Throws: `RecognitionError`.
  public mutating func finish() throws(RecognitionError) -> [Event] {
    let events = try take(cutter.finish())
    cutter = UtteranceCutter(recognizer, findsSpeech: findsSpeech)
    utterance = nil
    return events
  }

  private mutating func take(
    _ blocks: [[UtteranceCutter.Cut]]
  ) throws(RecognitionError) -> [Event] {
    var events: [Event] = []
    for block in blocks {
      for cut in block { if let event = try act(on: cut) { events.append(event) } }
      if let partial = partial() { events.append(partial) }
    }
    return events
  }

  private mutating func act(on cut: UtteranceCutter.Cut) throws(RecognitionError) -> Event? {
    switch cut {
    case .begin(let frame):
      utterance = Utterance(
        stream: try recognizer.makeStream(options: options),
        text: UtteranceText(startFrame: frame, recognizer))
    case .sound(let samples): try utterance?.stream.feed(samples)
    case .end:
      guard let ended = utterance.take() else { return nil }
      return ended.text.whole(try ended.stream.finish())
    case .dismiss:
      utterance = nil
      return .dismissed
    }
    return nil
  }

  private mutating func partial() -> Event? {
    guard let stream = utterance?.stream,
      case let count = stream.decodedFrameCount, count > utterance?.decodedFrameCount ?? 0
    else { return nil }
    utterance?.decodedFrameCount = count
    return utterance?.text.partial(stream.intermediate().first)
  }
}
