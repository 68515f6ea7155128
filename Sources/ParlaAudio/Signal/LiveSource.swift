/// Sound from a pipe, brought to the rate that is wanted.
public struct LiveSource: ~Copyable {
  private var stream: PCMStream
  private var resampler: StreamingResampler?
  private let target: Int

  /// Expects bytes from the source called `name`: raw ones have `rate` samples per second, the output has `target`.
  public init(name: String, rate: Int, target: Int) {
    stream = PCMStream(source: name, sampleRate: rate)
    self.target = target
  }

  /// Takes the next bytes and returns the samples, in [-1, 1], that they complete.
  ///
  /// - Throws: `AudioError.unsupportedStream`, `.encodedStream`, `.cannotResample`.
  public mutating func feed(_ bytes: [UInt8]) throws(AudioError) -> [Float] {
    try resampled(stream.feed(bytes))
  }

  private mutating func resampled(_ samples: [Float]) throws(AudioError) -> [Float] {
    guard stream.sampleRate != target, !samples.isEmpty else { return samples }
    var resampler =
      if let resampler = resampler.take() { resampler } else {
        try StreamingResampler(from: stream.sampleRate, to: target)
      }
    let resampled = try resampler.feed(samples)
    self.resampler = consume resampler
    return resampled
  }

  /// The samples that wait for more bytes.
  ///
  /// - Throws: `AudioError.unsupportedStream`, `.encodedStream`, `.cannotResample`.
  public mutating func rest() throws(AudioError) -> [Float] {
    let last = try resampled(stream.end())
    guard var resampler = resampler.take() else { return last }
    return last + (try resampler.finish())
  }

  /// Ends the sound.
  ///
  /// - Throws: `AudioError.oddByteCount` when half a sample is left, `.unsupportedStream` when the header was not whole.
  public mutating func finish() throws(AudioError) { try stream.finish() }
}
