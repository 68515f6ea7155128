import ParlaAudio
public import ParlaTranscripts

/// Hears utterance by utterance in a sound that does not end.
///
/// Only what may be speech goes to the recogniser, which starts anew after each pause; see
/// `VoiceActivityDetector`.
///
/// ```swift
/// var listener = UtteranceListener(recognizer)
/// for piece in microphone {
///   for case .utterance(let transcript) in try listener.feed(piece) { print(transcript.text) }
/// }
/// ```
public struct UtteranceListener {
  /// What was heard.
  public enum Event: Sendable, Equatable {
    /// What the utterance that goes on sounds like so far.
    case partial(String)
    /// A whole utterance, with times from the sound's start.
    case utterance(Transcript)
    /// What went on was no speech.
    case dismissed
  }

  private let recognizer: Recognizer
  private let options: RecognitionOptions?
  private let findsSpeech: Bool
  private let blockLength: Int
  private var detector: VoiceActivityDetector

  /// Samples that fill no block: an utterance ends with a block, wherever the caller cut the sound.
  private var pending: [Float] = []

  private var stream: RecognitionStream?
  private var startFrame = 0
  private var lastPartial = ""
  private var decodedFrameCount = 0
  /// The last samples, in case they turn out to be the start of an utterance.
  private var recent: [Float] = []
  private var sampleCount = 0

  /// Hears with `recognizer`, and with `options` in place of its own.
  ///
  /// Without `findsSpeech`, all is one utterance, which lasts until `finish`.
  public init(
    _ recognizer: Recognizer, options: RecognitionOptions? = nil, findsSpeech: Bool = true
  ) {
    self.recognizer = recognizer
    self.options = options
    self.findsSpeech = findsSpeech
    blockLength = max(1, recognizer.sampleRate / 50)
    detector = VoiceActivityDetector(sampleRate: recognizer.sampleRate)
  }

  /// Takes the next `samples`, of one channel, at the recogniser's rate, in [-1, 1].
  ///
  /// - Throws: `RecognitionError`.
  public mutating func feed(_ samples: [Float]) throws(RecognitionError) -> [Event] {
    var events: [Event] = []
    pending += samples
    var start = 0
    while pending.count - start >= blockLength {
      try take(Array(pending[start..<start + blockLength]), &events)
      start += blockLength
    }
    pending.removeFirst(start)
    return events
  }

  /// Takes the next `samples`, of one channel, at the recogniser's rate, as integers of 16 bits.
  ///
  /// - Throws: `RecognitionError`.
  public mutating func feed(
    int16 samples: some Collection<Int16>
  ) throws(RecognitionError) -> [Event] {
    try feed(samples.map { Float($0) / 32768 })
  }

  /// Ends the sound, and with it the utterance that goes on.
  ///
  /// - Throws: `RecognitionError`.
  public mutating func finish() throws(RecognitionError) -> [Event] {
    var events: [Event] = []
    try take(pending, &events)
    if findsSpeech {
      for event in detector.finish() { try react(to: event, &events) }
    } else {
      try end(&events)
    }
    self = UtteranceListener(recognizer, options: options, findsSpeech: findsSpeech)
    return events
  }

  private mutating func take(_ block: [Float], _ events: inout [Event]) throws(RecognitionError) {
    guard !block.isEmpty else { return }
    if findsSpeech { try hear(block, &events) } else { try hearAll(block, &events) }
  }

  private mutating func hearAll(
    _ block: [Float], _ events: inout [Event]
  ) throws(RecognitionError) {
    if stream == nil { stream = try recognizer.makeStream(options: options) }
    try stream?.feed(block)
    tellPartial(&events)
  }

  private mutating func hear(_ block: [Float], _ events: inout [Event]) throws(RecognitionError) {
    sampleCount += block.count
    recent += block
    try stream?.feed(block)
    for event in detector.feed(block) { try react(to: event, &events) }
    tellPartial(&events)
    // What a detector calls the beginning is at most 0.3 s old.
    recent.removeFirst(max(0, recent.count - recognizer.sampleRate / 2))
  }

  private mutating func react(
    to event: VoiceActivityDetector.Event, _ events: inout [Event]
  ) throws(RecognitionError) {
    switch event {
    case .began(let sample):
      let first = max(sample, sampleCount - recent.count)
      startFrame = first / recognizer.extractor.settings.stepLength
      stream = try recognizer.makeStream(options: options)
      try stream?.feed(recent.suffix(sampleCount - first))
    case .ended: try end(&events)
    case .dismissed:
      reset()
      events.append(.dismissed)
    }
  }

  private mutating func end(_ events: inout [Event]) throws(RecognitionError) {
    guard let ended = stream else { return }
    let piece = Transcript.Piece(candidates: try ended.finish(), startFrame: startFrame)
    let joined = Transcript.joining(
      [piece], spaceLabel: nil, secondsPerFrame: recognizer.secondsPerFrame)
    reset()
    if let transcript = joined.first, !transcript.text.isEmpty {
      events.append(.utterance(transcript))
    } else {
      events.append(.dismissed)
    }
  }

  private mutating func reset() {
    stream = nil
    lastPartial = ""
    decodedFrameCount = 0
    startFrame = 0
  }

  private mutating func tellPartial(_ events: inout [Event]) {
    guard let stream, stream.decodedFrameCount > decodedFrameCount else { return }
    decodedFrameCount = stream.decodedFrameCount
    guard let text = stream.intermediate().first?.text, text != lastPartial else { return }
    lastPartial = text
    events.append(.partial(text))
  }
}
