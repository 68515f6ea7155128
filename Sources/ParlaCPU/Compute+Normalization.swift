import CKernels

extension Compute {
  /// Every row of `x` [..., features] with mean 0 and variance 1, then times `scale` plus `offset`, both [features], if given.
  package func normalizedRows(
    _ x: Tensor, epsilon: Float, affine: (scale: Tensor, offset: Tensor)? = nil
  ) -> (rows: Tensor, statistics: RowStatistics) {
    let (rows, columns) = (x.rowCount, x.columnCount)
    precondition(
      affine.map { $0.scale.count == columns && $0.offset.count == columns } ?? true,
      "a scale for each feature")
    var result = Tensor(unwritten: x.shape)
    var statistics = RowStatistics(count: rows)
    nonisolated(unsafe) let (source, target) = unsafe (x.pointer, result.mutablePointer)
    nonisolated(unsafe) let (gamma, beta) = unsafe (affine?.scale.pointer, affine?.offset.pointer)
    nonisolated(unsafe) let (mean, factor) = unsafe (
      statistics.means.mutablePointer, statistics.factors.mutablePointer
    )
    divide(rows, grain: 16) { rows in
      let (first, start) = (rows.lowerBound, rows.lowerBound * columns)
      unsafe parla_normalize_rows(
        rows.count, columns, epsilon, source + start, gamma, beta, target + start, mean + first,
        factor + first)
    }
    return (result, statistics)
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

  /// Adds the gradients of the scale and the offset of `normalizedRows`.
  package func addNormalizationSums(
    of gradient: Tensor, _ x: Tensor, _ statistics: RowStatistics, scale: inout Tensor,
    offset: inout Tensor
  ) {
    let (rows, stride) = (gradient.rowCount, gradient.columnCount)
    precondition(
      x.shape == gradient.shape && scale.count == stride && offset.count == stride,
      "a sum for each feature")
    nonisolated(unsafe) let (x, gradient) = unsafe (x.pointer, gradient.pointer)
    nonisolated(unsafe) let (mean, factor) = unsafe (
      statistics.means.pointer, statistics.factors.pointer
    )
    nonisolated(unsafe) let (scale, offset) = unsafe (scale.mutablePointer, offset.mutablePointer)
    divide(stride, grain: 128) { columns in
      let first = columns.lowerBound
      unsafe parla_add_normalization_sums(
        rows, columns.count, stride, x + first, mean, factor, gradient + first, scale + first,
        offset + first)
    }
  }

  /// Turns the gradient with respect to the scaled rows into that with respect to `x`, the input of `normalizedRows`; without
  /// `means` `x` is normalised already.
  ///
  /// With g = gamma ∂y and the means over a row's features: ∂x = factor (g - mean(g) - x̂ mean(g x̂)).
  package func normalizationGradient(
    _ gradient: inout Tensor, _ x: Tensor, means: Tensor?, factors: Tensor, gamma: Tensor
  ) {
    let (rows, columns) = (gradient.rowCount, gradient.columnCount)
    precondition(x.shape == gradient.shape && factors.count == rows, "a factor for each row")
    nonisolated(unsafe) let (x, means, factors, gamma) = unsafe (
      x.pointer, means?.pointer, factors.pointer, gamma.pointer
    )
    nonisolated(unsafe) let gradient = unsafe gradient.mutablePointer
    divide(rows, grain: 16) { rows in
      let (first, start) = (rows.lowerBound, rows.lowerBound * columns)
      unsafe parla_normalization_gradient(
        rows.count, columns, x + start, means.map { unsafe $0 + first }, factors + first, gamma,
        gradient + start)
    }
  }
}

/// What normalisation subtracted from each row, and what it then multiplied the row by; both [rows].
package struct RowStatistics: Sendable {
  package var means: Tensor
  package var factors: Tensor

  fileprivate init(count: Int) {
    means = Tensor(unwritten: [count])
    factors = Tensor(unwritten: [count])
  }

  /// Joins statistics that were kept.
  package init(means: Tensor, factors: Tensor) {
    (self.means, self.factors) = (means, factors)
  }
}
