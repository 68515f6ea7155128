import ParlaAudio
public import ParlaTranscripts

/// Recognises sound that arrives in chunks.
///
/// The size of the chunks does not affect the text. A stream is used by one task at a time; any
/// number of them share a recogniser, each with its own decoder and hot words. It computes on the thread that feeds it; streams of
/// a `StreamScheduler` do not.
///
/// ```swift
/// let stream = try recognizer.makeStream()
/// for piece in microphone {
///   try stream.feed(int16: piece)
///   print(stream.intermediate()[0].text)
/// }
/// print(try stream.finish()[0].text)
/// ```
public final class RecognitionStream {
  private let recognizer: Recognizer
  private let stretch: Stretch
  private var turns: TurnLoop

  init(_ recognizer: Recognizer, _ options: RecognitionOptions) {
    self.recognizer = recognizer
    stretch = Stretch(recognizer, options, staysOpen: true)
    turns = TurnLoop(recognizer)
    turns.plan.add(stretch)
  }

  /// Samples a second that the stream expects, in hertz: the model's.
  public var sampleRate: Int { recognizer.sampleRate }

  /// Takes the next `samples`, of one channel, in [-1, 1]; any number of them.
  ///
  /// - Throws: `RecognitionError.finished`, `.notANumber`.
  public func feed(_ samples: some Collection<Float>) throws(RecognitionError) {
    try feed(samples) { piece throws(RecognitionError) in try stretch.feed(piece) }
  }

  /// Takes the next samples, of one channel, as integers of 16 bits; any number of them.
  ///
  /// - Throws: `RecognitionError.finished`.
  public func feed(int16 samples: some Collection<Int16>) throws(RecognitionError) {
    try feed(samples) { piece throws(RecognitionError) in try stretch.feed(int16: piece) }
  }

  /// The `count` best transcripts of what has been decoded so far, best first.
  ///
  /// What is recognised last waits for the frames around it: about a third of a second is not decoded yet. The stream continues as if
  /// it had not been asked.
  public func intermediate(count: Int = 1) -> [Transcript] { stretch.intermediate(count) }

  /// The `count` best transcripts of all that was fed, best first, as if the sound ended here.
  ///
  /// It costs more than `intermediate`. The stream continues as if it had not been asked.
  public func intermediateFlushing(count: Int = 1) -> [Transcript] {
    guard let ended = stretch.ending(candidateCount: count) else {
      return intermediate(count: count)
    }
    var turns = TurnLoop(recognizer)
    turns.plan.add(ended)
    turns.run()
    return ended.final ?? []
  }

  /// Ends the sound, and gives the `count` best transcripts, best first.
  ///
  /// - Throws: `RecognitionError.finished` the second time.
  public func finish(count: Int = 1) throws(RecognitionError) -> [Transcript] {
    try stretch.end(candidateCount: count)
    turns.run()
    return stretch.final ?? []
  }

  /// How many frames have been decoded.
  public var decodedFrameCount: Int { stretch.decodedFrameCount }

  /// Pieces of this length bound the memory that a long recording needs at once: at 16 kHz, the frames of a largest step.
  static let pieceLength = 96 * 320

  /// Has a turn whenever `take` says that there is enough for one.
  private func feed<Sample>(
    _ samples: some Collection<Sample>, take: ([Sample]) throws(RecognitionError) -> Bool
  ) throws(RecognitionError) {
    var rest = samples[...]
    repeat {
      let piece = Array(rest.prefix(Self.pieceLength))
      rest = rest.dropFirst(piece.count)
      if try take(piece) { turns.run() }
    } while !rest.isEmpty
  }
}
