/// Interpolation of TensorFlow 1.15's `ResizeBilinear` and `ResizeBicubic`, without aligned corners or half pixels.
enum Interpolation {
  /// Where a result of a linear interpolation comes from.
  private struct Place {
    let lower: Int
    let upper: Int
    let fraction: Float
  }

  /// Element i of `count` is at i * `size` / `count` of `size` elements.
  private static func places(_ count: Int, of size: Int) -> [Place] {
    let scale = Float(size) / Float(count)
    return (0..<count).map { index in
      let position = Float(index) * scale
      let lower = min(Int(position), size - 1)
      return Place(
        lower: lower, upper: min(lower + 1, size - 1), fraction: position - Float(lower))
    }
  }

  /// The rows of `values` spread over `count` rows.
  static func rows(_ values: AugmentedValues, resizedTo count: Int) -> AugmentedValues {
    let width = values.columnCount
    guard count > 0, values.rowCount > 0 else { return AugmentedValues([], columnCount: width) }
    var result: [Float] = []
    result.reserveCapacity(count * width)
    let source = values.values
    for place in places(count, of: values.rowCount) {
      let (lower, upper) = (place.lower * width, place.upper * width)
      for column in 0..<width {
        let value = source[lower + column]
        result.append(value + (source[upper + column] - value) * place.fraction)
      }
    }
    return AugmentedValues(result, columnCount: width)
  }

  /// The columns of each row spread over `count`, of which as many are kept as there were; zeros fill up.
  static func columns(_ values: AugmentedValues, resizedTo count: Int) -> AugmentedValues {
    let width = values.columnCount
    let places = count > 0 ? places(count, of: width).prefix(width) : []
    var result = [Float](repeating: 0, count: values.values.count)
    let source = values.values
    for start in stride(from: 0, to: source.count, by: width) {
      for (column, place) in places.enumerated() {
        let value = source[start + place.lower]
        result[start + column] = value + (source[start + place.upper] - value) * place.fraction
      }
    }
    return AugmentedValues(result, columnCount: width)
  }

  // MARK: Cubic

  /// Four neighbours and their weights.
  struct CubicPlace {
    let indices: [Int]
    let weights: [Double]
  }

  /// For each of `count` results: its neighbours among `size` elements (Keys 1981, with A = -0.75, in steps of 1/1024).
  static func cubicPlaces(_ count: Int, of size: Int) -> [CubicPlace] {
    let scale = Float(size) / Float(count)
    return (0..<count).map { index in
      let position = Float(index) * scale
      let lower = Int(position)
      let step = ((position - Float(lower)) * 1024).rounded(.toNearestOrEven)
      let fraction = Double(step) / 1024
      return CubicPlace(
        indices: (-1...2).map { min(max(lower + $0, 0), size - 1) },
        weights: [1 + fraction, fraction, 1 - fraction, 2 - fraction].map(cubicWeight))
    }
  }

  private static func cubicWeight(_ distance: Double) -> Double {
    let a = -0.75
    if distance <= 1 { return ((a + 2) * distance - (a + 3)) * distance * distance + 1 }
    return ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a
  }
}
