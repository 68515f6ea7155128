import Testing

@testable import ParlaTraining

@Suite struct BatchSplitTests {
  @Test func secondsMakeFewLongOrManyShortSamples() {
    let plan = BatchPlan(frameCounts: [10, 10, 20, 40, 90, 95, 200], size: .frames(100), seed: 1)
    #expect(plan.batches(epoch: 0) == [0..<3, 3..<4, 4..<5, 5..<6, 6..<7])
    #expect(plan.largest == 6..<7)
    #expect(plan.paddedFrameCount(0..<3) == 60)
  }

  @Test func reversedItStartsWithTheLongest() {
    let plan = BatchPlan(
      frameCounts: [1, 2, 3, 4, 5], size: .samples(2), seed: 1, isReversed: true)
    #expect(plan.batches(epoch: 0) == [4..<5, 2..<4, 0..<2])
    let forwards = BatchPlan(frameCounts: [1, 2, 3, 4, 5], size: .samples(2), seed: 1)
    #expect(plan.batches(epoch: 1) == forwards.batches(epoch: 1))
  }

  @Test func noBatchesOfNoSamples() {
    let plan = BatchPlan(frameCounts: [], size: .samples(2), seed: 1)
    #expect(plan.batches(epoch: 0).isEmpty)
    #expect(plan.largest == nil)
  }

  @Test(arguments: [
    (samples: 16, longest: 100, limit: 1600, parts: 1), (16, 100, 1599, 2), (16, 100, 800, 2),
    (16, 100, 799, 3), (16, 100, 100, 16), (16, 100, 1, 16), (0, 0, 10, 1),
  ])
  func fewestPartsThatFit(samples: Int, longest: Int, limit: Int, parts: Int) {
    #expect(partCount(sampleCount: samples, longest: longest, frameLimit: limit) == parts)
  }

  @Test func partsAreAsLargeAsEachOther() {
    #expect(parts(of: 3..<10, count: 3) == [3..<5, 5..<7, 7..<10])
    #expect(parts(of: 3..<10, count: 1) == [3..<10])
  }
}
