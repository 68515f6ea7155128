import ParlaAudio
import ParlaDecoding
import ParlaRecognition
import ParlaTranscripts

/// Makes samples of bytes that arrive piece by piece.
protocol ByteSource {
  /// So many bytes hold some seconds of sound at most.
  var sliceLength: Int { get }

  func feed(_ bytes: [UInt8]) throws -> [Float]
}

/// Recognises a client's live sound utterance by utterance, on the scheduler that all clients share.
///
/// `VoiceActivityDetector` determines where speech begins and ends; if it begins within the first second, it is recognised from the
/// sound's start, as in recordings, so that the text equals that of `parla transcribe`. Times count from the sound's start.
final class LiveRecognition {
  /// What was noticed.
  enum Event: Sendable {
    /// Possible speech began, this many seconds from the start.
    case began(seconds: Double)
    /// It was speech, with its transcripts, best first, and its start and end in seconds.
    case utterance([Transcript], start: Double, end: Double)
    /// It was none.
    case dismissed
  }

  private var model: ServedModel
  private var options: RecognitionOptions
  /// What the next utterance is recognised with, where that was changed.
  private var next: (model: ServedModel, options: RecognitionOptions)?
  private let candidateCount: Int
  private let tell: @Sendable (Transcript) async -> Void
  private var detector: VoiceActivityDetector
  private var current: Utterance?
  private var recent: [Float] = []
  private var sampleCount = 0
  private var lastEnd = 0
  /// Where the detector began to count.
  private var detectorStart = 0

  /// The current utterance.
  private struct Utterance {
    let stream: ScheduledStream
    let startFrame: Int
    let secondsPerFrame: Double
    let telling: Task<Void, Never>
  }

  /// Recognises with `model` and `decoder`; `tell` is called with the text of the current utterance whenever it changes.
  init(
    _ model: ServedModel, decoder: BeamSearchDecoder?, candidateCount: Int = 1,
    tell: @escaping @Sendable (Transcript) async -> Void = { _ in }
  ) {
    self.model = model
    self.candidateCount = candidateCount
    self.tell = tell
    options = RecognitionOptions(decoder: decoder)
    detector = VoiceActivityDetector(sampleRate: model.recognizer.sampleRate)
  }

  deinit { current?.telling.cancel() }

  /// The samples per second that it takes.
  var rate: Int { model.recognizer.sampleRate }

  /// Recognises what is said next with another model of the same sample rate, or another decoder; an utterance that is under way ends as
  /// it began.
  func use(_ model: ServedModel, decoder: BeamSearchDecoder?) {
    precondition(model.recognizer.sampleRate == rate, "a model of the same sample rate")
    next = (model, RecognitionOptions(decoder: decoder))
  }

  /// How much was fed, in seconds.
  var seconds: Double { Double(sampleCount) / Double(rate) }

  /// Whether an utterance is under way.
  var isListening: Bool { current != nil }

  /// Takes the bytes of a client's message, which may hold hours of sound, through `source`.
  ///
  /// It takes them slice by slice, so that memory stays bounded and others get their turns.
  func feed(_ bytes: [UInt8], through source: some ByteSource) async throws -> [Event] {
    let length = source.sliceLength
    var events: [Event] = []
    for start in stride(from: 0, to: bytes.count, by: length) {
      let slice = Array(bytes[start..<min(start + length, bytes.count)])
      events += try await feed(source.feed(slice))
      await Task.yield()
    }
    return events
  }

  /// Takes the next samples, at the model's rate; it waits while much sound waits for its turn.
  ///
  /// - Throws: `RecognitionError`, `CancellationError`.
  func feed(_ samples: [Float]) async throws -> [Event] {
    var events: [Event] = []
    // In short blocks, so that an utterance ends where it ends however much comes at once.
    for start in stride(from: 0, to: samples.count, by: max(1, rate / 10)) {
      try Task.checkCancellation()
      try await take(Array(samples[start..<min(start + max(1, rate / 10), samples.count)]), &events)
    }
    return events
  }

  /// Takes the end of the sound, and with it of the utterance.
  func finish() async throws -> [Event] {
    var events: [Event] = []
    for event in detector.finish() { try await react(to: event, &events) }
    detectorStart = sampleCount
    forgetRecent()
    return events
  }

  /// What is recognised of the current utterance, once all that was fed is decoded.
  func partial() async throws -> Transcript? {
    guard let current else { return nil }
    try await current.stream.settle()
    guard let best = current.stream.stretch.best else { return nil }
    return Self.placed([best], current).first
  }

  /// Ends the current utterance without waiting for a pause.
  func flush() async throws -> [Event] {
    let events = try await finish()
    lastEnd = sampleCount
    return events
  }

  private func take(_ block: [Float], _ events: inout [Event]) async throws {
    sampleCount += block.count
    recent += block
    try await current?.stream.feed(block)
    for event in detector.feed(block) { try await react(to: event, &events) }
    forgetRecent()
  }

  private func forgetRecent() {
    // What a detector calls the beginning is at most 0.3 s old; the first second is kept, since a start near it is the start.
    let isFirst = sampleCount - lastEnd < rate + rate / 2
    if !isFirst || current != nil { recent.removeFirst(max(0, recent.count - rate / 2)) }
  }

  private func react(
    to event: VoiceActivityDetector.Event, _ events: inout [Event]
  ) async throws {
    switch event {
    case .began(let sample):
      var first = max(sample + detectorStart, sampleCount - recent.count)
      if first - lastEnd < rate { first = max(lastEnd, sampleCount - recent.count) }
      try await begin(at: first)
      events.append(.began(seconds: Double(first) / Double(rate)))
    case .ended:
      try await end(&events)
    case .dismissed:
      current?.telling.cancel()
      current?.stream.cancel()
      current = nil
      events.append(.dismissed)
    }
  }

  private func begin(at sample: Int) async throws {
    if let next = next.take() { (model, options) = next }
    let step = Int((model.recognizer.secondsPerFrame * Double(rate)).rounded())
    let stream = try await model.scheduler.makeStream(options: options)
    let frame = sample / max(1, step)
    let tell = tell
    let secondsPerFrame = model.recognizer.secondsPerFrame
    let telling = Self.telling(of: stream, frame, secondsPerFrame, tell)
    current = Utterance(
      stream: stream, startFrame: frame, secondsPerFrame: secondsPerFrame, telling: telling)
    try await stream.feed(Array(recent.suffix(sampleCount - sample)))
  }

  private static func telling(
    of stream: ScheduledStream, _ frame: Int, _ secondsPerFrame: Double,
    _ tell: @escaping @Sendable (Transcript) async -> Void
  ) -> Task<Void, Never> {
    Task { await tellPartials(of: stream, frame, secondsPerFrame, tell) }
  }

  private static func tellPartials(
    of stream: ScheduledStream, _ frame: Int, _ secondsPerFrame: Double,
    _ tell: @Sendable (Transcript) async -> Void
  ) async {
    for await result in stream.events where !result.isFinal {
      let transcripts = placed([result.transcript], frame, secondsPerFrame)
      if let transcript = transcripts.first { await tell(transcript) }
    }
  }

  private func end(_ events: inout [Event]) async throws {
    guard let ended = current else { return }
    current = nil
    let transcripts = Self.placed(try await ended.stream.finish(count: candidateCount), ended)
    await ended.telling.value
    lastEnd = sampleCount
    let start = Double(ended.startFrame) * ended.secondsPerFrame
    guard let best = transcripts.first, !best.text.isEmpty else {
      events.append(.dismissed)
      return
    }
    events.append(.utterance(transcripts, start: start, end: seconds))
  }

  private static func placed(_ transcripts: [Transcript], _ utterance: Utterance) -> [Transcript] {
    placed(transcripts, utterance.startFrame, utterance.secondsPerFrame)
  }

  private static func placed(
    _ transcripts: [Transcript], _ frame: Int, _ secondsPerFrame: Double
  ) -> [Transcript] {
    Transcript.joining(
      [Transcript.Piece(candidates: transcripts, startFrame: frame)], spaceLabel: nil,
      secondsPerFrame: secondsPerFrame, count: max(1, transcripts.count))
  }
}
