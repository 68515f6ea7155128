/// Multiplies by random numbers around 1: `multiply[domain=features,stddev=0.3]`.
struct Multiply: Augmentation {
  static let name = "multiply"

  let domain: AugmentationDomain
  private let deviation: ValueRange

  init(_ fields: inout AugmentationFields) throws(AudioError) {
    domain = try fields.domain(.features)
    deviation = try fields.range("stddev", ValueRange(5))
  }

  func apply(
    to values: inout AugmentedValues, _ context: inout AugmentationContext
  ) throws(AudioError) {
    let deviation = context.draw(deviation)
    values.update { span in
      for index in span.indices { span[index] *= Float(1 + deviation * context.random.normal()) }
    }
  }
}
