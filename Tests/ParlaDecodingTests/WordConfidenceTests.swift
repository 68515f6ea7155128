import ParlaTranscripts
import Testing

@testable import ParlaDecoding

@Suite struct WordConfidenceTests {
  @Test func certainWordsAreMoreProbableThanDoubtfulOnes() throws {
    let clean = try transcript("ldc_clean")
    let noisy = try transcript("ldc_noise1")
    #expect(clean.words.count == 11)
    for word in clean.words + noisy.words {
      #expect((0...1).contains(try #require(word.confidence)))
    }
    #expect(mean(clean) > mean(noisy))
  }

  @Test func posteriorIsTheShareOfTheBeam() throws {
    // "a b" or "a c", 3 to 1, then silence.
    func frame(_ shares: [Int: Float]) -> [Float] { (0..<29).map { shares[$0] ?? 0 } }
    let input = LabelProbabilities(
      frameCount: 5, labelCount: 29,
      values: frame([1: 1]) + frame([28: 1]) + frame([0: 1]) + frame([2: 0.75, 3: 0.25])
        + frame([28: 1]))
    var search = BeamSearchDecoder(beamWidth: 10).begin(labelCount: 29)
    search.step(input)
    let evidence = search.evidence(space: 0)
    #expect(evidence.count == 2)
    #expect(abs(evidence[0].posterior - 1) < 1e-4)
    #expect(abs(evidence[1].posterior - 0.75) < 1e-4)
    #expect(abs(evidence[1].acousticScore - -0.28768) < 1e-4)
  }

  @Test func labelsEndWhereTheBlankIsLikelier() throws {
    func frame(_ shares: [Int: Float]) -> [Float] { (0..<29).map { shares[$0] ?? 0 } }
    let input = LabelProbabilities(
      frameCount: 6, labelCount: 29,
      values: frame([1: 1]) + frame([1: 0.9, 28: 0.1]) + frame([1: 0.2, 28: 0.8])
        + frame([0: 1]) + frame([2: 1]) + frame([28: 1]))
    let found = BeamSearchDecoder(beamWidth: 10).decode(input)
    let best = try #require(found.first)
    #expect(best.tokens.map(\.frame) == [0, 3, 4])
    #expect(best.tokens.map(\.endFrame) == [2, 4, 5])
    let greedy = GreedyDecoder().decode(input)
    #expect(greedy.tokens == best.tokens)
  }

  @Test func fittingFindsTheWeightsThatMadeTheWords() throws {
    let truth = ConfidenceCalibration(posterior: 0.5, acoustic: 1, offset: -0.5)
    var words: [(evidence: WordEvidence, wasSaid: Bool)] = []
    for step in 0..<20 {
      for score in [-0.1, -0.5, -1, -2] {
        let evidence = WordEvidence(
          posterior: (Double(step) + 0.5) / 20, acousticScore: score)
        // As many are right of a hundred as their confidence says.
        let right = Int((truth.confidence(of: evidence) * 100).rounded())
        for count in 0..<100 { words.append((evidence, count < right)) }
      }
    }
    let found = try #require(ConfidenceCalibration.fitted(to: words))
    #expect(abs(found.posterior - 0.5) < 0.02)
    #expect(abs(found.acoustic - 1) < 0.03)
    #expect(abs(found.offset - -0.5) < 0.03)
    #expect(ConfidenceCalibration.fitted(to: Array(words[..<20])) == nil)
  }

  @Test func wordsThatAreAllRightDoNotBreakTheFit() throws {
    let words = (0..<100).map { _ in
      (evidence: WordEvidence(posterior: 1, acousticScore: 0), wasSaid: true)
    }
    let found = try #require(ConfidenceCalibration.fitted(to: words))
    let confidence = found.confidence(of: words[0].evidence)
    #expect(confidence > 0.9 && confidence <= 1)
  }

  private func transcript(_ input: String) throws -> Transcript {
    let input = try DecodingGoldens.probabilities(input)
    var search = BeamSearchDecoder().begin(labelCount: input.labelCount)
    search.step(input)
    return try #require(
      search.transcripts(alphabet: .english, secondsPerFrame: 0.02).first)
  }

  private func mean(_ transcript: Transcript) -> Double {
    transcript.words.compactMap(\.confidence).reduce(0, +) / Double(transcript.words.count)
  }
}
