extension Waveform {
  /// The ranges of samples that contain speech, in order; see `VoiceActivityDetector`.
  public func speech() -> [Range<Int>] {
    var detector = VoiceActivityDetector(sampleRate: sampleRate)
    let events = detector.feed(samples) + detector.finish()
    return events.compactMap { event in
      if case .ended(let range) = event { range } else { nil }
    }
  }

  /// The pieces of a recording that are worth transcribing: all but the silences of at least a second, cut
  /// at shorter pauses too if a piece would be longer than `longestSeconds`.
  ///
  /// A recording without long silences is one whole piece, one without speech none. Pieces start at
  /// multiples of `alignment` samples.
  public func speechPieces(longestSeconds: Double = 30, alignment: Int = 1) -> [Range<Int>] {
    var finder = SpeechPieceFinder(
      sampleRate: sampleRate, longestSeconds: longestSeconds, alignment: alignment)
    return finder.feed(samples) + finder.finish()
  }
}
