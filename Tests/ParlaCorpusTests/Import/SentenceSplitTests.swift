import ParlaCorpus
import Testing

@Suite struct SentenceSplitTests {
  @Test func partsAreAboutAsLargeAsAsked() throws {
    let split = try SentenceSplit(devShare: 0.05, testShare: 0.2)
    let parts = (0..<10000).map { split.part(of: "sentence \($0)") }
    #expect(abs(parts.count { $0 == .dev } - 500) < 70)
    #expect(abs(parts.count { $0 == .test } - 2000) < 130)
  }

  @Test func aSentenceStaysWhereItIs() {
    // A change here moves recordings from train to test in everybody's corpora.
    let words = ["frog", "лягушка", "", "o broască", "please hold", "merci", "nul", "één"]
    #expect(
      words.map { SentenceSplit.standard.part(of: $0) }
        == [.train, .train, .train, .train, .train, .train, .train, .train])
  }

  @Test(arguments: [(0.5, 0.5), (-0.1, 0.1), (0.1, Double.nan)])
  func sizesThatLeaveNothingAreNamed(dev: Double, test: Double) {
    #expect(throws: CorpusError.self) { try SentenceSplit(devShare: dev, testShare: test) }
  }
}
