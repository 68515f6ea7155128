/// Adds random numbers: `add[domain=features,stddev=5]`.
struct Add: Augmentation {
  static let name = "add"

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
      for index in span.indices { span[index] += Float(deviation * context.random.normal()) }
    }
  }
}
