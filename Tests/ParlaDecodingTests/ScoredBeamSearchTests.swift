import ParlaTranscripts
import Testing

@testable import ParlaDecoding

@Suite struct ScoredBeamSearchTests {
  @Test func findsWhatDeepSpeechFinds() throws {
    for run in try ScorerGoldens.read().runs {
      let scorer =
        run.scorer.contains("bytes") ? try ScorerGoldens.bytes() : try ScorerGoldens.words()
      let decoder = BeamSearchDecoder(
        beamWidth: run.beamWidth, cutoffProbability: run.cutoffProbability,
        cutoffTopN: run.cutoffTopN,
        scorer: scorer.weighted(alpha: run.alpha, beta: run.beta),
        hotWords: HotWords(run.hotWords))
      let found = decoder.decode(
        try DecodingGoldens.probabilities(run.input), candidateCount: run.candidateCount)
      #expect(found.map { $0.tokens.map(\.label) } == run.candidates.map(\.tokens), "\(run)")
      #expect(found.map { $0.tokens.map(\.frame) } == run.candidates.map(\.frames), "\(run)")
      for (ours, theirs) in zip(found, run.candidates) {
        let difference = abs(ours.naturalLogProbability - theirs.naturalLogProbability)
        #expect(difference < 1e-3, "\(run)")
      }
    }
  }

  @Test func onlyWordsOfTheLexiconAreFound() throws {
    let input = try DecodingGoldens.probabilities("synth1")
    let found = BeamSearchDecoder(scorer: try ScorerGoldens.words()).decode(
      input, candidateCount: 20)
    for candidate in found {
      let words = Alphabet.english.decode(candidate.tokens.map(\.label)).split(separator: " ")
      #expect(words.allSatisfy { ["a", "b", "c", "d", "e", "f"].contains($0) })
    }
  }

  @Test func piecesGiveWhatTheWholeGives() throws {
    let input = try DecodingGoldens.probabilities("toy1")
    let decoder = BeamSearchDecoder(beamWidth: 50, scorer: try ScorerGoldens.words())
    var search = decoder.begin(labelCount: input.labelCount)
    for frame in 0..<input.frameCount {
      let row = input.values[frame * input.labelCount..<(frame + 1) * input.labelCount]
      search.step(LabelProbabilities(frameCount: 1, labelCount: 29, values: Array(row)))
      _ = search.candidates(3)
    }
    #expect(search.candidates(20) == decoder.decode(input, candidateCount: 20))
  }

  @Test func memoryOfAnEndlessStreamIsBounded() throws {
    let input = try DecodingGoldens.probabilities("toy1")
    var decoder = BeamSearchDecoder(
      beamWidth: 20, settlingFrameCount: 200, scorer: try ScorerGoldens.words())
    decoder.exactFrameCount = 0
    var search = decoder.begin(labelCount: input.labelCount)
    for _ in 0..<60 {
      search.step(input)
      let best = try #require(search.candidates().first)
      #expect(search.tree.nodes.count < 2500)
      #expect(search.tree.contexts.count < 1000)
      #expect(search.histories.count - best.tokens.count < 2500)
    }
  }

  @Test func whatTheLexiconForbidsIsPassedOver() throws {
    // "z" for certain, twice, between a and b.
    func frame(_ label: Int) -> [Float] { (0..<29).map { $0 == label ? 1 : 0 } }
    let input = LabelProbabilities(
      frameCount: 4, labelCount: 29, values: frame(1) + frame(26) + frame(26) + frame(0))
    let decoder = BeamSearchDecoder(
      beamWidth: 100, cutoffProbability: 0.99, scorer: try ScorerGoldens.words())
    #expect(decoder.decode(input).first?.tokens.map(\.label) == [1, 0])
  }
}
