import Testing

@testable import ParlaServer

@Suite(.timeLimit(.minutes(10))) struct MeasuringTests {
  @Test(arguments: [1, 4, 7, 64, 100, 4096]) func theLargestNumberIsFoundInFewTrials(capacity: Int)
  {
    var search = CapacitySearch(most: 4096)
    var trialCount = 0
    while let count = search.next {
      trialCount += 1
      search.note(count, isServed: count <= capacity)
    }
    #expect(search.best <= capacity)
    #expect(Double(search.best) >= Double(capacity) * 0.85)
    #expect(trialCount <= 16)
  }

  @Test func percentilesAreValuesThatOccurred() throws {
    let found = try #require(StreamTrial.Percentiles((1...200).map(Double.init).reversed()))
    #expect((found.p50, found.p95, found.p99) == (100, 190, 198))
    #expect(StreamTrial.Percentiles([]) == nil)
  }
}
