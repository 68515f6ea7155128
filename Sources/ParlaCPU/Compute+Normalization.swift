extension Compute {
  /// Gives every row of `x` [..., features] mean 0 and variance 1, and returns what each was multiplied by, [rows].
  package func normalizeRows(_ x: inout Tensor, epsilon: Float) -> Tensor {
    let (rows, columns) = (x.rowCount, x.columnCount)
    var factors = Tensor(unwritten: [rows])
    nonisolated(unsafe) let (x, factor) = unsafe (x.mutablePointer, factors.mutablePointer)
    divide(rows, grain: 16) { rows in
      for row in rows {
        let values = unsafe UnsafeMutableBufferPointer(start: x + row * columns, count: columns)
        let mean = unsafe values.reduce(0) { $0 + Double($1) } / Double(columns)
        let variance = unsafe values.reduce(0) { sum, value in
          let distance = Double(value) - mean
          return sum + distance * distance
        }
        let scale = 1 / Float((variance / Double(columns) + Double(epsilon)).squareRoot())
        for column in 0..<columns {
          unsafe values[column] = (values[column] - Float(mean)) * scale
        }
        unsafe factor[row] = scale
      }
    }
    return factors
  }

  /// `x` [..., features] = `x` `scale` + `offset`, both [features].
  package func scaleColumns(of x: inout Tensor, by scale: Tensor, adding offset: Tensor) {
    let (rows, columns) = (x.rowCount, x.columnCount)
    precondition(scale.count == columns && offset.count == columns, "a scale for each feature")
    nonisolated(unsafe) let (scale, offset) = unsafe (scale.pointer, offset.pointer)
    nonisolated(unsafe) let x = unsafe x.mutablePointer
    divide(rows, grain: 16) { rows in
      for row in rows {
        let values = unsafe x + row * columns
        for column in 0..<columns {
          unsafe values[column] = values[column] * scale[column] + offset[column]
        }
      }
    }
  }

  /// Adds the sums of `x` `factor`, both [..., features], over their rows to `sum` [features].
  package func addColumnSums(of x: Tensor, times factor: Tensor, to sum: inout Tensor) {
    precondition(x.shape == factor.shape && sum.count == x.columnCount, "a sum for each feature")
    let columns = x.columnCount
    let (x, factor, sum, rows) = unsafe (
      x.pointer, factor.pointer, sum.mutablePointer, x.rowCount
    )
    for row in 0..<rows {
      for column in 0..<columns {
        unsafe sum[column] += x[row * columns + column] * factor[row * columns + column]
      }
    }
  }

  /// Turns the gradient with respect to the scaled rows into that with respect to what `normalizeRows` was given.
  ///
  /// With g = gamma ∂y and the means over a row's features: ∂x = factor (g - mean(g) - x̂ mean(g x̂)).
  package func normalizationGradient(
    _ gradient: inout Tensor, normalized: Tensor, factors: Tensor, gamma: Tensor
  ) {
    let (rows, columns) = (gradient.rowCount, gradient.columnCount)
    precondition(
      normalized.shape == gradient.shape && factors.count == rows, "a factor for each row")
    nonisolated(unsafe) let (normalized, factors, gamma) = unsafe (
      normalized.pointer, factors.pointer, gamma.pointer
    )
    nonisolated(unsafe) let gradient = unsafe gradient.mutablePointer
    divide(rows, grain: 16) { rows in
      for row in rows {
        let (g, x) = unsafe (gradient + row * columns, normalized + row * columns)
        var (sum, product) = (0.0, 0.0)
        for column in 0..<columns {
          unsafe g[column] *= gamma[column]
          unsafe sum += Double(g[column])
          unsafe product += Double(g[column]) * Double(x[column])
        }
        let (mean, share) = (Float(sum / Double(columns)), Float(product / Double(columns)))
        for column in 0..<columns {
          unsafe g[column] = factors[row] * (g[column] - mean - x[column] * share)
        }
      }
    }
  }
}
