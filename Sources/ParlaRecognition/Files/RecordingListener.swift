import ParlaAudio
import ParlaTranscripts

/// Hears recordings, a piece at a time of each, and holds only some minutes of sound.
///
///     file ──► reader ──► cutter ──► queue of pieces, some minutes ──► PieceListener: several together
///                            └─────► a piece of minutes goes through a stream of its own as it comes
struct RecordingListener {
  private let listener: PieceListener
  private let findsSpeech: Bool
  private var queue: [(recording: Int, piece: RecordingCutter.Piece)] = []
  private var queuedCount = 0
  private var heard: [Int: [Transcript.Piece]] = [:]
  private var failures: [Int: any Error] = [:]

  /// Pieces longer than this, in seconds, are heard as they come.
  private static let longestQueued = 120

  init(_ listener: PieceListener, findsSpeech: Bool) {
    self.listener = listener
    self.findsSpeech = findsSpeech
  }

  private var recognizer: Recognizer { listener.recognizer }

  /// How many samples there are for each frame.
  private var frameLength: Int { recognizer.extractor.settings.stepLength }

  /// Hears the recording number `recording`, whose samples `next` gives until there are none.
  ///
  /// - Throws: what `next` does; `RecognitionError`.
  mutating func hear(_ recording: Int, _ next: () throws -> [Float]?) throws {
    var cutter = RecordingCutter(
      sampleRate: recognizer.sampleRate, alignment: frameLength, findsSpeech: findsSpeech)
    var long: LongPiece?
    while let samples = try next() {
      for range in try cutter.feed(samples) { try take(range, of: recording, cutter, &long) }
      let settled = cutter.longPiece(atLeast: Self.longestQueued * recognizer.sampleRate)
      if let settled {
        if long?.start != settled.lowerBound {
          long = LongPiece(start: settled.lowerBound, stream: try listener.longStream())
        }
        try long?.feed(upTo: settled.upperBound, cutter)
      }
      cutter.drop(heard: long?.position)
    }
    for range in cutter.finish() { try take(range, of: recording, cutter, &long) }
  }

  /// The most probable transcripts of the recordings that were heard, or what is wrong with a piece.
  mutating func transcripts(of recording: Int) -> Result<[Transcript], any Error> {
    hearQueue()
    if let failure = failures[recording] { return .failure(failure) }
    let pieces = (heard[recording] ?? []).sorted { $0.startFrame < $1.startFrame }
    return .success(
      Transcript.joining(
        pieces, spaceLabel: recognizer.alphabet.spaceLabel,
        secondsPerFrame: recognizer.secondsPerFrame, count: listener.candidateCount))
  }

  private mutating func take(
    _ range: Range<Int>, of recording: Int, _ cutter: RecordingCutter, _ long: inout LongPiece?
  ) throws {
    if var piece = long, piece.start == range.lowerBound {
      try piece.feed(upTo: range.upperBound, cutter)
      let candidates = try piece.stream.finish(count: listener.candidateCount)
      add(candidates, start: range.lowerBound, of: recording)
      long = nil
      return
    }
    let samples = Array(cutter.samples(range))
    queue.append((recording, RecordingCutter.Piece(start: range.lowerBound, samples: samples)))
    queuedCount += samples.count
    // Enough for each thread to have some of its own, of about the same length.
    let seconds = 120 * (listener.threadCount + 2)
    if queuedCount >= seconds * recognizer.sampleRate { hearQueue() }
  }

  private mutating func hearQueue() {
    let results = listener.transcripts(of: queue.map(\.piece.samples))
    for ((recording, piece), result) in zip(queue, results) {
      switch result {
      case .success(let candidates): add(candidates, start: piece.start, of: recording)
      case .failure(let error): failures[recording] = failures[recording] ?? error
      }
    }
    queue = []
    queuedCount = 0
  }

  private mutating func add(_ candidates: [Transcript], start: Int, of recording: Int) {
    heard[recording, default: []].append(
      Transcript.Piece(candidates: candidates, startFrame: start / frameLength))
  }

  /// A piece that is heard while it comes.
  private struct LongPiece {
    let start: Int
    let stream: RecognitionStream
    private(set) var position: Int

    init(start: Int, stream: RecognitionStream) {
      self.start = start
      self.stream = stream
      position = start
    }

    mutating func feed(upTo end: Int, _ cutter: RecordingCutter) throws {
      guard end > position else { return }
      try stream.feed(int16: cutter.samples(position..<end))
      position = end
    }
  }
}
