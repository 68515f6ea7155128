public import ParlaTranscripts

/// The text recognised so far in live sound, or the final text.
public struct RecognitionResult: Sendable, Equatable {
  /// The best transcript so far; words that a beam search has found get their confidence at the end.
  public let transcript: Transcript

  /// Whether the sound has ended, so that nothing will change any more.
  public let isFinal: Bool
}

/// The transcripts of sound that arrives asynchronously: one whenever the text changes, the last one final.
///
/// When the task that reads them is cancelled, the stream is discarded.
public struct RecognitionResults<Samples: AsyncSequence>: AsyncSequence
where Samples.Element: Collection<Float> {
  /// A transcript, partial or final.
  public typealias Element = RecognitionResult

  let samples: Samples
  let scheduler: StreamScheduler
  let options: RecognitionOptions

  /// Starts listening.
  public func makeAsyncIterator() -> Iterator {
    Iterator(samples: samples.makeAsyncIterator(), scheduler: scheduler, options: options)
  }

  /// Feeds a stream until its text changes.
  public struct Iterator: AsyncIteratorProtocol {
    var samples: Samples.AsyncIterator
    let scheduler: StreamScheduler
    let options: RecognitionOptions
    private var stream: ScheduledStream?
    private var text = ""
    private var hasEnded = false

    init(
      samples: Samples.AsyncIterator, scheduler: StreamScheduler, options: RecognitionOptions
    ) {
      self.samples = samples
      self.scheduler = scheduler
      self.options = options
    }

    /// The next transcript; nil after the final one.
    public mutating func next() async throws -> RecognitionResult? {
      guard !hasEnded else { return nil }
      let stream =
        if let stream { stream } else { try await scheduler.makeStream(options: options) }
      self.stream = stream
      while let piece = try await samples.next() {
        try await stream.feed(Array(piece))
        try await stream.settle()
        guard let best = stream.stretch.best, best.text != text else { continue }
        text = best.text
        return RecognitionResult(transcript: best, isFinal: false)
      }
      hasEnded = true
      self.stream = nil
      return try await stream.finish().first.map {
        RecognitionResult(transcript: $0, isFinal: true)
      }
    }
  }
}

extension StreamScheduler {
  /// Transcribes `samples`, pieces of sound at the model's rate, while they arrive.
  ///
  /// ```swift
  /// for try await result in try scheduler.transcripts(of: microphone.pieces) {
  ///   print(result.isFinal ? "\n" : "\r", result.transcript.text)
  /// }
  /// ```
  ///
  /// - Throws: `RecognitionError.otherAlphabet` when the decoder's scorer writes other labels than the model,
  ///   `.needsWhole` when layers of the model need the whole of a recording.
  public nonisolated func transcripts<Samples: AsyncSequence>(
    of samples: Samples, options: RecognitionOptions? = nil
  ) throws(RecognitionError) -> RecognitionResults<Samples>
  where Samples.Element: Collection<Float> {
    RecognitionResults(
      samples: samples, scheduler: self, options: try recognizer.checkedForStream(options))
  }

  /// The same of samples that are integers of 16 bits.
  ///
  /// - Throws: `RecognitionError.otherAlphabet` when the decoder's scorer writes other labels than the model,
  ///   `.needsWhole` when layers of the model need the whole of a recording.
  public nonisolated func transcripts<Samples: AsyncSequence>(
    ofInt16 samples: Samples, options: RecognitionOptions? = nil
  ) throws(RecognitionError) -> RecognitionResults<NumbersOfIntegers<Samples>>
  where Samples.Element: Collection<Int16> {
    try transcripts(of: NumbersOfIntegers(samples: samples), options: options)
  }
}

/// Samples in [-1, 1] of pieces of sound that are integers of 16 bits.
public struct NumbersOfIntegers<Samples: AsyncSequence>: AsyncSequence
where Samples.Element: Collection<Int16> {
  /// A piece of sound.
  public typealias Element = [Float]

  let samples: Samples

  /// Starts with the first piece.
  public func makeAsyncIterator() -> Iterator {
    Iterator(samples: samples.makeAsyncIterator())
  }

  /// Goes through the pieces.
  public struct Iterator: AsyncIteratorProtocol {
    var samples: Samples.AsyncIterator

    /// The next piece; nil after the last.
    public mutating func next() async throws -> [Float]? {
      try await samples.next()?.map { Float($0) / 32768 }
    }
  }
}
