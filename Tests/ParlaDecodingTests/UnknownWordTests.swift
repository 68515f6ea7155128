import ParlaTranscripts
import Testing

@testable import ParlaDecoding

@Suite struct UnknownWordTests {
  @Test func wordsOutsideTheLexiconPassAtTheirPrice() throws {
    // "a gg b", clearly spoken; the scorer knows a and b.
    let input = spoken("a gg b")
    let scorer = try ScorerGoldens.words()
    func text(_ penalty: Double?) -> String {
      let decoder = BeamSearchDecoder(
        beamWidth: 50, scorer: scorer, unknownWordPenalty: penalty)
      return Alphabet.english.decode(decoder.decode(input).first?.tokens.map(\.label) ?? [])
    }
    #expect(text(1) == "a gg b")
    #expect(!text(nil).contains("g"))
    #expect(!text(1000).contains("g"))
  }

  @Test func knownWordsCostNothing() throws {
    let input = spoken("a b c")
    let scorer = try ScorerGoldens.words()
    let free = BeamSearchDecoder(beamWidth: 50, scorer: scorer).decode(input)
    let priced = BeamSearchDecoder(
      beamWidth: 50, scorer: scorer, unknownWordPenalty: 5
    ).decode(input)
    #expect(free.first?.tokens == priced.first?.tokens)
    let difference =
      (free.first?.naturalLogProbability ?? 0) - (priced.first?.naturalLogProbability ?? 1)
    #expect(abs(difference) < 0.01)
  }

  /// Probabilities of 0.99 for the labels of `text`, each followed by a blank.
  private func spoken(_ text: String) -> LabelProbabilities {
    var values: [Float] = []
    for label in (try? Alphabet.english.encode(text)) ?? [] {
      for recognised in [label, 28] {
        values += (0..<29).map { $0 == recognised ? 0.99 : 0.01 / 28 }
      }
    }
    return LabelProbabilities(frameCount: values.count / 29, labelCount: 29, values: values)
  }
}
