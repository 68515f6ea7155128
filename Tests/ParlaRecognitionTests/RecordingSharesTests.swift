import ParlaRecognition
import Testing

@Suite struct RecordingSharesTests {
  @Test func largeOnesGoToThoseWithLeast() {
    #expect(
      RecordingShares.divide(sizes: [1, 9, 5, 4, 1], among: 2) == [[0, 1], [2, 3, 4]])
    #expect(RecordingShares.divide(sizes: [7], among: 3) == [[0], [], []])
    #expect(RecordingShares.divide(sizes: [0, 0, 0, 0], among: 2) == [[0, 2], [1, 3]])
  }

  @Test(arguments: [1, 2, 7, 40]) func eachGoesToOne(count: Int) {
    let sizes = (0..<30).map { ($0 * 7919) % 101 }
    let shares = RecordingShares.divide(sizes: sizes, among: count)
    #expect(shares.count == count)
    #expect(shares.flatMap { $0 }.sorted() == Array(sizes.indices))
  }
}
