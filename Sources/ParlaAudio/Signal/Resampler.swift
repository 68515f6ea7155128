extension Waveform {
  /// Sample rates that can be changed, in hertz.
  static let rates = 100...1_000_000

  /// The same sound at `rate` samples a second, by libsoxr's high-quality (20-bit) band-limited interpolation.
  ///
  /// The result has `round(samples.count * rate / sampleRate)` samples, clipped to [-1, 1].
  /// - Throws: `AudioError.cannotResample` for rates outside 100 Hz to 1 MHz, or when memory is short.
  public func resampled(to rate: Int) throws(AudioError) -> Waveform {
    guard rate != sampleRate else { return self }
    var resampler = try StreamingResampler(from: sampleRate, to: rate)
    var result: [Float] = []
    for start in stride(from: 0, to: samples.count, by: 1 << 16) {
      result += try resampler.feed(Array(samples[start..<min(start + 1 << 16, samples.count)]))
    }
    return Waveform(samples: result + (try resampler.finish()), sampleRate: rate)
  }

  /// - Throws: `AudioError.cannotResample` for rates that the library cannot change.
  static func checkRates(from sourceRate: Int, to targetRate: Int) throws(AudioError) {
    guard rates.contains(sourceRate), rates.contains(targetRate) else {
      throw .cannotResample(
        from: sourceRate, to: targetRate,
        reason: "rates from \(rates.lowerBound) to \(rates.upperBound) Hz are supported")
    }
  }
}
