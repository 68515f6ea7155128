/// Sound of one channel as samples in [-1, 1].
public struct Waveform: Sendable, Equatable {
  /// Amplitudes in [-1, 1], one for each sampling instant.
  public var samples: [Float]

  /// Samples a second, in hertz.
  public let sampleRate: Int

  /// Makes a waveform from samples in [-1, 1] taken `sampleRate` times a second.
  public init(samples: [Float], sampleRate: Int) {
    precondition(sampleRate > 0, "a sample rate is positive")
    self.samples = samples
    self.sampleRate = sampleRate
  }

  /// Length in seconds.
  public var duration: Double { Double(samples.count) / Double(sampleRate) }
}
