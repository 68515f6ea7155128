import Foundation
import ParlaTestSupport
import Testing

@testable import ParlaCPU

/// The kernels of inference against plain Swift.
///
/// The paths are chosen for all threads, and give the same numbers but for the rounding of sums.
@Suite struct WeightMatrixTests {
  static let shapes = [
    [1, 1, 1], [1, 5, 1], [2, 64, 4], [3, 77, 13], [4, 130, 7], [5, 63, 6], [7, 200, 33],
  ]

  /// Random [rows, columns].
  static func random(
    _ rows: Int, _ columns: Int, _ range: ClosedRange<Float>, seed: UInt64
  ) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    return Tensor(
      shape: [rows, columns],
      values: (0..<rows * columns).map { _ in Float.random(in: range, using: &generator) })
  }

  static func row(_ index: Int, of tensor: Tensor) -> [Float] {
    let columns = tensor.columnCount
    return Array(tensor.values[index * columns..<(index + 1) * columns])
  }

  /// `x` `weights`ᵀ + `bias` in double precision.
  static func product(_ x: Tensor, _ weights: Tensor, _ bias: Tensor) -> [Float] {
    (0..<x.rowCount).flatMap { i in
      (0..<weights.rowCount).map { j in
        Float(
          zip(row(i, of: x), row(j, of: weights)).reduce(Double(bias[j])) {
            $0 + Double($1.0) * Double($1.1)
          })
      }
    }
  }

  @Test(arguments: ["avx512vnni", "avxvnni", "avx2", "neon", "portable"], shapes)
  func bytesAreMultipliedAsThePlainVersionDoes(path: String, shape: [Int]) {
    Int8Paths.turn.lock()
    defer { Int8Paths.turn.unlock() }
    guard Compute.useInt8Path(path) else { return }
    defer { _ = Compute.useInt8Path("portable") }
    let (rows, depth, outputs) = (shape[0], shape[1], shape[2])
    let x = Self.random(rows, depth, -1...3, seed: 1)
    let weights = Self.random(outputs, depth, -0.5...0.5, seed: 2)
    let bias = Self.random(1, outputs, -1...1, seed: 3)
    let matrix = WeightMatrix(weights, precision: .int8)
    for isFine in [false, true] {
      let found = Compute(threadCount: 2).affine(x, matrix, bias, isFine: isFine)
      let expected = (0..<rows).flatMap { i in
        let activations = PlainInt8.quantize(Self.row(i, of: x), isFine: isFine)
        return (0..<outputs).map { j in
          let (scale, bytes) = PlainInt8.quantizeWeights(Self.row(j, of: weights))
          return bias[j] + PlainInt8.product(activations, bytes, scale: scale)
        }
      }
      // Rounding may take an activation to the next step.
      expectClose(found.values, expected, absolute: isFine ? 1e-4 : 2e-2)
      expectClose(
        found.values, Self.product(x, weights, bias),
        absolute: (isFine ? 0.02 : 0.05) * Float(depth).squareRoot())
    }
  }

  @Test func whatIsNoNumberBecomesNoNumberAndHarmsNoOtherRow() {
    let rows: [[Float]] = [
      [1, .nan, -2], [.infinity, 0, 1], [0, -.infinity, 0],
      [.leastNonzeroMagnitude, -.leastNormalMagnitude, 0], [3, -4, 5],
    ]
    let weights = Tensor(shape: [5, 3], values: rows.flatMap(\.self))
    let matrix = WeightMatrix(weights, precision: .int8)
    let x = Tensor(shape: [1, 3], values: [1, 1, 1])
    let found = Compute(threadCount: 1).affine(x, matrix, Tensor(shape: [5]), isFine: true)
    #expect(found.values.prefix(3).filter(\.isNaN).count == 3)
    expectClose(Array(found.values.suffix(2)), [0, 4], absolute: 0.05)
  }

  @Test(arguments: shapes) func floatsAndHalvesAreMultiplied(shape: [Int]) {
    let x = Self.random(shape[0], shape[1], -1...3, seed: 1)
    let weights = Self.random(shape[2], shape[1], -0.5...0.5, seed: 2)
    let bias = Self.random(1, shape[2], -1...1, seed: 3)
    let compute = Compute(threadCount: 2)
    let exact = Self.product(x, weights, bias)
    let floats = compute.affine(
      x, WeightMatrix(weights, precision: .float32), bias, isFine: false)
    expectClose(floats.values, exact, absolute: 1e-5)
    let halves = compute.affine(
      x, WeightMatrix(weights, precision: .bfloat16), bias, isFine: false)
    let rounded = Tensor(
      shape: weights.shape,
      values: weights.values.map { value in
        let bits = value.bitPattern
        return Float(bitPattern: (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff_0000)
      })
    expectClose(halves.values, Self.product(x, rounded, bias), absolute: 1e-5)
  }

  @Test(arguments: WeightPrecision.allCases) func aRowIsMultipliedAloneAsAmongOthers(
    precision: WeightPrecision
  ) {
    let x = Self.random(9, 77, -1...3, seed: 1)
    let matrix = WeightMatrix(Self.random(10, 77, -0.5...0.5, seed: 2), precision: precision)
    let bias = Tensor(shape: [10])
    let compute = Compute(threadCount: 1)
    let together = compute.affine(x, matrix, bias, isFine: false)
    for index in 0..<9 {
      let alone = compute.affine(
        Tensor(shape: [1, 77], values: Self.row(index, of: x)), matrix, bias, isFine: false)
      #expect(alone.values == Self.row(index, of: together))
    }
  }

  /// Rows enough for packed weights, of depths and outputs that leave units and panels unfilled.
  @Test(
    arguments: ["avx512vnni", "avxvnni", "avx2", "neon", "portable"],
    [[77, 45], [64, 32], [3, 1]])
  func manyRowsInBytesAreMultipliedAsFewAre(path: String, shape: [Int]) {
    Int8Paths.turn.lock()
    defer { Int8Paths.turn.unlock() }
    guard Compute.useInt8Path(path) else { return }
    defer { _ = Compute.useInt8Path("portable") }
    let (rows, depth, outputs) = (259, shape[0], shape[1])
    let x = Self.random(rows, depth, -1...3, seed: 1)
    let matrix = WeightMatrix(
      Self.random(outputs, depth, -0.5...0.5, seed: 2), precision: .int8)
    let bias = Self.random(1, outputs, -1...1, seed: 3)
    for (isFine, threadCount) in [(false, 1), (false, 2), (true, 2)] {
      let compute = Compute(threadCount: threadCount)
      let found = compute.affine(x, matrix, bias, isFine: isFine)
      for part in [0..<130, 130..<rows] {
        let expected = compute.affine(
          Tensor(shape: [part.count, depth], values: part.flatMap { Self.row($0, of: x) }), matrix,
          bias, isFine: isFine)
        // The same sums; multiplied and added with one rounding or two.
        expectClose(
          Array(found.values[part.lowerBound * outputs..<part.upperBound * outputs]),
          expected.values, absolute: 1e-6, relative: 1e-6)
      }
    }
  }

  /// From 1024 rows on, activations are rounded too where the processor multiplies halves faster.
  @Test(arguments: KernelPath.allCases.filter(\.isAvailable), [300, 1030])
  func manyRowsAreMultipliedWithHalves(path: KernelPath, rows: Int) {
    func rounded(_ tensor: Tensor) -> Tensor {
      Tensor(
        shape: tensor.shape,
        values: tensor.values.map { value in
          let bits = value.bitPattern
          return Float(bitPattern: (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff_0000)
        })
    }
    let (depth, outputs) = (141, 37)
    let x = Self.random(rows, depth, -1...3, seed: 1)
    let weights = Self.random(outputs, depth, -0.5...0.5, seed: 2)
    let bias = Self.random(1, outputs, -1...1, seed: 3)
    let found = Compute(threadCount: 2, path: path).affine(
      x, WeightMatrix(weights, precision: .bfloat16), bias, isFine: false)
    let isRounded = rows >= 1024 && path.gainsFromBFloat16
    let expected = Compute(threadCount: 1, path: .portable).affine(
      isRounded ? rounded(x) : x, .tensor(rounded(weights)), bias)
    expectClose(found.values, expected.values, absolute: 2e-5)
  }

  @Test(arguments: WeightPrecision.allCases, [20, 600]) func windowsAreReadWhereTheyStand(
    precision: WeightPrecision, count: Int
  ) {
    let (width, size, step) = (6, 3, 2)
    var x = Self.random((count - 1) * step + size, width, -1...3, seed: 1)
    let windows = Tensor(
      shape: [count, size * width],
      values: (0..<count).flatMap { x.values[$0 * step * width..<($0 * step + size) * width] })
    x.reshape([x.rowCount, 1, width])
    let matrix = WeightMatrix(
      Self.random(7, size * width, -0.5...0.5, seed: 2), precision: precision)
    let bias = Self.random(1, 7, -1...1, seed: 3)
    let compute = Compute(threadCount: 2)
    let found = compute.affine(
      windowsOf: x, stride: step, count: count, matrix, bias, isFine: false)
    #expect(found.shape == [count, 1, 7])
    #expect(found.values == compute.affine(windows, matrix, bias, isFine: false).values)
  }

  @Test(arguments: WeightPrecision.allCases) func rowsMayStandInAnotherOrderAndApart(
    precision: WeightPrecision
  ) {
    let weights = Self.random(6, 20, -0.5...0.5, seed: 2)
    let x = Self.random(2, 12, -1...1, seed: 1)
    // Columns 5 ..< 17; rows 4, 5, 0, 1, 2, 3.
    let order = [4, 5, 0, 1, 2, 3]
    let chosen = Tensor(
      shape: [6, 12], values: order.flatMap { Self.row($0, of: weights)[5..<17] })
    let memory = unsafe WeightMemory(UnsafeRawPointer(weights.pointer), owner: weights)
    let matrix = WeightMatrix(
      floats: memory, outputCount: 6, inputCount: 12, stride: 20,
      segments: [
        .init(outputs: 0..<2, offset: 4 * 20 + 5), .init(outputs: 2..<6, offset: 5),
      ], precision: precision)
    let bias = Tensor(shape: [6])
    let compute = Compute(threadCount: 2)
    #expect(
      compute.affine(x, matrix, bias, isFine: true)
        == compute.affine(x, WeightMatrix(chosen, precision: precision), bias, isFine: true))
  }

  @Test func bytesOfAFileAreUsedWhereTheyStand() {
    let bytes: [Int8] = [1, -2, 3, 127]
    let memory = unsafe WeightMemory(byteCount: 4) { target in
      for index in 0..<4 {
        unsafe target.storeBytes(of: bytes[index], toByteOffset: index, as: Int8.self)
      }
    }
    let x = Tensor(shape: [1, 2], values: [1, 0.5])
    for precision in WeightPrecision.allCases {
      let matrix = WeightMatrix(
        bytes: memory, inputCount: 2, scales: [0.5, 2], precision: precision)
      let found = Compute(threadCount: 1).affine(x, matrix, Tensor(shape: [2]), isFine: true)
      expectClose(found.values, [0, 2 * (3 + 63.5)], absolute: 1e-2)
    }
  }

  @Test func oddNumbersAreQuantisedWithoutHarm() {
    let matrix = WeightMatrix(Tensor(shape: [3, 4]), precision: .int8)
    let compute = Compute(threadCount: 1)
    for value in [Float(0), .nan, .infinity, 3.1e38, -.leastNonzeroMagnitude] {
      let found = compute.affine(
        Tensor(shape: [1, 4], repeating: value), matrix, Tensor(shape: [3]), isFine: false)
      #expect(found.shape == [1, 3])
    }
  }
}
