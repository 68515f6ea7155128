/// Resamples to a lower rate and back, so that the upper band is empty: `resample[rate=8000]`, in hertz.
struct Resample: Augmentation {
  static let name = "resample"

  let domain = AugmentationDomain.sample
  private let rate: ValueRange

  init(_ fields: inout AugmentationFields) throws(AudioError) {
    rate = try fields.range("rate", ValueRange(8000), isWhole: true, within: 100...1_000_000)
  }

  func apply(
    to values: inout AugmentedValues, _ context: inout AugmentationContext
  ) throws(AudioError) {
    let rate = context.drawWhole(rate)
    let sound = Waveform(samples: values.values, sampleRate: context.settings.sampleRate)
    values = AugmentedValues(try Self.resampled(sound, by: rate).samples)
  }

  /// `sound` by way of `rate`, with as many samples as before.
  static func resampled(_ sound: Waveform, by rate: Int) throws(AudioError) -> Waveform {
    try sound.resampled(to: rate).resampled(to: sound.sampleRate).fitted(to: sound.samples.count)
  }
}
