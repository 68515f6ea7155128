/// Samples in [-1, 1] as the 16-bit integers that recordings usually hold, whose full scale is 32768.
package enum SixteenBits {
  /// 3 * 2^22 steps of 2^-15: at this size a `Float` has no bits for less than a step, so adding it rounds, to even at ties.
  private static let rounding: Float = 384

  /// The sample that is left of `sample` in a 16-bit file; no sample of such a file changes.
  @inline(__always)
  package static func rounded(_ sample: Float) -> Float {
    (min(max(sample, -1), 32767 / 32768) + rounding) - rounding
  }

  /// The 16-bit integer for the finite `sample`.
  package static func integer(_ sample: Float) -> Int16 { Int16(rounded(sample) * 32768) }

  /// The 16-bit integers for the finite `samples`.
  package static func integers(_ samples: [Float]) -> [Int16] { samples.map(integer) }
}

extension Waveform {
  /// Makes a waveform from integers of 16 bits, taken `sampleRate` times a second.
  public init(int16 samples: some Collection<Int16>, sampleRate: Int) {
    self.init(samples: samples.map { Float($0) / 32768 }, sampleRate: sampleRate)
  }
}
