import Testing

@testable import ParlaTraining

@Suite struct BatchPlanTests {
  static func plan(sampleCount: Int, batchSize: Int, seed: UInt64) -> BatchPlan {
    BatchPlan(
      frameCounts: Array(1...sampleCount), size: .samples(batchSize), seed: seed)
  }

  @Test func theFirstEpochGoesFromShortToLong() {
    let plan = Self.plan(sampleCount: 10, batchSize: 4, seed: 1)
    #expect(plan.batches(epoch: 0) == [0..<4, 4..<8, 8..<10])
  }

  @Test func laterEpochsHoldTheSameBatchesInAnOrderOfTheirOwn() {
    let plan = Self.plan(sampleCount: 100, batchSize: 3, seed: 1)
    let first = plan.batches(epoch: 0)
    let orders = (1...5).map { plan.batches(epoch: $0) }
    for order in orders {
      #expect(order.sorted { $0.lowerBound < $1.lowerBound } == first)
      #expect(order != first)
    }
    #expect(Set(orders).count == 5)
    #expect(
      plan.batches(epoch: 3)
        == Self.plan(sampleCount: 100, batchSize: 3, seed: 1).batches(epoch: 3)
    )
    #expect(
      plan.batches(epoch: 3)
        != Self.plan(sampleCount: 100, batchSize: 3, seed: 2).batches(epoch: 3)
    )
  }
}
