import Foundation
import ParlaDecoding
import ParlaTranscripts
import Testing

@Suite struct GreedyDecoderTests {
  @Test func collapsesRepeatsAndDropsBlanks() {
    let found = GreedyDecoder().decode(path([2, 0, 0, 2, 0, 1, 1, 2]))
    #expect(
      found.tokens == [
        Token(label: 0, frame: 1, endFrame: 3), Token(label: 0, frame: 4),
        Token(label: 1, frame: 5, endFrame: 7),
      ])
    #expect(abs(found.naturalLogProbability - 8 * log(0.8)) < 1e-6)
  }

  @Test func nothingIsRecognisedInNothing() {
    let nothing = LabelProbabilities(frameCount: 0, labelCount: 29, values: [])
    #expect(GreedyDecoder().decode(nothing) == Candidate(tokens: [], naturalLogProbability: 0))
  }

  @Test func whatIsNoNumberIsNotRecognised() {
    let input = LabelProbabilities(frameCount: 2, labelCount: 2, values: [.nan, .nan, 0, 0])
    let found = GreedyDecoder().decode(input)
    #expect(found.tokens.isEmpty)
    #expect(found.naturalLogProbability.isFinite)
  }

  @Test func readsCleanSpeechAsTheBeamSearchDoes() throws {
    let input = try DecodingGoldens.probabilities("ldc_clean")
    let text = Alphabet.english.decode(GreedyDecoder().decode(input).tokens.map(\.label))
    #expect(text == "she had your dark suit in greasy wash water al year")
  }

  /// Frames in which the given labels have 0.8, of two labels and the blank.
  private func path(_ labels: [Int]) -> LabelProbabilities {
    LabelProbabilities(
      frameCount: labels.count, labelCount: 3,
      values: labels.flatMap { best in (0..<3).map { $0 == best ? 0.8 : 0.1 } })
  }
}
