/// Finds the pieces of a recording that are worth transcribing while it is read.
///
/// They are all but the silences of at least a second, cut at shorter pauses too where a piece would last longer than a limit. A
/// recording without long silences is one whole piece, one without speech none.
///
///     sound:   ░░░░▓▓▓▓▓░▓▓▓▓░░░░░░░░░░▓▓▓▓▓▓▓░▓▓
///     pieces:      └────────┘          └ open, or not yet closed: more speech may come to it
///     needed:                          └ from here on
package struct SpeechPieceFinder {
  private let sampleRate: Int
  private let longest: Int
  private let alignment: Int
  private let findsSpeech: Bool
  private var detector: VoiceActivityDetector
  private var sampleCount = 0
  /// Where something began that may be speech.
  private var openStart: Int?
  /// The last piece, to which more may come.
  private var last: Range<Int>?
  /// Where the piece before it ends; nil before the first.
  private var previousEnd: Int?

  /// Waits for the first samples of a recording.
  ///
  /// Pieces start at multiples of `alignment` samples. Without `findsSpeech`, the whole recording is one.
  package init(
    sampleRate: Int, longestSeconds: Double = 30, alignment: Int = 1, findsSpeech: Bool = true
  ) {
    self.sampleRate = sampleRate
    longest = Int(longestSeconds * Double(sampleRate))
    self.alignment = alignment
    self.findsSpeech = findsSpeech
    detector = VoiceActivityDetector(sampleRate: sampleRate)
  }

  /// Takes the next samples and gives the pieces that are thereby complete, in order.
  package mutating func feed(_ samples: [Float]) -> [Range<Int>] {
    sampleCount += samples.count
    guard findsSpeech else { return [] }
    var pieces: [Range<Int>] = []
    for event in detector.feed(samples) { react(to: event, &pieces) }
    if let last, isClosed(last) { close(&pieces) }
    return pieces
  }

  /// Takes the end and gives the last pieces.
  package mutating func finish() -> [Range<Int>] {
    guard findsSpeech else { return sampleCount > 0 ? [0..<sampleCount] : [] }
    var pieces: [Range<Int>] = []
    for event in detector.finish() { react(to: event, &pieces) }
    if let last, sampleCount - last.upperBound < sampleRate {
      self.last = last.lowerBound..<sampleCount
    }
    close(&pieces)
    return pieces
  }

  /// The first sample that a piece still to come may hold.
  package var firstNeeded: Int {
    if let last { return start(last.lowerBound) }
    if !findsSpeech { return 0 }
    // What a detector calls the beginning is at most 0.3 s old.
    return start(openStart ?? max(0, sampleCount - sampleRate / 2))
  }

  /// What is certain of a piece that is so long already that it is a single utterance, and that ends where it ends.
  ///
  /// It is a piece unless the utterance turns out to be no speech.
  package var settled: Range<Int>? {
    guard findsSpeech else { return sampleCount > longest ? 0..<sampleCount : nil }
    // The detector may take back a second of loudness that turned out to be steady.
    guard last == nil, let openStart, sampleCount - openStart > longest + 4 * sampleRate else {
      return nil
    }
    return start(openStart)..<sampleCount - 2 * sampleRate
  }

  private mutating func react(
    to event: VoiceActivityDetector.Event, _ pieces: inout [Range<Int>]
  ) {
    switch event {
    case .began(let sample): openStart = sample
    case .dismissed: openStart = nil
    case .ended(let range):
      openStart = nil
      if let last, range.lowerBound - last.upperBound < sampleRate,
        range.upperBound - last.lowerBound <= longest
      {
        self.last = last.lowerBound..<range.upperBound
      } else {
        close(&pieces)
        last = max(previousEnd ?? 0, range.lowerBound)..<max(previousEnd ?? 0, range.upperBound)
      }
    }
  }

  /// Whether nothing more can come to the last piece: what follows is too far away, or would make it too long.
  private func isClosed(_ last: Range<Int>) -> Bool {
    guard sampleCount - last.upperBound >= 2 * sampleRate else { return false }
    guard let openStart, openStart - last.upperBound < sampleRate else { return true }
    return sampleCount - last.lowerBound > longest + 2 * sampleRate
  }

  private mutating func close(_ pieces: inout [Range<Int>]) {
    guard let last else { return }
    pieces.append(start(last.lowerBound)..<last.upperBound)
    previousEnd = last.upperBound
    self.last = nil
  }

  /// Where a piece starts whose speech does: the first one with the recording, if that is near.
  private func start(_ sample: Int) -> Int {
    if previousEnd == nil, sample < sampleRate { return 0 }
    return max(previousEnd ?? 0, sample) / alignment * alignment
  }
}
