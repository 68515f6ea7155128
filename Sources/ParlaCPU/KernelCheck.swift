/// Kernels of this processor held against plain Swift, or against the portable kernel where that one is compared so.
package struct KernelCheck: Sendable {
  /// What was computed, and with which instructions.
  package let name: String

  /// The largest difference, in parts of the largest number that was expected.
  package private(set) var largestError = 0.0

  /// What the difference may be.
  package let tolerance: Double

  /// Whether all numbers were found.
  package var isPassed: Bool { largestError <= tolerance }

  private init(_ name: String, tolerance: Double) {
    self.name = name
    self.tolerance = tolerance
  }

  private mutating func compare(_ found: [Float], _ expected: [Float]) {
    precondition(found.count == expected.count, "as many numbers")
    let scale = Double(expected.map(abs).max() ?? 0)
    for (found, expected) in zip(found, expected) {
      let error = abs(Double(found) - Double(expected)) / max(scale, 1e-30)
      // Not a number is no small error.
      largestError = max(largestError, error.isFinite ? error : .infinity)
    }
  }

  /// Checks all kernels that this processor has, each with `rounds` random shapes.
  package static func all(rounds: Int, threadCount: Int, seed: UInt64) -> [KernelCheck] {
    let paths = KernelPath.allCases.filter(\.isAvailable)
    let products = paths.flatMap { path in
      Precision.allCases.flatMap { precision in
        let compute = Compute(threadCount: threadCount, precision: precision, path: path)
        let name = "\(path.rawValue), \(precision.rawValue), \(threadCount) threads"
        return [
          product(compute, "product, \(name)", rounds, seed),
          recurrence(compute, "LSTM, \(name)", rounds, seed),
        ]
      }
    }
    let chosen = Compute.int8Path
    let ofBytes = ["avx512vnni", "avxvnni", "avx2", "neon", "portable"].filter(Compute.useInt8Path)
      .flatMap { path in
        [false, true].map { Self.integers(path, inFourBits: $0, rounds, threadCount, seed) }
      }
    _ = Compute.useInt8Path(chosen)
    return products + ofBytes
  }

  /// Matrix products, transposed or not, set or added, against sums in double precision of equally rounded operands.
  private static func product(
    _ compute: Compute, _ name: String, _ rounds: Int, _ seed: UInt64
  ) -> KernelCheck {
    var generator = SeededGenerator(seed: seed)
    var check = KernelCheck(name, tolerance: 1e-5)
    for _ in 0..<rounds {
      let rows = Int.random(in: 1...150, using: &generator)
      let columns = Int.random(in: 1...600, using: &generator)
      let depth = Int.random(in: 1...700, using: &generator)
      let a = random(rows, depth, &generator)
      let b = random(depth, columns, &generator)
      var result = random(rows, columns, &generator)
      let accumulating = Bool.random(using: &generator)
      let expected = plainProduct(
        a.values.map { operand($0, compute.precision) },
        b.values.map { operand($0, compute.precision) },
        accumulating ? result.values : [Float](repeating: 0, count: result.count), depth: depth)
      let aTransposed = Bool.random(using: &generator)
      let bTransposed = Bool.random(using: &generator)
      compute.product(
        aTransposed ? transposed(a) : a, aTransposed: aTransposed,
        bTransposed ? transposed(b) : b, bTransposed: bTransposed, accumulating: accumulating,
        into: &result)
      check.compare(result.values, expected)
    }
    return check
  }

  /// `sum` [rows, columns] + `a` [rows, depth] `b` [depth, columns].
  private static func plainProduct(
    _ a: [Double], _ b: [Double], _ sum: [Float], depth: Int
  ) -> [Float] {
    let (rows, columns) = (a.count / depth, b.count / depth)
    var sum = sum.map(Double.init)
    for i in 0..<rows {
      for k in 0..<depth {
        let factor = a[i * depth + k]
        for j in 0..<columns { sum[i * columns + j] += factor * b[k * columns + j] }
      }
    }
    return sum.map(Float.init)
  }

  /// An LSTM forwards and backwards, by units and by sequences, against one thread of the portable kernel.
  private static func recurrence(
    _ compute: Compute, _ name: String, _ rounds: Int, _ seed: UInt64
  ) -> KernelCheck {
    var generator = SeededGenerator(seed: seed)
    // A rounded output that falls to the other side moves all frames after it.
    var check = KernelCheck(name, tolerance: compute.precision == .float32 ? 1e-4 : 2e-2)
    let plain = Compute(threadCount: 1, precision: compute.precision, path: .portable)
    for _ in 0..<max(1, rounds / 4) {
      let frames = Int.random(in: 1...12, using: &generator)
      let batch = Int.random(in: 1...40, using: &generator)
      let units = Int.random(in: 1...200, using: &generator)
      let weight = random(4 * units, units, &generator, bound: 0.2)
      let initial = random(batch, units, &generator)
      let gates = Tensor(
        shape: [frames, batch, 4 * units],
        values: random(frames * batch, 4 * units, &generator).values)
      let gradient = Tensor(
        shape: [frames, batch, units], values: random(frames * batch, units, &generator).values)
      let counts = (0..<batch).map { _ in Int.random(in: 1...frames, using: &generator) }
      let results = { (compute: Compute) in
        lstm(compute, gates, weight, initial, gradient, counts)
      }
      let expected = results(plain)
      for division in WorkDivision.ladder(threads: compute.threadCount, hasSequences: true) {
        var compute = compute
        compute.divisions = DivisionChoices(always: division)
        for (found, expected) in zip(results(compute), expected) {
          check.compare(found.values, expected.values)
        }
      }
    }
    return check
  }

  private static func lstm(
    _ compute: Compute, _ gates: Tensor, _ weight: Tensor, _ initial: Tensor, _ gradient: Tensor,
    _ frameCounts: [Int]
  ) -> [Tensor] {
    let activations = compute.lstmForward(
      gates, recurrentWeight: weight, initialCells: initial, initialOutputs: initial,
      frameCounts: frameCounts)
    var cellGradient = Tensor(shape: initial.shape)
    let gradients = compute.lstmBackward(
      gradient, cellGradient: &cellGradient, activations: activations, recurrentWeight: weight,
      initialCells: initial, frameCounts: frameCounts)
    return [
      activations.gates, activations.cells, activations.outputs, gradients.preactivations,
      gradients.initialOutputs, cellGradient,
    ]
  }

  /// Products with weights of 8 or 4 bits against those of the portable kernel, which tests hold against plain Swift.
  private static func integers(
    _ path: String, inFourBits: Bool, _ rounds: Int, _ threadCount: Int, _ seed: UInt64
  ) -> KernelCheck {
    var generator = SeededGenerator(seed: seed)
    let form = inFourBits ? "of 4 bits" : "in bytes"
    var check = KernelCheck("weights \(form), \(path), \(threadCount) threads", tolerance: 1e-5)
    let compute = Compute(threadCount: threadCount)
    for _ in 0..<rounds {
      let rows = Int.random(in: 1...20, using: &generator)
      let depth = Int.random(in: 1...700, using: &generator)
      let outputs = Int.random(in: 1...300, using: &generator)
      let weights = random(outputs, depth, &generator)
      let matrix =
        inFourBits ? WeightMatrix(fourBits: weights) : WeightMatrix(weights, precision: .int8)
      let x = random(rows, depth, &generator)
      let bias = Tensor(shape: [outputs], values: random(1, outputs, &generator).values)
      let isFine = Bool.random(using: &generator)
      let found = compute.affine(x, matrix, bias, isFine: isFine)
      _ = Compute.useInt8Path("portable")
      let expected = compute.affine(x, matrix, bias, isFine: isFine)
      _ = Compute.useInt8Path(path)
      check.compare(found.values, expected.values)
    }
    return check
  }

  private static func random(
    _ rows: Int, _ columns: Int, _ generator: inout SeededGenerator, bound: Float = 1
  ) -> Tensor {
    Tensor(
      shape: [rows, columns],
      values: (0..<rows * columns).map { _ in .random(in: -bound...bound, using: &generator) })
  }

  private static func transposed(_ matrix: Tensor) -> Tensor {
    let (rows, columns, values) = (matrix.rowCount, matrix.columnCount, matrix.values)
    return Tensor(
      shape: [columns, rows],
      values: (0..<columns).flatMap { j in (0..<rows).map { values[$0 * columns + j] } })
  }

  /// `x` as a product takes it: rounded to the nearest bfloat16, ties to even, where that is the precision.
  private static func operand(_ x: Float, _ precision: Precision) -> Double {
    guard precision == .bfloat16 else { return Double(x) }
    let upper = x.bitPattern + 0x7fff + (x.bitPattern >> 16) & 1
    return Double(Float(bitPattern: upper & 0xffff_0000))
  }
}
