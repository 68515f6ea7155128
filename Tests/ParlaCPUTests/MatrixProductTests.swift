import ParlaTestSupport
import Testing

@testable import ParlaCPU

/// Every path and precision against the definition in double precision.
@Suite struct MatrixProductTests {
  /// Ones, primes, and what lies across the edges of blocks: 512 columns, 256 to 1024 of depth, 4096 rows.
  static let sizes = [
    (1, 1, 1), (2, 31, 1), (1, 33, 2), (7, 1, 13), (17, 67, 5), (33, 29, 31), (41, 37, 257),
    (13, 19, 1031), (3, 523, 7), (4099, 2, 3),
  ]

  @Test(arguments: Arithmetic.all) func productAgreesWithTheDefinition(arithmetic: Arithmetic) {
    let computes = [1, 3].map { arithmetic.compute(threadCount: $0) }
    for (rows, columns, depth) in Self.sizes {
      let a = Tensor.random([rows, depth], seed: 1)
      let b = Tensor.random([depth, columns], seed: 2)
      let expected = Self.product(a, b, arithmetic)
      let (aTransposed, bTransposed) = (a.transposed, b.transposed)
      for layout in 0..<4 {
        let left = layout & 1 == 0 ? a : aTransposed
        let right = layout & 2 == 0 ? b : bTransposed
        for accumulating in [false, true] {
          let results = computes.map { compute in
            var result = Tensor(shape: [rows, columns], repeating: accumulating ? 1 : .nan)
            compute.product(
              left, aTransposed: layout & 1 != 0, right, bTransposed: layout & 2 != 0,
              accumulating: accumulating, into: &result)
            return result
          }
          let sums = accumulating ? expected.map { $0 + 1 } : expected
          expectClose(results[0].values, sums, absolute: 2e-5)
          #expect(results[0] == results[1], "threads do not change a bit")
        }
      }
    }
  }

  @Test(arguments: Arithmetic.all) func packedProductAgreesWithTheDefinition(
    arithmetic: Arithmetic
  ) {
    let compute = arithmetic.compute(threadCount: 1)
    for (rows, columns, depth) in Self.sizes.dropLast() {
      let a = Tensor.random([rows, depth], seed: 1)
      let b = Tensor.random([depth, columns], seed: 2)
      let expected = Self.product(a, b, arithmetic).map { $0 + 1 }
      for transposed in [false, true] {
        var result = Tensor(shape: [rows, columns], repeating: 1)
        let matrix = transposed ? b.transposed : b
        let weights = unsafe RecurrentWeights(
          MatrixPointer(matrix.pointer, stride: matrix.columnCount).operand(transposed: transposed),
          groups: 1, units: columns, depth: depth, rows: rows, for: compute)
        for block in 0..<weights.blockCount {
          weights.pack(block)
          unsafe weights.addProduct(
            block, MatrixPointer(a.pointer, stride: depth), rows: 0..<rows, step: 0, thread: 0,
            to: MatrixPointer(result.mutablePointer, stride: columns))
        }
        withExtendedLifetime(matrix) {}
        // One run of sums over the whole depth, in float32.
        expectClose(result.values, expected, absolute: 2e-5, relative: 4e-6)
      }
    }
  }

  @Test(arguments: Arithmetic.all) func whatIsNoNumberStaysVisible(arithmetic: Arithmetic) {
    // The highest of all bit patterns would become a zero if rounding carried into its sign.
    let worst = Float(bitPattern: 0x7fff_ffff)
    let compute = arithmetic.compute(threadCount: 1)
    for value in [worst, .nan, .infinity] {
      var a = Tensor(shape: [3, 5], repeating: 1)
      a[7] = value
      var result = Tensor(shape: [3, 2])
      compute.product(a, Tensor(shape: [5, 2], repeating: 1), into: &result)
      #expect(result[0] == 5 && result[5] == 5)
      #expect(value.isNaN ? result[2].isNaN : result[2] == .infinity)
    }
  }

  @Test func aProductOfNothingIsZero() {
    var result = Tensor(shape: [2, 3], repeating: 1)
    let (a, b) = (Tensor(shape: [2, 0]), Tensor(shape: [0, 3]))
    let compute = Compute(threadCount: 2)
    compute.product(a, b, accumulating: true, into: &result)
    #expect(result.values == [1, 1, 1, 1, 1, 1])
    compute.product(a, b, into: &result)
    #expect(result.values == [0, 0, 0, 0, 0, 0])
  }

  @Test func theBestPathIsAvailable() {
    #expect(KernelPath.best.isAvailable)
    #expect(KernelPath.portable.isAvailable)
    #expect(KernelPath.best != .amxModel)
  }

  static func product(_ a: Tensor, _ b: Tensor, _ arithmetic: Arithmetic) -> [Float] {
    let (rows, depth, columns) = (a.rowCount, a.columnCount, b.columnCount)
    let left = a.values.map(arithmetic.operand)
    let right = b.transposed.values.map(arithmetic.operand)
    var result: [Float] = []
    for row in 0..<rows {
      for column in 0..<columns {
        var sum = 0.0
        for k in 0..<depth { sum += left[row * depth + k] * right[column * depth + k] }
        result.append(Float(sum))
      }
    }
    return result
  }
}
