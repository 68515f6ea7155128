/// Queries and keys of frames that are turned by their positions, values of the frames themselves.
extension Attention {
  /// Frames turned by their positions; back again where they are gradients.
  func turned(
    _ frames: Tensor, first: [Int], base: Float, isBack: Bool = false, _ compute: Compute
  ) -> Tensor {
    var result = frames
    unsafe compute.rotate(
      result.mutablePointer, stride: output.count, frames: frames.shape[0], first: first,
      heads: heads, size: headSize, base: base, isBack: isBack)
    return result
  }

  /// The gradient of the input, given that of the queries, keys and values; adds that of their weights to `sum`.
  func inputGradient(
    _ rows: Tensor, _ input: Tensor, _ weights: Tensor, sum: inout Tensor, isWanted: Bool,
    _ compute: Compute
  ) -> Tensor {
    var result = Tensor(unwritten: input.shape)
    guard case .rotaryInput(let base) = positions else {
      compute.product(rows, aTransposed: true, input, accumulating: true, into: &sum)
      if isWanted { compute.product(rows, weights, into: &result) }
      return result
    }
    let zeros = Tensor(shape: rows.shape)
    let first = [Int](repeating: 0, count: rows.shape[1])
    var (asked, valued) = (rows, zeros)
    asked.copyColumns(2 * width..<3 * width, of: zeros)
    valued.copyColumns(2 * width..<3 * width, of: rows)
    let turned = turned(input, first: first, base: base, compute)
    compute.product(asked, aTransposed: true, turned, accumulating: true, into: &sum)
    compute.product(valued, aTransposed: true, input, accumulating: true, into: &sum)
    guard isWanted else { return result }
    compute.product(asked, weights, into: &result)
    result = self.turned(result, first: first, base: base, isBack: true, compute)
    compute.product(valued, weights, accumulating: true, into: &result)
    return result
  }
}

extension Tensor {
  /// Overwrites the columns `range` of all rows with those of `other`, which has the same shape.
  mutating func copyColumns(_ range: Range<Int>, of other: Tensor) {
    let (rows, width) = (rowCount, columnCount)
    let target = unsafe mutablePointer
    for row in 0..<rows {
      let start = row * width + range.lowerBound
      unsafe (target + start).update(from: other.pointer + start, count: range.count)
    }
  }
}
