extension Parameters {
  /// Square root of the sum of all squares of the tensors at `indices`.
  package func norm(of indices: some Sequence<Int>, compute: Compute) -> Double {
    indices.reduce(0) { $0 + compute.sumOfSquares(tensors[$1]) }.squareRoot()
  }

  /// Shortens the gradients at `indices` together, so that their common norm is `limit` at most.
  ///
  /// Pascanu, Mikolov and Bengio 2013, algorithm 1. What is no number is left alone.
  package mutating func clip(toNorm limit: Double, of indices: [Int], compute: Compute) {
    let norm = norm(of: indices, compute: compute)
    guard norm > limit, norm.isFinite else { return }
    for index in indices { compute.scale(&tensors[index], by: Float(limit / norm)) }
  }

  /// Cuts each number to at most `limit`, whatever its sign.
  package mutating func clip(toAbsolute limit: Float) {
    for index in tensors.indices {
      for place in 0..<tensors[index].count {
        tensors[index][place] = min(max(tensors[index][place], -limit), limit)
      }
    }
  }
}
