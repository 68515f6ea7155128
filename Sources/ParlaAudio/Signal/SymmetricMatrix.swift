/// The eigenvalues and eigenvectors of symmetric matrices.
enum SymmetricMatrix {
  /// The eigenvalues of `matrix`, the greatest first, and for each its vector of length 1.
  ///
  /// Jacobi's method of cyclic rotations (Golub and Van Loan, "Matrix Computations", algorithm 8.5.3), which finds small
  /// eigenvalues as exactly as the matrix has them.
  static func eigenvectors(of matrix: [[Double]]) -> (values: [Double], vectors: [[Double]]) {
    let count = matrix.count
    var matrix = matrix
    var vectors = (0..<count).map { row in (0..<count).map { $0 == row ? 1.0 : 0 } }
    for _ in 0..<100 {
      var hasRotated = false
      for first in 0..<count {
        for second in first + 1..<max(count, first + 1) {
          let product = matrix[first][second]
          guard
            abs(product)
              > 1e-15 * (abs(matrix[first][first] * matrix[second][second])).squareRoot()
          else { continue }
          hasRotated = true
          let rotation = rotation(matrix[first][first], matrix[second][second], product)
          rotate(&matrix, first, second, rotation)
          rotateRows(&vectors, first, second, rotation)
        }
      }
      if !hasRotated { break }
    }
    let order = (0..<count).sorted { matrix[$0][$0] > matrix[$1][$1] }
    return (order.map { matrix[$0][$0] }, order.map { vectors[$0] })
  }

  /// Cosine and sine of the angle that takes `product` to zero.
  private static func rotation(
    _ first: Double, _ second: Double, _ product: Double
  ) -> (cosine: Double, sine: Double) {
    let ratio = (second - first) / (2 * product)
    let tangent = (ratio < 0 ? -1 : 1) / (abs(ratio) + (1 + ratio * ratio).squareRoot())
    let cosine = 1 / (1 + tangent * tangent).squareRoot()
    return (cosine, tangent * cosine)
  }

  private static func rotateRows(
    _ rows: inout [[Double]], _ first: Int, _ second: Int,
    _ rotation: (cosine: Double, sine: Double)
  ) {
    for index in rows[first].indices {
      let (a, b) = (rows[first][index], rows[second][index])
      rows[first][index] = rotation.cosine * a - rotation.sine * b
      rows[second][index] = rotation.sine * a + rotation.cosine * b
    }
  }

  private static func rotate(
    _ matrix: inout [[Double]], _ first: Int, _ second: Int,
    _ rotation: (cosine: Double, sine: Double)
  ) {
    rotateRows(&matrix, first, second, rotation)
    for row in matrix.indices {
      let (a, b) = (matrix[row][first], matrix[row][second])
      matrix[row][first] = rotation.cosine * a - rotation.sine * b
      matrix[row][second] = rotation.sine * a + rotation.cosine * b
    }
    matrix[first][second] = 0
    matrix[second][first] = 0
  }
}
