/// Sets intervals of time to zero: `time_mask[domain=spectrogram,n=3,size=10]`, in milliseconds.
struct TimeMask: Augmentation {
  static let name = "time_mask"

  let domain: AugmentationDomain
  private let count: ValueRange
  private let milliseconds: ValueRange

  init(_ fields: inout AugmentationFields) throws(AudioError) {
    domain = try fields.domain(.spectrogram)
    count = try fields.range("n", ValueRange(3), isWhole: true)
    milliseconds = try fields.range("size", ValueRange(10))
  }

  func apply(
    to values: inout AugmentedValues, _ context: inout AugmentationContext
  ) throws(AudioError) {
    let count = context.drawWhole(count)
    let size = Self.size(
      context.draw(milliseconds), domain, context.settings, rowCount: values.rowCount)
    for _ in 0..<max(count, 0) {
      values.maskRows(from: context.random.index(below: values.rowCount - size), count: size)
    }
  }

  /// How many samples or frames `milliseconds` are: one at least, and fewer than all.
  static func size(
    _ milliseconds: Double, _ domain: AugmentationDomain, _ settings: FeatureSettings,
    rowCount: Int
  ) -> Int {
    let unit =
      domain == .signal
      ? Double(settings.sampleRate) / 1000 : 1 / settings.stepMilliseconds
    return min(max(Int(milliseconds * unit), 1), max(rowCount - 1, 0))
  }
}
