extension Waveform {
  /// Where somebody speaks, as ranges of samples in order; see `VoiceActivityDetector`.
  public func speech() -> [Range<Int>] {
    var detector = VoiceActivityDetector(sampleRate: sampleRate)
    let events = detector.feed(samples) + detector.finish()
    return events.compactMap { event in
      if case .ended(let range) = event { range } else { nil }
    }
  }

  /// The pieces of a recording that are worth transcribing: all but the silences of at least a second, cut
  /// at shorter pauses too where a piece would last longer than `longestSeconds`.
  ///
  /// A recording without long silences is one whole piece, one without speech none. Pieces start at
  /// multiples of `alignment` samples.
  public func speechPieces(longestSeconds: Double = 30, alignment: Int = 1) -> [Range<Int>] {
    let longest = Int(longestSeconds * Double(sampleRate))
    var pieces: [Range<Int>] = []
    for range in speech() {
      if let last = pieces.last, range.lowerBound - last.upperBound < sampleRate,
        range.upperBound - last.lowerBound <= longest
      {
        pieces[pieces.count - 1] = last.lowerBound..<range.upperBound
      } else {
        let start = max(pieces.last?.upperBound ?? 0, range.lowerBound)
        pieces.append(start..<max(start, range.upperBound))
      }
    }
    if let first = pieces.first, first.lowerBound < sampleRate { pieces[0] = 0..<first.upperBound }
    if let last = pieces.last, samples.count - last.upperBound < sampleRate {
      pieces[pieces.count - 1] = last.lowerBound..<samples.count
    }
    return pieces.map { $0.lowerBound / alignment * alignment..<$0.upperBound }
  }
}
