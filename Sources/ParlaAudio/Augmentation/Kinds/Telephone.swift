import ParlaPlatform

/// Lets the sound come through a telephone line: 300 to 3400 Hz in 8-bit u-law samples of 8 kHz (ITU-T G.711, G.712):
/// `telephone[p=0.1]`.
struct Telephone: Augmentation {
  static let name = "telephone"

  let domain = AugmentationDomain.sample

  private static let sampleRate = 8000

  init(_ fields: inout AugmentationFields) throws(AudioError) {}

  func apply(
    to values: inout AugmentedValues, _ context: inout AugmentationContext
  ) throws(AudioError) {
    let sound = Waveform(samples: values.values, sampleRate: context.settings.sampleRate)
    values = AugmentedValues(try Self.transmitted(sound).samples)
  }

  /// `sound` as it arrives.
  static func transmitted(_ sound: Waveform) throws(AudioError) -> Waveform {
    var line = try sound.resampled(to: sampleRate)
    line.samples = secondOrder(.high, 300, line.samples)
    line.samples = secondOrder(.low, 3400, line.samples)
    line.samples = line.samples.map(coded)
    return try line.resampled(to: sound.sampleRate).fitted(to: sound.samples.count)
  }

  private enum Pass { case low, high }

  /// A Butterworth filter of second order at `edge` hertz (bilinear transform).
  private static func secondOrder(_ pass: Pass, _ edge: Double, _ samples: [Float]) -> [Float] {
    let warped = tan(.pi * edge / Double(sampleRate))
    let scale = 1 / (1 + 2.0.squareRoot() * warped + warped * warped)
    let gain = pass == .low ? warped * warped * scale : scale
    let middle = pass == .low ? 2 * gain : -2 * gain
    let feedback = (
      2 * (warped * warped - 1) * scale, (1 - 2.0.squareRoot() * warped + warped * warped) * scale
    )
    var (state1, state2) = (0.0, 0.0)
    return samples.map { sample in
      let input = Double(sample)
      let output = gain * input + state1
      state1 = middle * input - feedback.0 * output + state2
      state2 = gain * input - feedback.1 * output
      return Float(output)
    }
  }

  /// The sample that is left after 8 bits of u-law.
  private static func coded(_ sample: Float) -> Float {
    let scale = log(256.0)
    let clipped = min(max(Double(sample), -1), 1)
    let level = (log(1 + 255 * abs(clipped)) / scale * 127).rounded() / 127
    let decoded = (exp(level * scale) - 1) / 255
    return Float(clipped < 0 ? -decoded : decoded)
  }
}
