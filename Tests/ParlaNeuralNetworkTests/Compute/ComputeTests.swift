import Foundation
import ParlaTestSupport
import Testing

@testable import ParlaNeuralNetwork

@Suite struct ComputeTests {
  @Test(
    arguments: [(1, 1, 1), (3, 200, 5), (200, 3, 7), (130, 65, 33)],
    [(false, false), (false, true), (true, false), (true, true)])
  func productAgreesWithTheDefinition(size: (Int, Int, Int), transposed: (Bool, Bool)) {
    let (rows, columns, depth) = size
    let a = Tensor.random([rows, depth], seed: 1)
    let b = Tensor.random([depth, columns], seed: 2)
    var expected = Tensor(shape: [rows, columns])
    for row in 0..<rows {
      for column in 0..<columns {
        var sum: Double = 1
        for k in 0..<depth { sum += Double(a[row * depth + k]) * Double(b[k * columns + column]) }
        expected[row * columns + column] = Float(sum)
      }
    }
    for threadCount in [1, 3] {
      var result = Tensor(shape: [rows, columns], repeating: 1)
      Compute(threadCount: threadCount).product(
        transposed.0 ? a.transposed : a, aTransposed: transposed.0,
        transposed.1 ? b.transposed : b, bTransposed: transposed.1, accumulating: true,
        into: &result)
      expectClose(result.values, expected.values, absolute: 1e-5)
    }
  }

  @Test(arguments: [(1, 32, 7), (16, 96, 20), (9, 33, 5), (70, 64, 3), (13, 5, 1)], [false, true])
  func packedProductAgreesWithTheOther(size: (Int, Int, Int), transposed: Bool) {
    let (rows, columns, depth) = size
    let a = Tensor.random([rows, depth], seed: 1)
    let b = Tensor.random([depth, columns], seed: 2)
    let compute = Compute(threadCount: 1)
    var expected = Tensor(shape: [rows, columns], repeating: 1)
    compute.product(a, b, accumulating: true, into: &expected)
    var result = Tensor(shape: [rows, columns], repeating: 1)
    let shares = [0..<min(32, columns), min(32, columns)..<columns]
    for share in shares where !share.isEmpty {
      let packed = PackedColumns(
        transposed ? b.transposed : b, transposed: transposed, columns: share, for: compute)
      var space = packed.rowSpace(rows: rows)
      unsafe packed.addProduct(
        rows: rows, MatrixPointer(a.pointer, stride: depth),
        to: MatrixPointer(result.mutablePointer, stride: columns), space: &space)
    }
    expectClose(result.values, expected.values, absolute: 1e-5)
  }

  @Test func softmaxAgreesWithTheDefinition() {
    var x = Tensor.random([70, 29], seed: 3, bound: 30)
    let expected = (0..<70).flatMap { row in
      let exponentials = (0..<29).map { exp(Double(x[row * 29 + $0])) }
      let sum = exponentials.reduce(0, +)
      return exponentials.map { Float($0 / sum) }
    }
    Compute(threadCount: 2).softmax(&x)
    expectClose(x.values, expected, absolute: 1e-7, relative: 1e-5)
  }

  @Test func dropoutKeepsTheExpectedShareAndTheSameOnesEachTime() {
    let compute = Compute(threadCount: 2)
    var x = Tensor(shape: [100_000], repeating: 1)
    compute.dropout(&x, rate: 0.3, seed: 7)
    let kept = x.values.count { $0 != 0 }
    #expect(abs(kept - 70_000) < 600)
    #expect(x.values.allSatisfy { $0 == 0 || abs($0 - 1 / 0.7) < 1e-6 })
    var again = Tensor(shape: [100_000], repeating: 1)
    Compute(threadCount: 1).dropout(&again, rate: 0.3, seed: 7)
    #expect(again == x)
    var other = Tensor(shape: [100_000], repeating: 1)
    compute.dropout(&other, rate: 0.3, seed: 8)
    let both = zip(x.values, other.values).count { $0 != 0 && $1 != 0 }
    #expect(abs(both - 49_000) < 600)
  }

  @Test func clippedReLUKeepsNaNVisible() {
    var x = Tensor(shape: [5], values: [-1, 0.5, 30, .nan, 20])
    Compute(threadCount: 1).clippedReLU(&x, ceiling: 20)
    #expect(x[0] == 0 && x[1] == 0.5 && x[2] == 20 && x[3].isNaN && x[4] == 20)
  }

  @Test func poolMeetsAndSurvivesManyRounds() {
    let compute = Compute(threadCount: 4)
    let counts = Counts(count: 4)
    for _ in 0..<500 {
      compute.pool.run { index in
        counts.add(1, at: index)
        compute.pool.meet()
        if counts.total % 4 != 0 { counts.fault() }
        compute.pool.meet()
      }
    }
    #expect(counts.total == 2000)
    #expect(!counts.isFaulty)
  }
}

/// A count for each thread, for all to read when they have met.
private final class Counts: @unchecked Sendable {
  private let lock = NSLock()
  private var counts: [Int]
  private var faulty = false

  init(count: Int) { counts = [Int](repeating: 0, count: count) }
  func add(_ value: Int, at index: Int) { lock.withLock { counts[index] += value } }
  func fault() { lock.withLock { faulty = true } }
  var total: Int { lock.withLock { counts.reduce(0, +) } }
  var isFaulty: Bool { lock.withLock { faulty } }
}
