import ParlaTranscripts
import Testing

@testable import ParlaDecoding

@Suite struct HotPhrasesTests {
  private let input = try? DecodingGoldens.probabilities("ldc_noise1")

  @Test func aPhraseIsFoundWithoutAScorer() throws {
    let input = try #require(input)
    let plain = BeamSearchDecoder(beamWidth: 100).decode(input)
    #expect(!text(plain).contains("your dark suit"))
    let phrases = try HotPhrases(["your dark suit": 25], alphabet: .english)
    let found = BeamSearchDecoder(beamWidth: 100, hotPhrases: phrases).decode(input)
    #expect(text(found).contains("your dark suit"))
  }

  @Test func eachOccurrenceCountsOnce() {
    // ab ab: twice the boost, at the end too; a b: nothing; abc: nothing.
    let phrases = PhraseAutomaton(
      [([1, 2], 6)], labelCount: 5, dividingLabel: 0)
    #expect(total(of: [1, 2, 0, 1, 2], phrases) == 12)
    #expect(total(of: [1, 2, 0, 3], phrases) == 6)
    #expect(total(of: [1, 0, 2], phrases) == 0)
    #expect(total(of: [1, 2, 3], phrases) == 0)
    #expect(total(of: [3, 1, 2], phrases) == 0)
    #expect(total(of: [1], phrases) == 0)
    #expect(total(of: [], phrases) == 0)
  }

  @Test func spellingIsRewardedOnTheWay() {
    let phrases = PhraseAutomaton([([1, 2], 6)], labelCount: 5, dividingLabel: 0)
    let first = phrases.gain(of: 1, in: phrases.start)
    #expect(first == 2)
    let state = phrases.state(after: 1, in: phrases.start)
    #expect(phrases.gain(of: 2, in: state) == 2)
    #expect(phrases.gain(of: 3, in: state) == -2)
  }

  @Test func overlappingPhrasesAreBothFound() {
    // "a b" and "b c" and "a b c": in "a b c" all three.
    let phrases = PhraseAutomaton(
      [([1, 0, 2], 3), ([2, 0, 3], 4), ([1, 0, 2, 0, 3], 5)], labelCount: 5, dividingLabel: 0)
    #expect(abs(total(of: [1, 0, 2, 0, 3], phrases) - 12) < 1e-5)
    #expect(abs(total(of: [1, 0, 2, 0, 4], phrases) - 3) < 1e-5)
    #expect(abs(total(of: [4, 0, 2, 0, 3, 0], phrases) - 4) < 1e-5)
  }

  @Test func anyTextHasTheBoostOfItsOccurrences() {
    var random = SplitMix(state: 21)
    let phrases = PhraseAutomaton(
      [([1], 1), ([1, 2], -2), ([1, 0, 1], 4), ([2, 1], 8)], labelCount: 4, dividingLabel: nil)
    for _ in 0..<200 {
      let labels = (0..<12).map { _ in Int32.random(in: 0...3, using: &random) }
      let expected = [([1], 1), ([1, 2], -2), ([1, 0, 1], 4), ([2, 1], 8)] as [([Int32], Float)]
      var boost: Float = 0
      for (phrase, value) in expected {
        for start in labels.indices where labels[start...].starts(with: phrase) { boost += value }
      }
      #expect(abs(total(of: labels, phrases) - boost) < 1e-4)
    }
  }

  @Test func aPhraseOutsideTheAlphabetIsAnError() {
    #expect(throws: DecodingError.unwritableWord(word: "über", characters: ["ü"])) {
      try HotPhrases(["über": 3], alphabet: .english)
    }
  }

  private func total(of labels: [Int32], _ phrases: PhraseAutomaton) -> Float {
    var (state, sum) = (phrases.start, Float(0))
    for label in labels {
      sum += phrases.gain(of: label, in: state)
      state = phrases.state(after: label, in: state)
    }
    return sum + phrases.finalGain(in: state, after: labels.last ?? PrefixTree.noLabel)
  }

  private func text(_ candidates: [Candidate]) -> String {
    Alphabet.english.decode(candidates.first?.tokens.map(\.label) ?? [])
  }
}
