import CKernels

extension Compute {
  /// Gives every row of `x` [..., features] mean 0 and variance 1, and returns what each was multiplied by, [rows].
  package func normalizeRows(_ x: inout Tensor, epsilon: Float) -> Tensor {
    let (rows, columns) = (x.rowCount, x.columnCount)
    var factors = Tensor(unwritten: [rows])
    nonisolated(unsafe) let (x, factor) = unsafe (x.mutablePointer, factors.mutablePointer)
    divide(rows, grain: 16) { rows in
      unsafe parla_normalize_rows(
        rows.count, columns, epsilon, x + rows.lowerBound * columns, factor + rows.lowerBound)
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

  /// Turns the gradient with respect to the scaled rows into that with respect to the input of `normalizeRows`.
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
      let start = rows.lowerBound * columns
      unsafe parla_normalization_gradient(
        rows.count, columns, normalized + start, factors + rows.lowerBound, gamma,
        gradient + start)
    }
  }
}
