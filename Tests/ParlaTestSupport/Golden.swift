package import ParlaCPU
import ParlaFiles

/// Reads arrays that the official engines left behind.
package enum Golden {
  /// The array of the fixture `name`.
  package static func tensor(_ name: String) throws -> Tensor {
    let array = try NumPyArray(path: Fixture.path(name + ".npy"))
    return Tensor(shape: array.shape, values: array.values)
  }

  /// The same as whole numbers.
  package static func integers(_ name: String) throws -> [Int] {
    try tensor(name).values.map { Int($0) }
  }
}

extension Tensor {
  /// Columns of a matrix, chosen by a list of ranges, in their order.
  package func columns(_ ranges: [Range<Int>]) -> Tensor {
    let rows = (0..<rowCount).flatMap { row in
      ranges.flatMap { range in range.map { self[row * columnCount + $0] } }
    }
    return Tensor(shape: [rowCount, ranges.reduce(0) { $0 + $1.count }], values: rows)
  }

  /// A matrix with rows and columns exchanged.
  package var transposed: Tensor {
    let (rows, columns) = (rowCount, columnCount)
    var result = Tensor(shape: [columns, rows])
    for row in 0..<rows {
      for column in 0..<columns { result[column * rows + row] = self[row * columns + column] }
    }
    return result
  }

  /// Rows `range` of a matrix.
  package func rows(_ range: Range<Int>) -> Tensor {
    let values = Array(values[range.lowerBound * columnCount..<range.upperBound * columnCount])
    return Tensor(shape: [range.count, columnCount], values: values)
  }

  /// Numbers of [-bound, bound], the same for the same seed.
  package static func random(_ shape: [Int], seed: UInt64, bound: Float = 1) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    var result = Tensor(shape: shape)
    for index in 0..<result.count { result[index] = .random(in: -bound...bound, using: &generator) }
    return result
  }
}

/// TensorFlow's one kernel [(inputs + units), 4 units], gates in the order input, cell, forget, output, as Parla's two weights.
package func splitTensorFlowKernel(_ kernel: Tensor, inputs: Int) -> (
  input: Tensor, recurrent: Tensor
) {
  let units = kernel.columnCount / 4
  let reordered = kernel.columns(reorderedGates(units: units)).transposed
  return (
    reordered.columns([0..<inputs]), reordered.columns([inputs..<kernel.rowCount])
  )
}

/// Input, forget, cell, output among TensorFlow's input, cell, forget, output.
package func reorderedGates(units: Int) -> [Range<Int>] {
  [0, 2, 1, 3].map { $0 * units..<($0 + 1) * units }
}
