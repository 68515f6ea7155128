/// Plays faster or slower, voice and tempo together, as on a tape: `speed[factor=1~0.1]`.
///
/// Ko et al. 2015, "Audio augmentation for speech recognition", section 3.
struct Speed: Augmentation {
  static let name = "speed"

  let domain = AugmentationDomain.sample
  private let factor: ValueRange

  init(_ fields: inout AugmentationFields) throws(AudioError) {
    factor = try fields.range("factor", ValueRange(1, radius: 0.1), within: 0.25...4)
  }

  var greatestLengthening: Double { 1 / factor.bounds.lowerBound }

  func apply(
    to values: inout AugmentedValues, _ context: inout AugmentationContext
  ) throws(AudioError) {
    let settings = context.settings
    let fewest = settings.windowLength + (context.minimumFrameCount - 1) * settings.stepLength
    let most = max(100, 100 * values.rowCount / (fewest + 1))
    let hundredths = min(Int((100 * context.draw(factor)).rounded()), most)
    let sound = Waveform(samples: values.values, sampleRate: settings.sampleRate)
    values = AugmentedValues(try Self.played(sound, hundredths: hundredths).samples)
  }

  /// `sound` at this many hundredths of its speed.
  static func played(_ sound: Waveform, hundredths: Int) throws(AudioError) -> Waveform {
    guard hundredths != 100 else { return sound }
    // As if it had been taken at another rate; the library takes common factors out.
    let faster = Waveform(
      samples: sound.samples, sampleRate: sound.sampleRate * hundredths / 100)
    return Waveform(
      samples: try faster.resampled(to: sound.sampleRate).samples, sampleRate: sound.sampleRate)
  }
}
