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
    let sentences = [
      "лягушка": SentenceSplit.Part.train, "o broască": .dev, "please hold": .train, "": .train,
      "thank you": .dev, "hello": .test, "six": .test, "рыба": .dev,
    ]
    for (sentence, part) in sentences {
      #expect(SentenceSplit.standard.part(of: sentence) == part, "\(sentence)")
    }
  }

  @Test(arguments: [(0.5, 0.5), (-0.1, 0.1), (0.1, Double.nan)])
  func sizesThatLeaveNothingAreNamed(dev: Double, test: Double) {
    #expect(throws: CorpusError.self) { try SentenceSplit(devShare: dev, testShare: test) }
  }
}
