/// Weights that are learned as directions and lengths, each apart: W = g v / |v|.
///
/// Salimans and Kingma 2016, eq. 2.
package enum WeightNorm: String, CaseIterable, Sendable {
  /// Weights as they are.
  case none
  /// A length for the weights of each output.
  case output
  /// A length for the weights of each step in time, as wav2vec 2.0's convolution of positions has it.
  case step

  /// How many lengths there are of weights [outputs, steps × numbers].
  func count(outputs: Int, steps: Int) -> Int {
    switch self {
    case .none: 0
    case .output: outputs
    case .step: steps
    }
  }

  /// The weights of `directions` [outputs, steps × numbers] and `lengths`.
  func weights(_ directions: Tensor, _ lengths: Tensor) -> Tensor {
    var result = directions
    let norms = norms(directions, lengths.count)
    let values = unsafe result.mutablePointer
    forEachStretch(directions, lengths.count) { range, index in
      let factor = Float(Double(lengths[index]) / norms[index])
      for place in range { unsafe values[place] *= factor }
    }
    return result
  }

  /// Adds the gradients of directions and lengths, given that of the weights: with u = v / |v|, ∂g = Σ ∂W u and ∂v = g (∂W - u ∂g) / |v|.
  ///
  /// Eq. 3.
  func addGradients(
    of weights: Tensor, _ directions: Tensor, _ lengths: Tensor, to directionSum: inout Tensor,
    _ lengthSum: inout Tensor
  ) {
    let norms = norms(directions, lengths.count)
    var products = [Double](repeating: 0, count: lengths.count)
    forEachStretch(directions, lengths.count) { range, index in
      for place in range {
        products[index] += Double(weights[place]) * Double(directions[place])
      }
    }
    for index in products.indices {
      products[index] /= norms[index]
      lengthSum[index] += Float(products[index])
    }
    forEachStretch(directions, lengths.count) { range, index in
      let (factor, share) = (
        Double(lengths[index]) / norms[index], products[index] / norms[index]
      )
      for place in range {
        directionSum[place] += Float(
          factor * (Double(weights[place]) - share * Double(directions[place])))
      }
    }
  }

  private func norms(_ directions: Tensor, _ count: Int) -> [Double] {
    var squares = [Double](repeating: 0, count: count)
    let values = unsafe directions.pointer
    forEachStretch(directions, count) { range, index in
      var sum = squares[index]
      for place in range { unsafe sum += Double(values[place]) * Double(values[place]) }
      squares[index] = sum
    }
    // What has no direction has no length either.
    return squares.map { max($0, 1e-60).squareRoot() }
  }

  /// Calls `body` with stretches of weights and the number of the length that each of them shares in.
  private func forEachStretch(
    _ directions: Tensor, _ count: Int, _ body: (Range<Int>, Int) -> Void
  ) {
    let (outputs, columns) = (directions.rowCount, directions.columnCount)
    let parts = self == .step ? count : 1
    let width = columns / parts
    for output in 0..<outputs {
      for part in 0..<parts {
        let start = output * columns + part * width
        body(start..<start + width, self == .step ? part : output)
      }
    }
  }
}
