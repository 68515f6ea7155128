/// Bends time and frequency by a random flow: `warp[nt=4,wt=0.5:1.0,nf=2,wf=0.1:0.2]`.
///
/// `nt` by `nf` points are moved by random ways whose deviation is `wt` or `wf` of half the distance between them.
struct Warp: Augmentation {
  static let name = "warp"

  let domain = AugmentationDomain.spectrogram
  private let timePoints: ValueRange
  private let frequencyPoints: ValueRange
  private let timeWarp: ValueRange
  private let frequencyWarp: ValueRange

  init(_ fields: inout AugmentationFields) throws(AudioError) {
    timePoints = try fields.range("nt", ValueRange(1), isWhole: true, within: 0...10_000)
    frequencyPoints = try fields.range("nf", ValueRange(1), isWhole: true, within: 0...10_000)
    timeWarp = try fields.range("wt", ValueRange(0.1))
    frequencyWarp = try fields.range("wf", ValueRange(0))
  }

  func apply(
    to values: inout AugmentedValues, _ context: inout AugmentationContext
  ) throws(AudioError) {
    let rows = context.drawWhole(timePoints)
    let columns = context.drawWhole(frequencyPoints)
    guard values.rowCount > 1, values.columnCount > 1, rows > 0, columns > 0 else { return }
    func flow(_ warp: Double, _ size: Int, _ count: Int) -> AugmentedValues {
      let deviation = warp * Double(size) / Double(2 * (count + 1))
      return AugmentedValues(
        (0..<rows * columns).map { _ in Float(deviation * context.random.normal()) },
        columnCount: columns)
    }
    let timeFlow = flow(context.draw(timeWarp), values.rowCount, rows)
    let frequencyFlow = flow(context.draw(frequencyWarp), values.columnCount, columns)
    values = Self.warped(values, timeFlow: timeFlow, frequencyFlow: frequencyFlow)
  }

  /// The value at (t, f) is that of `spectrogram` at (t - time flow, f - frequency flow).
  static func warped(
    _ spectrogram: AugmentedValues, timeFlow: AugmentedValues, frequencyFlow: AugmentedValues
  ) -> AugmentedValues {
    let (rows, columns) = (spectrogram.rowCount, spectrogram.columnCount)
    let times = spread(timeFlow, rows, columns)
    let frequencies = spread(frequencyFlow, rows, columns)
    let source = spectrogram.values
    var result = [Float](repeating: 0, count: source.count)
    for row in 0..<rows {
      for column in 0..<columns {
        let index = row * columns + column
        let time = place(Float(row) - times[index], rows)
        let frequency = place(Float(column) - frequencies[index], columns)
        let start = time.lower * columns + frequency.lower
        let top = mixed(source[start], source[start + 1], frequency.fraction)
        let bottom = mixed(
          source[start + columns], source[start + columns + 1], frequency.fraction)
        result[index] = mixed(top, bottom, time.fraction)
      }
    }
    return AugmentedValues(result, columnCount: columns)
  }

  private static func mixed(_ first: Float, _ second: Float, _ fraction: Float) -> Float {
    first + (second - first) * fraction
  }

  private static func place(_ position: Float, _ size: Int) -> (lower: Int, fraction: Float) {
    let lower = min(max(position.rounded(.down), 0), Float(size - 2))
    return (Int(lower), min(max(position - lower, 0), 1))
  }

  /// `flow`, with zeros around it, spread over [rows, columns].
  private static func spread(_ flow: AugmentedValues, _ rows: Int, _ columns: Int) -> [Float] {
    let width = flow.columnCount + 2
    let height = flow.rowCount + 2
    var padded = [Float](repeating: 0, count: width * height)
    for row in 0..<flow.rowCount {
      for column in 0..<flow.columnCount {
        padded[(row + 1) * width + column + 1] = flow.values[row * flow.columnCount + column]
      }
    }
    let rowPlaces = Interpolation.cubicPlaces(rows, of: height)
    let columnPlaces = Interpolation.cubicPlaces(columns, of: width)
    var result: [Float] = []
    result.reserveCapacity(rows * columns)
    for row in rowPlaces {
      // One row of the small grid's width, then its columns: far fewer products than 16 a value.
      let mixed = (0..<width).map { column in
        (0..<4).reduce(0.0) { sum, index in
          sum + row.weights[index] * Double(padded[row.indices[index] * width + column])
        }
      }
      for column in columnPlaces {
        result.append(
          Float(
            (0..<4).reduce(0.0) { $0 + column.weights[$1] * mixed[column.indices[$1]] }))
      }
    }
    return result
  }
}
