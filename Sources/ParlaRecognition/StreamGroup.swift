import ParlaTranscripts

/// Streams that are heard together, so that what each needs of the network becomes one product.
///
/// The text of a stream is what it would be alone, bit for bit. A group and its streams are used by one task at a time.
///
/// ```swift
/// let group = StreamGroup(recognizer)
/// let streams = try callers.map { _ in try group.makeStream() }
/// while let pieces = nextPieces() {
///   for (stream, piece) in zip(streams, pieces) { try stream.feed(int16: piece) }
///   group.advance()
/// }
/// ```
public final class StreamGroup {
  private let recognizer: Recognizer
  private var streams: [WeakStream] = []

  private struct WeakStream {
    weak var stream: RecognitionStream?
  }

  /// A group without streams, which `recognizer` will hear.
  public init(_ recognizer: Recognizer) { self.recognizer = recognizer }

  /// A stream that takes samples and waits for `advance()`; its end is heard at once.
  ///
  /// - Throws: `RecognitionError.otherAlphabet` when the decoder's scorer writes other labels than the model.
  public func makeStream(
    options: RecognitionOptions? = nil
  ) throws(RecognitionError) -> RecognitionStream {
    added(try recognizer.makeStream(options: options))
  }

  /// The same for sound that is all there.
  func makeRecordingStream(
    options: RecognitionOptions
  ) throws(RecognitionError) -> RecognitionStream {
    added(try recognizer.makeRecordingStream(options: options))
  }

  private func added(_ stream: RecognitionStream) -> RecognitionStream {
    stream.isInGroup = true
    streams.append(WeakStream(stream: stream))
    return stream
  }

  /// Hears whatever the streams have taken since the last time, all whole steps of it.
  public func advance() {
    streams.removeAll { $0.stream == nil }
    let all = streams.compactMap(\.stream)
    while true {
      let ready = all.filter(\.hasStep)
      guard let count = ready.map(\.framesPerStep).min() else { return }
      RecognitionStream.advance(ready.filter { $0.framesPerStep == count }, recognizer)
    }
  }
}
