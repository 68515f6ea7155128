import ParlaFiles
import ParlaTranscripts

/// A whole recording on its way to text, of which some minutes at most are in memory.
///
///     sound ──► reader ──► cutter ──► stretches that wait for their turns ──► pieces of text, joined
///                             └─────► one that lasts for minutes is fed as it comes
final class RecordingJob: Sendable {
  /// Its result.
  struct Outcome: Sendable {
    /// In seconds.
    let duration: Double
    /// Best first.
    let transcripts: [Transcript]
  }

  private let source: RecordingSource
  private let recognizer: Recognizer
  private let options: TranscriptionOptions
  private let tell: @Sendable (Transcript) -> Void
  private let contents: Guarded<Contents>

  private struct Contents: ~Copyable {
    var sound: OpenSound?
    var isOpen = false
    var cutter: RecordingCutter
    /// Those that are not text yet, in order.
    var waiting: [WaitingPiece] = []
    var long: LongStretch?
    var pieces: [Transcript.Piece] = []
    /// How many of the pieces were reported.
    var toldCount = 0
    /// How many samples were read.
    var sampleCount = 0
    var duration = 0.0
    var isRead = false
    var failure: (any Error)?

    init(cutter: RecordingCutter) { self.cutter = cutter }

    mutating func forget(_ stretch: Stretch) {
      waiting = waiting.filter { $0.stretch !== stretch }
    }

    mutating func forgetFinished() { waiting = waiting.filter { $0.stretch.final == nil } }
  }

  /// A stretch and where it starts in the recording, in frames.
  private struct WaitingPiece {
    let stretch: Stretch
    let startFrame: Int
  }

  /// A stretch that is fed while its end is not known.
  private struct LongStretch {
    let stretch: Stretch
    let start: Int
    var position: Int
  }

  /// `tell` gets the text of each piece, in order, as soon as those before it were reported.
  init(
    _ source: RecordingSource, _ recognizer: Recognizer, _ options: TranscriptionOptions,
    tell: @escaping @Sendable (Transcript) -> Void = { _ in }
  ) {
    self.source = source
    self.recognizer = recognizer
    self.options = options
    self.tell = tell
    contents = Guarded(
      Contents(
        cutter: RecordingCutter(
          sampleRate: recognizer.sampleRate,
          alignment: recognizer.extractor.settings.stepLength, findsSpeech: options.leavesOutSilence
        )))
  }

  /// Whether there is an outcome.
  var isDone: Bool {
    contents.withLock { $0.failure != nil || ($0.isRead && $0.waiting.isEmpty) }
  }

  /// Its result, once it is done.
  func outcome() throws -> Outcome {
    let (failure, pieces, duration) = contents.withLock { ($0.failure, $0.pieces, $0.duration) }
    if let failure { throw failure }
    return Outcome(
      duration: duration,
      transcripts: Transcript.joining(
        pieces, spaceLabel: recognizer.alphabet.spaceLabel,
        secondsPerFrame: recognizer.secondsPerFrame, count: options.candidateCount))
  }

  /// Its transcript, once it is done.
  func transcribed() throws -> TranscribedFile {
    let outcome = try outcome()
    return TranscribedFile(
      file: source.name, duration: outcome.duration,
      transcript: outcome.transcripts.first
        ?? Transcript(text: "", words: [], naturalLogProbability: 0),
      candidates: options.candidateCount > 1 ? outcome.transcripts : [],
      labels: TokenLabels(recognizer.alphabet, secondsPerFrame: recognizer.secondsPerFrame))
  }

  /// Stretches that a turn would bring forward, the earliest first.
  var pieces: [Stretch] {
    contents.withLock { $0.failure == nil ? $0.waiting : [] }.map(\.stretch).filter(\.hasWork)
  }

  /// Whether there is more to read, and room for it among `keptCount` samples.
  func wantsToBeRead(keeping keptCount: Int) -> Bool {
    let waiting: [WaitingPiece]? = contents.withLock { contents in
      guard !contents.isRead, contents.failure == nil, hasNews(&contents) else { return nil }
      return contents.waiting
    }
    guard let waiting else { return false }
    return waiting.reduce(0) { $0 + $1.stretch.waitingCount } < keptCount
  }

  /// Whether it can do nothing before more of its file has arrived.
  var isIdle: Bool {
    contents.withLock { contents in
      contents.failure == nil && !contents.isRead && contents.waiting.isEmpty
        && !hasNews(&contents)
    }
  }

  private func hasNews(_ contents: inout Contents) -> Bool {
    contents.isOpen ? contents.sound?.hasNews ?? false : true
  }
}

// MARK: - Reading

extension RecordingJob {
  /// Pieces longer than this, in seconds, are fed as they come.
  private static let longestKept = 120

  /// Reads the next `limit` samples or somewhat more, and cuts them.
  func read(_ limit: Int) {
    contents.withLock { contents in
      do {
        try read(limit, &contents)
      } catch {
        contents.failure = error
        contents.waiting = []
        contents.sound = nil
      }
    }
  }

  private func read(_ limit: Int, _ contents: inout Contents) throws {
    if !contents.isOpen {
      contents.isOpen = true
      _ = try recognizer.checked(RecognitionOptions(decoder: options.decoder))
      contents.sound = try OpenSound(source, sampleRate: recognizer.sampleRate)
    }
    var count = 0
    while count < limit {
      guard let samples = try contents.sound?.next() else {
        for range in contents.cutter.finish() { try take(range, &contents) }
        // What was fed as it came and turned out to be no speech.
        if let long = contents.long { contents.forget(long.stretch) }
        contents.duration = contents.sound?.duration ?? 0
        contents.sound = nil
        contents.isRead = true
        return
      }
      if samples.isEmpty { return }
      count += samples.count
      contents.sampleCount += samples.count
      if let limit = options.longestSeconds,
        contents.sampleCount > limit * recognizer.sampleRate
      {
        throw RecognitionError.tooLong(limit: limit)
      }
      for range in try contents.cutter.feed(samples) { try take(range, &contents) }
      try feedLong(&contents)
      contents.cutter.drop(before: contents.long?.position)
    }
  }

  /// Makes a stretch of a piece.
  private func take(
    _ range: Range<Int>, _ contents: inout Contents
  ) throws(RecognitionError) {
    if let long = contents.long, long.start == range.lowerBound {
      if range.upperBound > long.position {
        try long.stretch.feed(
          int16: Array(contents.cutter.samples(long.position..<range.upperBound)))
      }
      try long.stretch.end()
      contents.long = nil
      return
    }
    let piece = piece(at: range.lowerBound)
    try piece.stretch.feed(int16: Array(contents.cutter.samples(range)))
    try piece.stretch.end()
    contents.waiting.append(piece)
  }

  /// Feeds what is certain of a piece that is longer than memory should hold.
  private func feedLong(_ contents: inout Contents) throws(RecognitionError) {
    guard !recognizer.featuresNeedWhole else { return }
    let least = Self.longestKept * recognizer.sampleRate
    guard let settled = contents.cutter.longPiece(atLeast: least) else { return }
    var long =
      contents.long.flatMap { $0.start == settled.lowerBound ? $0 : nil }
      ?? begin(at: settled.lowerBound, &contents)
    if settled.upperBound > long.position {
      try long.stretch.feed(
        int16: Array(contents.cutter.samples(long.position..<settled.upperBound)))
      long.position = settled.upperBound
    }
    contents.long = long
  }

  /// Begins a long stretch; what was another and turned out to be no speech is forgotten.
  private func begin(at start: Int, _ contents: inout Contents) -> LongStretch {
    if let other = contents.long { contents.forget(other.stretch) }
    let piece = piece(at: start)
    contents.waiting.append(piece)
    return LongStretch(stretch: piece.stretch, start: start, position: start)
  }

  private func piece(at start: Int) -> WaitingPiece {
    let startFrame = recognizer.frame(ofSample: start)
    let stretch = Stretch(
      recognizer,
      RecognitionOptions(decoder: options.decoder, framesPerStep: Self.framesPerStep),
      candidateCount: options.candidateCount
    ) { [weak self] event in
      if case .final(let candidates) = event { self?.add(candidates, startFrame: startFrame) }
    }
    return WaitingPiece(stretch: stretch, startFrame: startFrame)
  }

  /// The words of a recording are not needed before its end.
  private static let framesPerStep = 8

  private func add(_ candidates: [Transcript], startFrame: Int) {
    let told = contents.withLock { contents in
      let place = contents.pieces.firstIndex { $0.startFrame > startFrame } ?? contents.pieces.count
      contents.pieces.insert(
        Transcript.Piece(candidates: candidates, startFrame: startFrame), at: place)
      contents.forgetFinished()
      let first = contents.waiting.map(\.startFrame).min() ?? .max
      let known = contents.pieces.prefix { $0.startFrame < first }
      defer { contents.toldCount = known.count }
      return Array(known.dropFirst(contents.toldCount))
    }
    for piece in told {
      let text = Transcript.joining(
        [piece], spaceLabel: nil, secondsPerFrame: recognizer.secondsPerFrame)
      if let best = text.first, !best.text.isEmpty { tell(best) }
    }
  }
}
