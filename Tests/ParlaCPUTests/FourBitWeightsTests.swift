import Foundation
import ParlaTestSupport
import Testing

@testable import ParlaCPU

/// Weights of 4 bits, and their kernels against plain Swift.
///
/// The paths are chosen for all threads, and give the same numbers but for the rounding of sums.
@Suite struct FourBitWeightsTests {
  static let paths = ["avx512vnni", "avxvnni", "avx2", "neon", "portable"]

  /// [rows, inputs, outputs]; inputs and outputs that leave groups and panels of 32 unfilled, and do not.
  static let shapes = [
    [1, 1, 1], [1, 64, 32], [2, 5, 33], [3, 77, 13], [4, 130, 70], [5, 63, 6], [7, 200, 33],
  ]

  static func random(_ rows: Int, _ columns: Int, seed: UInt64) -> Tensor {
    WeightMatrixTests.random(rows, columns, -0.5...0.5, seed: seed)
  }

  @Test(arguments: paths, shapes)
  func productsAreThoseOfThePlainVersion(path: String, shape: [Int]) {
    Int8Paths.turn.lock()
    defer { Int8Paths.turn.unlock() }
    guard Compute.useInt8Path(path) else { return }
    defer { _ = Compute.useInt8Path("portable") }
    let (rows, depth, outputs) = (shape[0], shape[1], shape[2])
    let x = WeightMatrixTests.random(rows, depth, -1...3, seed: 1)
    let matrix = WeightMatrix(fourBits: Self.random(outputs, depth, seed: 2))
    let bias = Self.random(1, outputs, seed: 3)
    let groups = PlainInt4.rows(of: matrix)
    for isFine in [false, true] {
      let found = Compute(threadCount: 2).affine(x, matrix, bias, isFine: isFine)
      let expected = (0..<rows).flatMap { i in
        let activations = PlainInt8.quantize(
          WeightMatrixTests.row(i, of: x), isFine: isFine)
        return (0..<outputs).map { bias[$0] + PlainInt4.product(activations, groups[$0]) }
      }
      // Rounding may take an activation to the next step.
      expectClose(found.values, expected, absolute: isFine ? 1e-4 : 2e-2)
    }
  }

  @Test(arguments: [1, 32, 77]) func errorsAreAlmostTheLeastPossible(depth: Int) {
    let weights = Self.random(12, depth, seed: 4)
    let rows = PlainInt4.rows(of: WeightMatrix(fourBits: weights))
    var (found, least) = (Float(0), Float(0))
    for output in 0..<12 {
      let exact = WeightMatrixTests.row(output, of: weights)
      #expect(rows[output].map(\.values.count).reduce(0, +) == depth)
      for (index, group) in rows[output].enumerated() {
        let numbers = exact.dropFirst(32 * index).prefix(32)
        #expect(group.values.allSatisfy { -8...7 ~= $0 })
        found += Self.error(numbers, group.weights)
        least += Self.leastError(numbers)
      }
    }
    let square = weights.values.reduce(0) { $0 + $1 * $1 }
    // Scales have eight bits. With scales that only take each group's greatest number to 7 it is 1.27 times and more.
    #expect(found <= 1.1 * least + 4e-6 * square)
  }

  static func error(_ exact: ArraySlice<Float>, _ found: [Float]) -> Float {
    zip(exact, found).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  }

  /// The least sum of squared errors that any of very many scales gives.
  static func leastError(_ exact: ArraySlice<Float>) -> Float {
    let greatest = exact.map(abs).max() ?? 0
    return stride(from: Float(4), through: 9, by: 0.02).reduce(.infinity) { least, steps in
      [greatest / steps, -greatest / steps].reduce(least) { least, scale in
        min(least, error(exact, exact.map { scale * min(max(($0 / scale).rounded(), -8), 7) }))
      }
    }
  }

  @Test func whatIsNoNumberBecomesNoNumberAndHarmsNoOtherRow() {
    let rows: [[Float]] = [
      [1, .nan, -2], [.infinity, 0, 1], [0, -.infinity, 0],
      [.leastNonzeroMagnitude, -.leastNormalMagnitude, 0], [8, -4, 3],
      [1e30, -1e30, -1e30], [0, 0, 0],
    ]
    let matrix = WeightMatrix(fourBits: Tensor(shape: [7, 3], values: rows.flatMap(\.self)))
    #expect(!matrix.isFinite)
    let x = Tensor(shape: [1, 3], values: [1, 1, 1])
    let found = Compute(threadCount: 1).affine(x, matrix, Tensor(shape: [7]), isFine: true)
    #expect(found.values.prefix(3).filter(\.isNaN).count == 3)
    expectClose(
      [found[3], found[4], found[5] / 1e30, found[6]], [0, 7, -1, 0], absolute: 0.05)
  }

  /// Alone, with a few others, and with enough of them to go through the weights in blocks.
  @Test(arguments: [false, true]) func aRowIsMultipliedAloneAsAmongOthers(isFine: Bool) {
    let x = Self.random(300, 77, seed: 1)
    let matrix = WeightMatrix(fourBits: Self.random(70, 77, seed: 2))
    let bias = Self.random(1, 70, seed: 3)
    let together = Compute(threadCount: 2).affine(x, matrix, bias, isFine: isFine)
    for range in [0..<1, 5..<7, 126..<131, 299..<300] {
      let found = Compute(threadCount: 1).affine(
        Tensor(
          shape: [range.count, 77], values: range.flatMap { WeightMatrixTests.row($0, of: x) }),
        matrix, bias, isFine: isFine)
      #expect(found.values == range.flatMap { WeightMatrixTests.row($0, of: together) })
    }
  }

  @Test func onlyLargeMatricesAreKeptInFourBits() {
    func precision(_ outputs: Int, _ inputs: Int) -> WeightPrecision {
      WeightMatrix(Tensor(shape: [outputs, inputs]), precision: .int4).precision
    }
    #expect(precision(256, 256) == .int4)
    #expect(precision(255, 512) == .int8)
    #expect(precision(512, 255) == .int8)
    #expect(precision(1, 65537) == .bfloat16)
  }

  /// Bytes of a file get 4 bits as the floats they represent do.
  @Test func bytesOfAFileAreReduced() {
    let weights = Self.random(256, 256, seed: 5)
    let bytes = WeightMatrix(weights, precision: .int8)
    let floats = Tensor(
      shape: [256, 256],
      values: (0..<256 * 256).map { index in
        let byte = unsafe bytes.memory.pointer.load(fromByteOffset: index, as: Int8.self)
        return Float(byte) * bytes.scales[index / 256]
      })
    let reduced = WeightMatrix(
      bytes: bytes.memory, inputCount: 256, scales: bytes.scales, precision: .int4)
    #expect(reduced.precision == .int4)
    #expect(
      PlainInt4.rows(of: reduced) == PlainInt4.rows(of: WeightMatrix(floats, precision: .int4)))
  }

  /// Threads share units that fill no panels, and give what one gives: nearly that of floats.
  @Test func anLSTMSaysNearlyWhatFloatsSay() {
    Int8Paths.turn.lock()
    defer { Int8Paths.turn.unlock() }
    let (units, frames, batch) = (261, 5, 3)
    let weights = Tensor.random([4 * units, units], seed: 6, bound: 0.1)
    let gates = Tensor.random([frames, batch, 4 * units], seed: 7, bound: 2)
    func outputs(_ precision: WeightPrecision, threadCount: Int) -> [Float] {
      var cells = Tensor(shape: [batch, units])
      var outputs = cells
      return Compute(threadCount: threadCount).lstmInference(
        gates, recurrentWeights: WeightMatrix(weights, precision: precision), cells: &cells,
        outputs: &outputs, frameCounts: [5, 2, 4]
      ).values
    }
    let found = outputs(.int4, threadCount: 1)
    #expect(found == outputs(.int4, threadCount: 2))
    #expect(found != outputs(.int8, threadCount: 1))
    expectClose(found, outputs(.float32, threadCount: 1), absolute: 0.05)
  }
}
