import ParlaTranscripts

/// Recognises utterances in continuous sound, through a `StreamScheduler`.
///
/// It recognises the same as an `UtteranceListener`, and blocks no thread. One task uses it at a time; when the task is cancelled, the
/// current utterance is discarded.
///
/// ```swift
/// var listener = try ScheduledListener(scheduler)
/// for await piece in microphone {
///   for event in try await listener.feed(piece) { show(event) }
/// }
/// ```
public struct ScheduledListener: Sendable {
  private let scheduler: StreamScheduler
  private let options: RecognitionOptions
  private let findsSpeech: Bool
  private var cutter: UtteranceCutter
  private var utterance: Utterance?

  private struct Utterance: Sendable {
    let stream: ScheduledStream
    var text: UtteranceText
  }

  /// Recognises through `scheduler`, with `options` in place of its recogniser's.
  ///
  /// Without `findsSpeech`, everything is one utterance, which lasts until `finish`.
  /// - Throws: `RecognitionError.otherAlphabet` if the decoder's scorer writes other labels than the model,
  ///   `.needsWhole` if layers of the model need the whole recording.
  public init(
    _ scheduler: StreamScheduler, options: RecognitionOptions? = nil, findsSpeech: Bool = true
  ) throws(RecognitionError) {
    self.scheduler = scheduler
    self.options = try scheduler.recognizer.checkedForStream(options)
    self.findsSpeech = findsSpeech
    cutter = UtteranceCutter(scheduler.recognizer, findsSpeech: findsSpeech)
  }

  /// Takes the next `samples`, of one channel, at the recogniser's rate, in [-1, 1]; returns what was decoded meanwhile.
  ///
  /// It waits for the text of an utterance that ends with them, and while much sound is pending.
  /// - Throws: `RecognitionError`, `CancellationError`.
  public mutating func feed(_ samples: [Float]) async throws -> [UtteranceListener.Event] {
    try await take(cutter.feed(samples))
  }

  /// Takes the next `samples` as integers of 16 bits.
  ///
  /// - Throws: `RecognitionError`, `CancellationError`.
  public mutating func feed(
    int16 samples: some Collection<Int16>
  ) async throws -> [UtteranceListener.Event] {
    try await feed(samples.map { Float($0) / 32768 })
  }

  /// Ends the current utterance, whether the speaker has paused or not, and waits for its text; sound may follow, with
  /// times that count from here.
  ///
  /// - Throws: `RecognitionError`, `CancellationError`.
  public mutating func finish() async throws -> [UtteranceListener.Event] {
    let events = try await take(cutter.finish())
    cutter = UtteranceCutter(scheduler.recognizer, findsSpeech: findsSpeech)
    utterance = nil
    return events
  }

  private mutating func take(
    _ blocks: [[UtteranceCutter.Cut]]
  ) async throws -> [UtteranceListener.Event] {
    var events: [UtteranceListener.Event] = []
    for cut in blocks.joined() {
      if let event = try await act(on: cut) { events.append(event) }
    }
    let best = utterance?.stream.stretch.best
    if let partial = utterance?.text.partial(best) { events.append(partial) }
    return events
  }

  private mutating func act(
    on cut: UtteranceCutter.Cut
  ) async throws -> UtteranceListener.Event? {
    switch cut {
    case .begin(let frame):
      utterance = Utterance(
        stream: try await scheduler.makeStream(options: options),
        text: UtteranceText(startFrame: frame, scheduler.recognizer))
    case .sound(let samples): try await utterance?.stream.feed(samples)
    case .end:
      guard let ended = utterance.take() else { return nil }
      return ended.text.whole(try await ended.stream.finish())
    case .dismiss:
      utterance = nil
      return .dismissed
    }
    return nil
  }
}
