/// Sets single values to zero: `dropout[domain=spectrogram,rate=0.05]`.
///
/// DeepSpeech's own keeps the share that it should drop.
struct Dropout: Augmentation {
  static let name = "dropout"

  let domain: AugmentationDomain
  private let rate: ValueRange

  init(_ fields: inout AugmentationFields) throws(AudioError) {
    domain = try fields.domain(.spectrogram)
    rate = try fields.range("rate", ValueRange(0.05))
  }

  func apply(
    to values: inout AugmentedValues, _ context: inout AugmentationContext
  ) throws(AudioError) {
    let rate = Float(context.draw(rate))
    Self.drop(&values, rate: rate) { Float(context.random.uniform()) }
  }

  /// Drops the values for which `draw`, in [0, 1), gives less than `rate`.
  static func drop(_ values: inout AugmentedValues, rate: Float, draw: () -> Float) {
    values.update { span in
      for index in span.indices where draw() < rate { span[index] = 0 }
    }
  }
}
