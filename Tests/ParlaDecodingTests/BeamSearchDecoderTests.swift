import ParlaDecoding
import ParlaTranscripts
import Testing

@Suite struct BeamSearchDecoderTests {
  @Test(arguments: try DecodingGoldens.read().runs)
  func findsWhatDeepSpeechFinds(run: DecodingGoldens.Run) throws {
    let decoder = BeamSearchDecoder(
      beamWidth: run.beamWidth, cutoffProbability: run.cutoffProbability,
      cutoffTopN: run.cutoffTopN)
    let found = decoder.decode(
      try DecodingGoldens.probabilities(run.input), candidateCount: run.candidateCount)
    #expect(found.count == run.candidates.count)
    for (ours, theirs) in zip(found, run.candidates) {
      #expect(abs(ours.naturalLogProbability - theirs.naturalLogProbability) < 1e-3)
    }
    #expect(found.map(\.tokens.last?.label) == run.candidates.map(\.tokens.last))
    // What is equal in score and last label has no order; the original leaves it to the C++
    // library. Exact zeros make many such candidates.
    let decided = run.input == "onehot_exact_zeros" ? 1 : run.candidates.count
    let expected = run.candidates.prefix(decided)
    #expect(found.prefix(decided).map { $0.tokens.map(\.label) } == expected.map(\.tokens))
    #expect(found.prefix(decided).map { $0.tokens.map(\.frame) } == expected.map(\.frames))
  }

  @Test func findsWhatThePlainSearchFinds() {
    var random = SplitMix(state: 7)
    for round in 0..<20 {
      let input = LabelProbabilities.random(frameCount: 25, labelCount: 5, using: &random)
      let beamWidth = 1 + round
      let ours = BeamSearchDecoder(beamWidth: beamWidth).decode(input, candidateCount: 10)
      let plain = plainBeamSearch(input, beamWidth: beamWidth, candidateCount: 10)
      #expect(ours.map { $0.tokens.map(\.label) } == plain.map { $0.tokens.map(\.label) })
      #expect(ours.map { $0.tokens.map(\.frame) } == plain.map { $0.tokens.map(\.frame) })
      for (candidate, expected) in zip(ours, plain) {
        #expect(abs(candidate.naturalLogProbability - expected.naturalLogProbability) < 1e-4)
      }
    }
  }

  @Test func addsUpAllAlignmentsWhenTheBeamHoldsAllPrefixes() throws {
    // Over two frames "a" is spelled by aa, a-, -a: 0.16 + 0.24 + 0.24.
    let input = LabelProbabilities(frameCount: 2, labelCount: 2, values: [0.4, 0.6, 0.4, 0.6])
    let found = BeamSearchDecoder().decode(input, candidateCount: 5)
    #expect(found.map { $0.tokens.map(\.label) } == [[0], []])
    #expect(abs(found[0].naturalLogProbability - -0.446_287) < 1e-5)
    #expect(abs(found[1].naturalLogProbability - -1.021_651) < 1e-5)
  }

  @Test func emptyInputIsTheEmptyText() {
    let nothing = LabelProbabilities(frameCount: 0, labelCount: 29, values: [])
    #expect(
      BeamSearchDecoder().decode(nothing, candidateCount: 3)
        == [Candidate(tokens: [], naturalLogProbability: 0)])
  }

  @Test func exactZerosSurviveACutoff() {
    let input = LabelProbabilities(
      frameCount: 3, labelCount: 3, values: [1, 0, 0, 0, 0, 1, 1, 0, 0])
    let decoder = BeamSearchDecoder(beamWidth: 100, cutoffProbability: 0.99)
    let found = decoder.decode(input, candidateCount: 5)
    #expect(
      found == [
        Candidate(
          tokens: [Token(label: 0, frame: 0), Token(label: 0, frame: 2)], naturalLogProbability: 0)
      ])
  }

  @Test(arguments: [Float.nan, .infinity, -1, 0])
  func whatIsNoProbabilityCountsAsZero(value: Float) throws {
    let input = LabelProbabilities(
      frameCount: 3, labelCount: 3,
      values: [0.5, 0.25, 0.25, value, value, value, 0.25, value, 0.75])
    for cutoff in [1, 0.9] {
      let found = BeamSearchDecoder(cutoffProbability: cutoff).decode(input, candidateCount: 50)
      let best = try #require(found.first)
      let first = try #require(best.tokens.first)
      #expect((first.label, first.frame) == (0, 0))
      #expect(found.allSatisfy { $0.naturalLogProbability.isFinite })
    }
  }

  @Test func moreCandidatesThanFoundAreNotMadeUp() {
    let input = LabelProbabilities(frameCount: 1, labelCount: 3, values: [0.5, 0.25, 0.25])
    #expect(BeamSearchDecoder().decode(input, candidateCount: 100).count == 3)
    #expect(BeamSearchDecoder(beamWidth: 2).decode(input, candidateCount: 100).count == 2)
  }
}
