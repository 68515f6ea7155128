import ParlaAudio
import ParlaTranscripts

/// A whole recording on its way to text, of which some minutes at most are in memory.
///
///     sound ──► reader ──► cutter ──► stretches that wait for their turns ──► pieces of text, joined
///                             └─────► one that lasts for minutes is fed as it comes
final class RecordingJob: Sendable {
  /// Where the sound comes from.
  enum Source: Sendable {
    case file(String)
    case waveform(Waveform)
  }

  /// What became of it.
  struct Outcome: Sendable {
    /// In seconds.
    let duration: Double
    /// Best first.
    let transcripts: [Transcript]
  }

  private let source: Source
  private let recognizer: Recognizer
  private let candidateCount: Int
  private let contents: Guarded<Contents>

  private struct Contents: ~Copyable {
    var sound: OpenSound?
    var isOpen = false
    var cutter: RecordingCutter
    /// Those that are not text yet, in order.
    var stretches: [Stretch] = []
    var long: LongStretch?
    var heard: [Transcript.Piece] = []
    var duration = 0.0
    var isRead = false
    var failure: (any Error)?

    init(cutter: RecordingCutter) { self.cutter = cutter }
  }

  /// A stretch that is fed while its end is not known.
  private struct LongStretch {
    let stretch: Stretch
    let start: Int
    var position: Int
  }

  init(
    _ source: Source, _ recognizer: Recognizer, candidateCount: Int, leavesOutSilence: Bool
  ) {
    self.source = source
    self.recognizer = recognizer
    self.candidateCount = candidateCount
    contents = Guarded(
      Contents(
        cutter: RecordingCutter(
          sampleRate: recognizer.sampleRate,
          alignment: recognizer.extractor.settings.stepLength, findsSpeech: leavesOutSilence)))
  }

  /// Whether there is an outcome.
  var isDone: Bool {
    contents.withLock { $0.failure != nil || ($0.isRead && $0.stretches.isEmpty) }
  }

  /// What became of it, once it is done.
  func outcome() throws -> Outcome {
    let (failure, heard, duration) = contents.withLock { ($0.failure, $0.heard, $0.duration) }
    if let failure { throw failure }
    return Outcome(
      duration: duration,
      transcripts: Transcript.joining(
        heard.sorted { $0.startFrame < $1.startFrame },
        spaceLabel: recognizer.alphabet.spaceLabel, secondsPerFrame: recognizer.secondsPerFrame,
        count: candidateCount))
  }

  /// Stretches that a turn would bring forward, the earliest first.
  var pieces: [Stretch] {
    contents.withLock { $0.failure == nil ? $0.stretches : [] }.filter(\.hasWork)
  }

  /// Whether there is more to read, and room for it among `keptCount` samples.
  func wantsToBeRead(keeping keptCount: Int) -> Bool {
    let waiting = contents.withLock { contents in
      contents.isRead || contents.failure != nil ? nil : contents.stretches
    }
    guard let waiting else { return false }
    return waiting.reduce(0) { $0 + $1.waitingCount } < keptCount
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
        contents.stretches = []
        contents.sound = nil
      }
    }
  }

  private func read(_ limit: Int, _ contents: inout Contents) throws {
    if !contents.isOpen {
      contents.isOpen = true
      _ = try recognizer.checked(nil)
      contents.sound = try OpenSound(source, sampleRate: recognizer.sampleRate)
    }
    var count = 0
    while count < limit {
      guard let samples = try contents.sound?.next() else {
        for range in contents.cutter.finish() { try take(range, &contents) }
        // What was fed as it came and turned out to be no speech.
        if let long = contents.long { contents.stretches.removeAll { $0 === long.stretch } }
        contents.duration = contents.sound?.duration ?? 0
        contents.sound = nil
        contents.isRead = true
        return
      }
      count += samples.count
      for range in try contents.cutter.feed(samples) { try take(range, &contents) }
      try feedLong(&contents)
      contents.cutter.drop(heard: contents.long?.position)
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
    let stretch = stretch(at: range.lowerBound)
    try stretch.feed(int16: Array(contents.cutter.samples(range)))
    try stretch.end()
    contents.stretches.append(stretch)
  }

  /// Feeds what is certain of a piece that is longer than memory should hold.
  private func feedLong(_ contents: inout Contents) throws(RecognitionError) {
    let least = Self.longestKept * recognizer.sampleRate
    guard let settled = contents.cutter.longPiece(atLeast: least) else { return }
    var long =
      contents.long.flatMap { $0.start == settled.lowerBound ? $0 : nil }
      ?? LongStretch(
        stretch: stretch(at: settled.lowerBound), start: settled.lowerBound,
        position: settled.lowerBound)
    if let other = contents.long, other.stretch !== long.stretch {
      contents.stretches.removeAll { $0 === other.stretch }
    }
    if contents.long?.stretch !== long.stretch { contents.stretches.append(long.stretch) }
    if settled.upperBound > long.position {
      try long.stretch.feed(
        int16: Array(contents.cutter.samples(long.position..<settled.upperBound)))
      long.position = settled.upperBound
    }
    contents.long = long
  }

  private func stretch(at start: Int) -> Stretch {
    let number = start / recognizer.extractor.settings.stepLength
    let options = RecognitionOptions(
      decoder: recognizer.decoder, framesPerStep: Self.framesPerStep)
    return Stretch(recognizer, options, candidateCount: candidateCount) { [weak self] event in
      if case .final(let candidates) = event { self?.add(candidates, startFrame: number) }
    }
  }

  /// Nobody waits for the words of a recording before its end.
  private static let framesPerStep = 8

  private func add(_ candidates: [Transcript], startFrame: Int) {
    contents.withLock { contents in
      contents.heard.append(Transcript.Piece(candidates: candidates, startFrame: startFrame))
      contents.stretches.removeAll { $0.final != nil }
    }
  }
}

/// Sound of a recording at the model's rate, piece by piece.
private struct OpenSound: ~Copyable {
  private var reader: SoundReader?
  private var rest: ArraySlice<Float> = []
  private let seconds: Double
  private let isFile: Bool

  /// - Throws: `AudioError`.
  init(_ source: RecordingJob.Source, sampleRate: Int) throws {
    switch source {
    case .file(let path):
      seconds = 0
      isFile = true
      reader = try SoundReader(path, sampleRate: sampleRate)
    case .waveform(let waveform):
      seconds = waveform.duration
      isFile = false
      rest = try waveform.resampled(to: sampleRate).samples[...]
    }
  }

  /// In seconds, once all was read.
  var duration: Double { mutating get { reader?.duration ?? seconds } }

  /// The next samples; nil after the last.
  mutating func next() throws -> [Float]? {
    if isFile { return try reader?.next() }
    let piece = Array(rest.prefix(RecognitionStream.pieceLength))
    rest = rest.dropFirst(piece.count)
    return piece.isEmpty ? nil : piece
  }
}
