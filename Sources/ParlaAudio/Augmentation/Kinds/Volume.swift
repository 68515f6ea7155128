/// Brings the highest peak to a loudness: `volume[dbfs=-10]`, in decibels of which full scale has 3.0103.
struct Volume: Augmentation {
  static let name = "volume"

  let domain = AugmentationDomain.sample
  private let loudness: ValueRange

  init(_ fields: inout AugmentationFields) throws(AudioError) {
    loudness = try fields.range("dbfs", ValueRange(Loudness.fullScale), within: -200...200)
  }

  func apply(
    to values: inout AugmentedValues, _ context: inout AugmentationContext
  ) throws(AudioError) {
    values.values = Loudness.normalized(values.values, to: context.draw(loudness))
  }
}
