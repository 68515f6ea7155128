import ParlaPlatform

/// Decibels, as DeepSpeech's `util/audio.py` counts them.
enum Loudness {
  /// A full-scale sine has 0 dBFS, so that the highest peak has 3.0103.
  static let fullScale = 3.0103

  /// The loudness of the highest peak of `samples`.
  static func peak(_ samples: [Float]) -> Double {
    let peak = samples.reduce(Float(0)) { max($0, abs($1)) }
    return 20 * log10(max(1e-16, Double(peak))) + fullScale
  }

  /// The loudness that `samples` have on the whole (root mean square).
  static func mean(_ samples: [Float]) -> Double {
    let power = samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(max(samples.count, 1))
    return 10 * log10(max(1e-32, power)) + fullScale
  }

  /// The factor for amplitudes that adds `decibels`.
  static func ratio(_ decibels: Double) -> Double { pow(10, decibels / 20) }

  /// `samples` with their highest peak at `decibels`, cut off at [-1, 1].
  static func normalized(_ samples: [Float], to decibels: Double) -> [Float] {
    amplified(samples, by: decibels - peak(samples))
  }

  /// `samples` louder by `decibels`, cut off at [-1, 1].
  static func amplified(_ samples: [Float], by decibels: Double) -> [Float] {
    let ratio = ratio(decibels)
    return samples.map { Float(min(max(Double($0) * ratio, -1), 1)) }
  }
}
