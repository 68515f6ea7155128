import ParlaAudio

/// Cuts a recording into pieces while it is read, and keeps no more of it than they need.
struct RecordingCutter {
  /// Sound that is recognised for itself.
  struct Piece {
    /// Where it starts in the recording, in samples.
    let start: Int
    let samples: [Int16]
  }

  private var finder: SpeechPieceFinder
  private var kept: [Int16] = []
  private var keptStart = 0
  private var sampleCount = 0

  init(sampleRate: Int, alignment: Int, findsSpeech: Bool) {
    finder = SpeechPieceFinder(
      sampleRate: sampleRate, alignment: alignment, findsSpeech: findsSpeech)
  }

  /// Takes the next samples and gives the ranges that are thereby known to be pieces.
  ///
  /// - Throws: `RecognitionError.notANumber`.
  mutating func feed(_ samples: [Float]) throws(RecognitionError) -> [Range<Int>] {
    if let index = samples.firstIndex(where: { !$0.isFinite }) {
      throw .notANumber(sampleIndex: sampleCount + index)
    }
    sampleCount += samples.count
    kept += SixteenBits.integers(samples)
    return finder.feed(samples)
  }

  /// Takes the end and gives the last pieces.
  mutating func finish() -> [Range<Int>] { finder.finish() }

  /// What is certain of a piece that is longer than memory should hold; nil mostly.
  func longPiece(atLeast count: Int) -> Range<Int>? {
    finder.settled.flatMap { $0.count >= count ? $0 : nil }
  }

  /// The samples of a range that was not dropped.
  func samples(_ range: Range<Int>) -> ArraySlice<Int16> {
    precondition(range.lowerBound >= keptStart && range.upperBound <= sampleCount, "kept samples")
    return kept[range.lowerBound - keptStart..<range.upperBound - keptStart]
  }

  /// Drops sound that no piece needs, including everything before `position`.
  mutating func drop(before position: Int?) {
    let needed = max(keptStart, position ?? finder.firstNeeded)
    // Moving the rest costs time: seldom.
    guard needed - keptStart > 1 << 14 else { return }
    kept.removeFirst(needed - keptStart)
    keptStart = needed
  }
}
