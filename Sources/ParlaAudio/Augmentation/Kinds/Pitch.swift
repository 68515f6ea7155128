/// Raises or lowers the voice, the tempo being kept: `pitch[pitch=1~0.1]`.
struct Pitch: Augmentation {
  static let name = "pitch"

  let domain = AugmentationDomain.spectrogram
  private let pitch: ValueRange

  init(_ fields: inout AugmentationFields) throws(AudioError) {
    pitch = try fields.range("pitch", ValueRange(1.075, radius: 0.125), within: 0.01...100)
  }

  func apply(
    to values: inout AugmentedValues, _ context: inout AugmentationContext
  ) throws(AudioError) {
    values = Self.shifted(values, pitch: Float(context.draw(pitch)))
  }

  /// `spectrogram` with each frequency `pitch` times as high; what leaves the top is lost, what is missing there is zero.
  static func shifted(_ spectrogram: AugmentedValues, pitch: Float) -> AugmentedValues {
    Interpolation.columns(spectrogram, resizedTo: Int(Float(spectrogram.columnCount) * pitch))
  }
}
