import ParlaAudio
import ParlaFiles
import ParlaTranscripts

/// Sound that is recognised independently: a live stream, or the sound between two silences of a recording.
///
/// It may be fed and processed on different threads. In a turn it is prepared, stepped and decoded, in this order.
package final class Stretch: Sendable {
  /// The events during decoding.
  enum Event: Sendable {
    /// The text has changed.
    case partial(Transcript)
    /// The sound has ended, and nothing will change any more.
    case final([Transcript])
  }

  /// The purpose of a stretch.
  enum Purpose: Sendable {
    /// Text, whose changes are reported if requested.
    case text(tellsPartials: Bool)
    /// Label probabilities; there is no text then.
    case probabilities
  }

  private let recognizer: Recognizer
  private let options: RecognitionOptions
  private let purpose: Purpose
  /// Whether it can be asked after its end.
  private let staysOpen: Bool
  private let tell: @Sendable (Event) -> Void
  private let contents: Guarded<Contents>

  private struct Contents {
    var sound = SoundQueue()
    var isEnded = false
    var isCancelled = false
    /// How many samples were fed.
    var sampleCount = 0
    var candidateCount: Int
    /// Made when the first turn comes: what waits needs no beam.
    var stream: StreamState?
    /// What is left of it after the end, if somebody may ask.
    var ended: LabelSearch?
    var result: NetworkStep.Result?
    var best: Transcript?
    var final: [Transcript]?
  }

  /// Waits for sound; `tell` is called during turns.
  init(
    _ recognizer: Recognizer, _ options: RecognitionOptions, candidateCount: Int = 1,
    purpose: Purpose = .text(tellsPartials: false), staysOpen: Bool = false,
    tell: @escaping @Sendable (Event) -> Void = { _ in }
  ) {
    self.recognizer = recognizer
    self.options = options
    self.purpose = purpose
    self.staysOpen = staysOpen
    self.tell = tell
    contents = Guarded(Contents(candidateCount: candidateCount))
  }

  /// The same sound so far, which ends here; nil where it has ended already.
  func ending(candidateCount: Int) -> Stretch? {
    let copy = Stretch(
      recognizer, options, candidateCount: candidateCount, purpose: purpose, staysOpen: staysOpen)
    let contents = contents.withLock { $0 }
    guard !contents.isEnded else { return nil }
    copy.contents.withLock {
      $0 = contents
      $0.isEnded = true
      $0.candidateCount = candidateCount
    }
    return copy
  }
}

// MARK: - Feeding

extension Stretch {
  /// Adds sound; says whether there is enough for a turn.
  ///
  /// - Throws: `RecognitionError.finished`, `.notANumber`.
  @discardableResult
  func feed(_ samples: [Float]) throws(RecognitionError) -> Bool {
    let odd = samples.firstIndex { !$0.isFinite }
    return try add(samples.count, notANumber: odd) { $0.append(samples) }
  }

  /// - Throws: `RecognitionError.finished`.
  @discardableResult
  func feed(int16 samples: [Int16]) throws(RecognitionError) -> Bool {
    try add(samples.count) { $0.append(int16: samples) }
  }

  private func add(
    _ count: Int, notANumber odd: Int? = nil, _ append: (inout SoundQueue) -> Void
  ) throws(RecognitionError) -> Bool {
    try contents.withLock { contents throws(RecognitionError) in
      guard !contents.isEnded else { throw .finished }
      if let odd { throw .notANumber(sampleIndex: contents.sampleCount + odd) }
      contents.sampleCount += count
      append(&contents.sound)
      return hasWork(contents)
    }
  }

  /// Says that no more sound will come, and how many transcripts are wanted.
  ///
  /// - Throws: `RecognitionError.finished` the second time.
  func end(candidateCount: Int? = nil) throws(RecognitionError) {
    try contents.withLock { contents throws(RecognitionError) in
      guard !contents.isEnded else { throw .finished }
      contents.isEnded = true
      contents.candidateCount = candidateCount ?? contents.candidateCount
    }
  }

  /// Forgets all sound.
  func cancel() {
    contents.withLock { contents in
      contents.isCancelled = true
      contents.sound = SoundQueue()
      contents.stream = nil
    }
  }

  /// Whether the text is no longer needed.
  var isCancelled: Bool { contents.withLock { $0.isCancelled } }

  /// How many samples wait for their turn.
  var waitingCount: Int { contents.withLock { $0.sound.count } }

  /// Whether a turn would bring it forward.
  var hasWork: Bool { contents.withLock { hasWork($0) } }

  /// The transcripts of the whole, once they are there.
  var final: [Transcript]? { contents.withLock { $0.final } }

  /// The last reported text; its words have no confidence yet.
  package var best: Transcript? { contents.withLock { $0.best } }

  /// The `count` best transcripts of what has been decoded.
  func intermediate(_ count: Int) -> [Transcript] {
    (search ?? beginning).transcripts(count, recognizer)
  }

  /// How many frames were decoded.
  var decodedFrameCount: Int { search?.frameCount ?? 0 }

  /// The label probabilities so far, where they are the purpose.
  var probabilities: LabelProbabilities { (search ?? beginning).keptProbabilities }

  private var search: LabelSearch? { contents.withLock { $0.stream?.search ?? $0.ended } }

  /// The search before the first frame.
  private var beginning: LabelSearch {
    let labelCount = recognizer.alphabet.labelCount
    return switch purpose {
    case .text: LabelSearch(options.decoder, labelCount: labelCount)
    case .probabilities: .probabilities([], labelCount: labelCount)
    }
  }

  private func hasWork(_ contents: borrowing Contents) -> Bool {
    if contents.isEnded || contents.isCancelled {
      return contents.final == nil && !contents.isCancelled
    }
    guard !recognizer.featuresNeedWhole else { return false }
    let samples = (contents.stream?.sampleCount ?? 0) + contents.sound.count
    let settings = recognizer.extractor.settings
    let windows = settings.frameCount(sampleCount: samples) - settings.contextFrameCount
    let needed = recognizer.inference.windows?.length ?? options.framesPerStep
    return windows - (contents.stream?.windowCount ?? 0) >= needed
  }
}

// MARK: - A turn

extension Stretch {
  /// Takes sound for `limit` frames, and gives what goes through the network.
  func prepare(upTo limit: Int) -> NetworkStep? {
    contents.withLock { contents in
      guard !contents.isCancelled else { return nil }
      var stream = contents.stream.take() ?? StreamState(recognizer, options, beginning)
      let settings = recognizer.extractor.settings
      let most = max(limit, options.framesPerStep, recognizer.inference.windows?.length ?? 0)
      let frames = stream.windowCount + most + settings.contextFrameCount
      let samples =
        recognizer.featuresNeedWhole
        ? Int.max : settings.windowLength + (frames - 1) * settings.stepLength
      stream.take(contents.sound.take(max(0, samples - stream.sampleCount)))
      if contents.isEnded && contents.sound.count == 0 { stream.end() }
      let step = stream.nextStep(upTo: limit)
      contents.stream = stream
      return step
    }
  }

  /// Takes what came out of the network.
  func take(_ result: NetworkStep.Result) { contents.withLock { $0.result = result } }

  /// Decodes it, and reports the changes.
  func decode() {
    let event: Event? = contents.withLock { contents in
      guard var stream = contents.stream.take() else { return nil }
      let result = contents.result.take()
      if let result { stream.finish(result) }
      if stream.isComplete {
        // What remembers the sound is not needed any more.
        if staysOpen { contents.ended = stream.search }
        let final = stream.search.transcripts(contents.candidateCount, recognizer)
        contents.final = final
        return .final(final)
      }
      contents.stream = stream
      guard case .text(tellsPartials: true) = purpose, result != nil,
        let best = stream.search.partial(recognizer),
        best.text != contents.best?.text ?? ""
      else { return nil }
      contents.best = best
      return .partial(best)
    }
    if let event { tell(event) }
  }
}
