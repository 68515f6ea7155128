/// Masks bands of frequencies and intervals of time, the more of these the longer the sample is: `spec_augment[p=0.8]`.
///
/// Park et al. 2020, "SpecAugment on large scale datasets", adaptive multiplicity and size: of a sample of τ frames,
/// min(20, floor(0.04 τ)) intervals are masked, each up to 0.04 τ long. What is masked takes its mean over time, so that nothing is
/// there that no recording has.
struct SpecAugment: Augmentation {
  static let name = "spec_augment"

  let domain: AugmentationDomain
  private let bandCount: ValueRange
  private let bandShare: ValueRange
  private let multiplicity: ValueRange
  private let timeShare: ValueRange
  private let most: ValueRange

  init(_ fields: inout AugmentationFields) throws(AudioError) {
    domain = try fields.domain(.spectrogram)
    bandCount = try fields.range("bands", ValueRange(2), isWhole: true, within: 0...1000)
    bandShare = try fields.range("width", ValueRange(0.1), within: 0...1)
    multiplicity = try fields.range("times", ValueRange(0.04), within: 0...1)
    timeShare = try fields.range("length", ValueRange(0.04), within: 0...1)
    most = try fields.range("most", ValueRange(20), isWhole: true, within: 0...1000)
  }

  func apply(
    to values: inout AugmentedValues, _ context: inout AugmentationContext
  ) throws(AudioError) {
    let (rows, columns) = (values.rowCount, values.columnCount)
    guard rows > 1, columns > 1 else { return }
    let means = Self.means(values)
    let widest = Int(context.draw(bandShare) * Double(columns))
    for _ in 0..<context.drawWhole(bandCount) {
      let width = context.random.index(below: widest + 1)
      values.maskColumns(
        from: context.random.index(below: columns - width), count: width, fill: means)
    }
    let longest = Int(context.draw(timeShare) * Double(rows))
    let multiple = Int(context.draw(multiplicity) * Double(rows))
    for _ in 0..<min(context.drawWhole(most), multiple) {
      let length = context.random.index(below: longest + 1)
      values.maskRows(
        from: context.random.index(below: rows - length), count: length, fill: means)
    }
  }

  /// The mean of each column.
  private static func means(_ values: AugmentedValues) -> [Float] {
    var sums = [Double](repeating: 0, count: values.columnCount)
    let numbers = values.values
    for row in 0..<values.rowCount {
      for column in sums.indices {
        sums[column] += Double(numbers[row * sums.count + column])
      }
    }
    return sums.map { Float($0 / Double(values.rowCount)) }
  }
}
