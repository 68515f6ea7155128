import Testing

@testable import ParlaCorpus

@Suite struct SampleSplitTests {
  @Test func sizesAreThoseOfAConfidenceIntervalOrATenth() {
    #expect([2, 3, 100, 10_000].map(SampleSplit.size) == [0, 1, 10, 1000])
    // Cochran's formula by hand: 16641 / (1 + 16641 / 1e6).
    #expect(SampleSplit.size(of: 1_000_000) == 16_368)
  }

  @Test func noSpeakerIsInTwoParts() {
    let entries = (0..<200).map { index in
      SampleSplit.Entry(transcript: "text \(index)", speaker: "s\(index / 10)")
    }
    let parts = SampleSplit.parts(entries, by: .auto)
    for part in SentenceSplit.Part.allCases {
      let speakers = Set(entries.indices.filter { parts[$0] == part }.map { entries[$0].speaker })
      let others = Set(entries.indices.filter { parts[$0] != part }.map { entries[$0].speaker })
      #expect(speakers.isDisjoint(with: others))
    }
    #expect(parts.count { $0 == .dev } == 20)
    #expect(parts.count { $0 == .test } == 20)
  }

  @Test func fewSpeakersAreDividedBySentence() {
    let entries = (0..<200).map { index in
      SampleSplit.Entry(transcript: "text \(index % 100)", speaker: "s\(index % 2)")
    }
    let parts = SampleSplit.parts(entries, by: .auto)
    for (index, part) in parts.enumerated() { #expect(part == parts[index % 100]) }
    #expect(Set(parts).count == 3)
  }

  @Test func aFewSentencesFillAllParts() {
    let entries = ["a", "b", "c"].map { SampleSplit.Entry(transcript: $0, speaker: nil) }
    #expect(Set(SampleSplit.parts(entries, by: .auto)).count == 3)
  }
}
