/// Sets bands of frequencies to zero: `frequency_mask[n=3,size=2]`, in bins.
struct FrequencyMask: Augmentation {
  static let name = "frequency_mask"

  let domain = AugmentationDomain.spectrogram
  private let count: ValueRange
  private let size: ValueRange

  init(_ fields: inout AugmentationFields) throws(AudioError) {
    count = try fields.range("n", ValueRange(3), isWhole: true)
    size = try fields.range("size", ValueRange(2), isWhole: true)
  }

  func apply(
    to values: inout AugmentedValues, _ context: inout AugmentationContext
  ) throws(AudioError) {
    let count = context.drawWhole(count)
    let bins = values.columnCount
    let size = min(max(context.drawWhole(size), 1), max(bins - 1, 0))
    for _ in 0..<max(count, 0) {
      values.maskColumns(from: context.random.index(below: bins - size), count: size)
    }
  }
}
