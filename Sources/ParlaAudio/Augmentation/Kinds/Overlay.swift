/// Mixes other recordings in, one after another until the sample is filled, by their peaks: `overlay[source=noise.csv,snr=10]`.
struct Overlay: Augmentation {
  static let name = "overlay"

  let domain = AugmentationDomain.sample
  private let noise: NoiseCollection
  private let snr: ValueRange
  private let layers: ValueRange

  init(_ fields: inout AugmentationFields) throws(AudioError) {
    noise = NoiseCollection(try fields.source())
    snr = try fields.range("snr", ValueRange(3), within: -200...200)
    layers = try fields.range("layers", ValueRange(1), isWhole: true, within: 0...1000)
  }

  func apply(
    to values: inout AugmentedValues, _ context: inout AugmentationContext
  ) throws(AudioError) {
    let layerCount = context.drawWhole(layers)
    var reel = try noise.reel(&context)
    var sum = [Float](repeating: 0, count: values.rowCount)
    for _ in 0..<max(layerCount, 0) { try reel.add(to: &sum) }
    values.values = Self.mixed(values.values, with: sum, snr: context.draw(snr))
  }

  /// `samples` with `noise`, whose peak is `snr` decibels below theirs, at the same loudness as before.
  static func mixed(_ samples: [Float], with noise: [Float], snr: Double) -> [Float] {
    let loudness = Loudness.peak(samples)
    let ratio = Loudness.ratio(loudness - Loudness.peak(noise) - snr)
    let mix = zip(samples, noise).map { Float(Double($0) + Double($1) * ratio) }
    return Loudness.normalized(mix, to: loudness)
  }
}
