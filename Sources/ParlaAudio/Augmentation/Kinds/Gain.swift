/// Makes louder or softer, and cuts off what is too loud, as a bad setting of a recorder does: `gain[db=0~6]`.
struct Gain: Augmentation {
  static let name = "gain"

  let domain = AugmentationDomain.sample
  private let decibels: ValueRange

  init(_ fields: inout AugmentationFields) throws(AudioError) {
    decibels = try fields.range("db", ValueRange(0, radius: 6), within: -200...200)
  }

  func apply(
    to values: inout AugmentedValues, _ context: inout AugmentationContext
  ) throws(AudioError) {
    values.values = Loudness.amplified(values.values, by: context.draw(decibels))
  }
}
