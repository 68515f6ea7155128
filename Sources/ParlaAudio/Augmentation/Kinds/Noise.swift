/// Mixes a background in, by the power of both on the whole: `noise[source=FOLDER,snr=20~10]`.
///
/// One click does not decide how loud the background is, as it does where peaks are compared.
struct Noise: Augmentation {
  static let name = "noise"

  let domain = AugmentationDomain.sample
  private let noise: NoiseCollection
  private let snr: ValueRange

  init(_ fields: inout AugmentationFields) throws(AudioError) {
    noise = NoiseCollection(try fields.source())
    snr = try fields.range("snr", ValueRange(15, radius: 10), within: -200...200)
  }

  func apply(
    to values: inout AugmentedValues, _ context: inout AugmentationContext
  ) throws(AudioError) {
    var reel = try noise.reel(&context)
    var background = [Float](repeating: 0, count: values.rowCount)
    try reel.add(to: &background)
    values.values = Self.mixed(values.values, with: background, snr: context.draw(snr))
  }

  /// `samples` with `noise`, whose power is `snr` decibels below theirs; softer if the sum would clip.
  static func mixed(_ samples: [Float], with noise: [Float], snr: Double) -> [Float] {
    let gain = Loudness.mean(samples) - Loudness.mean(noise) - snr
    let ratio = Float(Loudness.ratio(gain))
    let mix = zip(samples, noise).map { $0 + $1 * ratio }
    let excess = Loudness.peak(mix) - Loudness.fullScale
    return excess > 0 ? Loudness.amplified(mix, by: -excess) : mix
  }
}
