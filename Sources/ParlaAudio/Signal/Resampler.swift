import CAudioFormats

extension Waveform {
  /// The same sound at `rate` samples a second, by libsoxr's high-quality (20-bit) band-limited interpolation.
  ///
  /// The result has `round(samples.count * rate / sampleRate)` samples, clipped to [-1, 1].
  /// - Throws: `AudioError.cannotResample` for rates outside 100 Hz to 1 MHz, or when memory is short.
  public func resampled(to rate: Int) throws(AudioError) -> Waveform {
    guard rate != sampleRate else { return self }
    try Self.checkRates(from: sampleRate, to: rate)
    let count = (samples.count * rate * 2 + sampleRate) / (2 * sampleRate)
    var output = [Float](repeating: 0, count: count)
    var quality = unsafe soxr_quality_spec(UInt(SOXR_HQ), 0)
    var written = 0
    let failure = unsafe output.withUnsafeMutableBufferPointer { buffer in
      unsafe soxr_oneshot(
        Double(sampleRate), Double(rate), 1, samples, samples.count, nil, buffer.baseAddress, count,
        &written, nil, &quality, nil)
    }
    if let failure = unsafe failure {
      throw .cannotResample(from: sampleRate, to: rate, reason: unsafe String(cString: failure))
    }
    for index in output.indices { output[index] = min(max(output[index], -1), 1) }
    return Waveform(samples: output, sampleRate: rate)
  }

  /// - Throws: `AudioError.cannotResample` for rates that the library cannot change.
  static func checkRates(from sourceRate: Int, to targetRate: Int) throws(AudioError) {
    let rates = 100...1_000_000
    guard rates.contains(sourceRate), rates.contains(targetRate) else {
      throw .cannotResample(
        from: sourceRate, to: targetRate, reason: "rates from 100 to 1000000 Hz are supported")
    }
  }
}
