/// Centres and scales features by statistics of many frames, and decorrelates them.
///
/// Kur 0.7, `kur/utils/normalize.py`. The singular values and right singular vectors are those of the centred frames.
package struct FeatureNormalization: Sendable, Equatable {
  /// How the axes of features are turned.
  package enum Rotation: String, Sendable, CaseIterable {
    /// Not at all.
    case none
    /// To the directions of greatest variance and, after scaling, back.
    case zca
    /// To the directions of greatest variance.
    case pca
  }

  /// Statistics of frames.
  package struct Statistics: Sendable, Equatable {
    /// The mean of each feature.
    package var mean: [Double]
    /// The standard deviation of each feature, 1 if it does not vary.
    package var deviation: [Double]
    /// The directions of variance, the greatest first: [directions][features], each of length 1.
    package var directions: [[Double]]
    /// One over the standard deviation in each direction, 0 where it is next to nothing.
    package var scales: [Double]

    /// Creates them from stored values.
    package init(
      mean: [Double], deviation: [Double], directions: [[Double]], scales: [Double]
    ) {
      precondition(deviation.count == mean.count && directions.count == scales.count, "one space")
      self.mean = mean
      self.deviation = deviation
      self.directions = directions
      self.scales = scales
    }

    /// Learns of `frames`, of which there must be as many as features; nil with fewer.
    package init?(of frames: [[Double]]) {
      let count = Double(frames.count)
      guard let width = frames.first?.count, frames.count >= max(width, 2) else { return nil }
      var mean = [Double](repeating: 0, count: width)
      for frame in frames { for index in 0..<width { mean[index] += frame[index] } }
      for index in 0..<width { mean[index] /= count }
      var products = [[Double]](repeating: [Double](repeating: 0, count: width), count: width)
      for frame in frames {
        for row in 0..<width {
          let difference = frame[row] - mean[row]
          guard difference != 0 else { continue }
          for column in row..<width {
            products[row][column] += difference * (frame[column] - mean[column])
          }
        }
      }
      for row in 0..<width {
        for column in row..<width {
          products[row][column] /= count - 1
          products[column][row] = products[row][column]
        }
      }
      let (values, vectors) = SymmetricMatrix.eigenvectors(of: products)
      self.mean = mean
      deviation = (0..<width).map { index in
        let deviation = products[index][index].squareRoot()
        return deviation == 0 ? 1 : deviation
      }
      directions = vectors
      // Singular values of 1e-6 of the greatest, the square roots of eigenvalues, count as nothing.
      let largest = values.first ?? 0
      scales = values.map { $0 > 1e-12 * largest ? 1 / $0.squareRoot() : 0 }
    }
  }

  /// The statistics.
  package let statistics: Statistics

  /// Whether means are subtracted.
  package let isCentred: Bool

  /// Whether deviations become 1.
  package let isScaled: Bool

  /// How the axes are turned.
  package let rotation: Rotation

  /// A frame minus the mean is multiplied by this, [features][outputs]; nil where only deviations count.
  private let matrix: [[Double]]?

  /// Normalises by `statistics`.
  package init(
    _ statistics: Statistics, isCentred: Bool = true, isScaled: Bool = true,
    rotation: Rotation = .zca
  ) {
    self.statistics = statistics
    self.isCentred = isCentred
    self.isScaled = isScaled
    self.rotation = rotation
    matrix = Self.matrix(statistics, isScaled: isScaled, rotation: rotation)
  }

  /// How many features frames have.
  package var featureCount: Int { statistics.mean.count }

  /// `frame` normalised.
  ///
  /// If means are kept, they are subtracted at first and added back at the end.
  package func normalized(_ frame: [Double]) -> [Double] {
    precondition(frame.count == featureCount, "frames of \(featureCount) features")
    var result = frame
    for index in result.indices { result[index] -= statistics.mean[index] }
    if let matrix {
      var product = [Double](repeating: 0, count: result.count)
      for (value, row) in zip(result, matrix) {
        for index in product.indices { product[index] += value * row[index] }
      }
      result = product
    } else if isScaled {
      for index in result.indices { result[index] /= statistics.deviation[index] }
    }
    if !isCentred { for index in result.indices { result[index] += statistics.mean[index] } }
    return result
  }

  private static func matrix(
    _ statistics: Statistics, isScaled: Bool, rotation: Rotation
  ) -> [[Double]]? {
    let count = statistics.mean.count
    let directions = statistics.directions
    switch rotation {
    case .none: return nil
    case .zca:
      guard isScaled else { return nil }
      return (0..<count).map { row in
        (0..<count).map { column in
          directions.indices.reduce(0) {
            $0 + directions[$1][row] * statistics.scales[$1] * directions[$1][column]
          }
        }
      }
    case .pca:
      // Kur intends to fix the directions' signs, and multiplies each feature by its sign in the first direction.
      let signs = (0..<count).map { index -> Double in
        let value = directions[0][index]
        return value > 0 ? 1 : value < 0 ? -1 : 0
      }
      return (0..<count).map { row in
        directions.indices.map { column in
          directions[column][row] * signs[row] * (isScaled ? statistics.scales[column] : 1)
        }
      }
    }
  }
}
