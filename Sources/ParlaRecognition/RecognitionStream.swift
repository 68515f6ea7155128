import ParlaAcousticModel
import ParlaAudio
import ParlaNeuralNetwork
public import ParlaTranscripts

/// Hears sound that arrives piece by piece.
///
/// However the samples are cut into pieces, the text is that of the whole. A stream is used by one task at a time; any
/// number of them share a recogniser, each with its own decoder and hot words.
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
  private var state: StreamState
  private var sampleCount = 0
  private var isFinished = false

  init(_ recognizer: Recognizer, _ options: RecognitionOptions) {
    self.recognizer = recognizer
    state = StreamState(recognizer, options)
  }

  /// Samples a second that the stream expects, in hertz: the model's.
  public var sampleRate: Int { recognizer.sampleRate }

  /// Takes the next `samples`, of one channel, in [-1, 1]; any number of them.
  ///
  /// - Throws: `RecognitionError.finished`, `.notANumber`.
  public func feed(_ samples: some Collection<Float>) throws(RecognitionError) {
    try checkIsOpen()
    var rest = samples[...]
    while !rest.isEmpty {
      let piece = Array(rest.prefix(Self.pieceLength))
      if let index = piece.firstIndex(where: { !$0.isFinite }) {
        throw .notANumber(sampleIndex: sampleCount + index)
      }
      take(piece)
      rest = rest.dropFirst(piece.count)
    }
  }

  /// Takes the next samples, of one channel, as integers of 16 bits; any number of them.
  ///
  /// - Throws: `RecognitionError.finished`.
  public func feed(int16 samples: some Collection<Int16>) throws(RecognitionError) {
    try checkIsOpen()
    var rest = samples[...]
    while !rest.isEmpty {
      let piece = rest.prefix(Self.pieceLength).map { Float($0) / 32768 }
      take(piece)
      rest = rest.dropFirst(piece.count)
    }
  }

  /// The `count` best transcripts of what has been decoded so far, best first.
  ///
  /// What is heard last waits for the frames around it: about a third of a second is not decoded yet. The stream goes on as if
  /// it had not been asked.
  public func intermediate(count: Int = 1) -> [Transcript] { transcripts(of: state, count) }

  /// The `count` best transcripts of all that was fed, best first, as if the sound ended here.
  ///
  /// It costs more than `intermediate`. The stream goes on as if it had not been asked.
  public func intermediateFlushing(count: Int = 1) -> [Transcript] {
    var ended = state
    if !isFinished {
      ended.end()
      ended.advance(recognizer)
    }
    return transcripts(of: ended, count)
  }

  /// Ends the sound, and gives the `count` best transcripts, best first.
  ///
  /// - Throws: `RecognitionError.finished` the second time.
  public func finish(count: Int = 1) throws(RecognitionError) -> [Transcript] {
    try checkIsOpen()
    isFinished = true
    state.end()
    state.advance(recognizer)
    return transcripts(of: state, count)
  }

  /// How many frames have been decoded.
  public var decodedFrameCount: Int { state.search.frameCount }

  /// Pieces of this length bound the memory that a long recording needs at once: at 16 kHz, the frames of a largest step.
  static let pieceLength = 96 * 320

  private func checkIsOpen() throws(RecognitionError) {
    guard !isFinished else { throw .finished }
  }

  private func take(_ piece: [Float]) {
    sampleCount += piece.count
    state.take(piece)
    state.advance(recognizer)
  }

  private func transcripts(of state: StreamState, _ count: Int) -> [Transcript] {
    state.search.transcripts(count, recognizer)
  }
}
