import Foundation
import ParlaTestSupport
import Testing

@testable import ParlaCPU

@Suite struct ComputeTests {
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
}
