/// Lets speech go faster or slower, the voice being kept: `tempo[factor=1~0.3]`.
///
/// With `max_time`, in milliseconds, no sample becomes longer. No more frames are lost than the transcript can do without.
struct Tempo: Augmentation {
  static let name = "tempo"

  let domain: AugmentationDomain
  private let factor: ValueRange
  private let maximumMilliseconds: Double

  init(_ fields: inout AugmentationFields) throws(AudioError) {
    domain = try fields.domain(.spectrogram)
    factor = try fields.range("factor", ValueRange(1.1), within: 0.1...100)
    maximumMilliseconds = try fields.number("max_time", -1)
  }

  var greatestLengthening: Double { 1 / factor.bounds.lowerBound }

  func apply(
    to values: inout AugmentedValues, _ context: inout AugmentationContext
  ) throws(AudioError) {
    let step = context.settings.stepMilliseconds
    values = Self.paced(
      values, factor: Float(context.draw(factor)),
      maximum: maximumMilliseconds > 0 ? Int(min(maximumMilliseconds / step, 1e9)) : nil,
      minimum: context.minimumFrameCount)
  }

  /// `spectrogram` at `factor` times its tempo, with at most `maximum` frames but at least `minimum`.
  static func paced(
    _ spectrogram: AugmentedValues, factor: Float, maximum: Int?, minimum: Int
  ) -> AugmentedValues {
    let count = min(Int(Float(spectrogram.rowCount) / factor), maximum ?? .max)
    return Interpolation.rows(spectrogram, resizedTo: max(count, minimum, 1))
  }
}
