import CKernels

extension Compute {
  /// Adds `bias` [features] to every row of `x` [..., features].
  package func addBias(_ bias: Tensor, to x: inout Tensor) {
    precondition(bias.count == x.columnCount, "a bias for each feature")
    let columns = x.columnCount
    let rows = x.rowCount
    nonisolated(unsafe) let bias = unsafe bias.pointer
    nonisolated(unsafe) let x = unsafe x.mutablePointer
    divide(rows, grain: 16) { rows in
      unsafe parla_add_bias(rows.count, columns, bias, x + rows.lowerBound * columns)
    }
  }

  /// Adds the sum of `x` [..., features] over its rows to `sum` [features].
  package func addColumnSums(of x: Tensor, to sum: inout Tensor) {
    precondition(sum.count == x.columnCount, "a sum for each feature")
    let (rows, stride) = (x.rowCount, x.columnCount)
    nonisolated(unsafe) let x = unsafe x.pointer
    nonisolated(unsafe) let sum = unsafe sum.mutablePointer
    divide(stride, grain: 128) { columns in
      let first = columns.lowerBound
      unsafe parla_add_column_sums(rows, columns.count, x + first, stride, sum + first)
    }
  }

  /// `x` = min(max(`x`, 0), `ceiling`).
  package func clippedReLU(_ x: inout Tensor, ceiling: Float) {
    let count = x.count
    nonisolated(unsafe) let x = unsafe x.mutablePointer
    divide(count, grain: 4096) { range in
      unsafe parla_clipped_relu(range.count, ceiling, x + range.lowerBound)
    }
  }

  /// Lets `gradient` through only where the clipped ReLU's output `y` was strictly between 0 and `ceiling`.
  package func clippedReLUGradient(_ gradient: inout Tensor, output y: Tensor, ceiling: Float) {
    precondition(gradient.shape == y.shape, "a gradient for each output")
    let count = y.count
    nonisolated(unsafe) let y = unsafe y.pointer
    nonisolated(unsafe) let gradient = unsafe gradient.mutablePointer
    divide(count, grain: 4096) { range in
      unsafe parla_clipped_relu_gradient(
        range.count, ceiling, y + range.lowerBound, gradient + range.lowerBound)
    }
  }

  /// Sets elements of `x` to zero with probability `rate`, those that `seed` picks, and divides the others by 1 - `rate`.
  package func dropout(_ x: inout Tensor, rate: Float, seed: UInt64) {
    let count = x.count
    nonisolated(unsafe) let x = unsafe x.mutablePointer
    divide(count, grain: 4096) { range in
      unsafe parla_dropout(range.count, rate, seed, UInt64(range.lowerBound), x + range.lowerBound)
    }
  }

  /// The same for `x` [frames, batch, features] whose sequences are `part` of a batch of `batchSize`: they lose the elements
  /// that they would lose if the whole batch went at once.
  package func dropout(
    _ x: inout Tensor, rate: Float, seed: UInt64, batchPart part: Range<Int>, of batchSize: Int
  ) {
    guard part.count < batchSize else { return dropout(&x, rate: rate, seed: seed) }
    let (frames, columns) = (x.shape[0], x.columnCount)
    nonisolated(unsafe) let x = unsafe x.mutablePointer
    divide(frames) { frames in
      for frame in frames {
        let start = (frame * batchSize + part.lowerBound) * columns
        unsafe parla_dropout(
          part.count * columns, rate, seed, UInt64(start), x + frame * part.count * columns)
      }
    }
  }

  /// Turns every row of `x` [..., classes] from logits into probabilities.
  package func softmax(_ x: inout Tensor) {
    let columns = x.columnCount
    let rows = x.rowCount
    nonisolated(unsafe) let x = unsafe x.mutablePointer
    divide(rows, grain: 64) { rows in
      unsafe parla_softmax(rows.count, columns, x + rows.lowerBound * columns)
    }
  }
}
