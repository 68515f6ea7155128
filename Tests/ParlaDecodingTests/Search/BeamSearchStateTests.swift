import ParlaTranscripts
import Testing

@testable import ParlaDecoding

@Suite struct BeamSearchStateTests {
  @Test func intermediateResultsAreThoseOfDeepSpeech() throws {
    let golden = try DecodingGoldens.read().streaming
    let input = try DecodingGoldens.probabilities(golden.input)
    var search = BeamSearchDecoder(beamWidth: golden.beamWidth).begin(labelCount: input.labelCount)
    for expected in golden.intermediate {
      search.step(input.frames(search.frameCount..<expected.frameCount))
      let found = try #require(search.candidates().first)
      #expect(Alphabet.english.decode(found.tokens.map(\.label)) == expected.text)
      #expect(found.tokens.map(\.frame) == expected.frames)
      #expect(abs(found.naturalLogProbability - expected.naturalLogProbability) < 1e-3)
    }
  }

  @Test(arguments: [1, 7, 64])
  func piecesGiveWhatTheWholeGives(frameCount: Int) throws {
    let input = try DecodingGoldens.probabilities("synth3")
    let decoder = BeamSearchDecoder(beamWidth: 50)
    var search = decoder.begin(labelCount: input.labelCount)
    for start in stride(from: 0, to: input.frameCount, by: frameCount) {
      search.step(input.frames(start..<min(start + frameCount, input.frameCount)))
    }
    #expect(search.candidates(20) == decoder.decode(input, candidateCount: 20))
  }

  @Test func memoryOfAnEndlessStreamIsBounded() throws {
    let input = try DecodingGoldens.probabilities("synth2")
    var decoder = BeamSearchDecoder(beamWidth: 20, settlingFrameCount: 200)
    decoder.exactFrameCount = 0
    var search = decoder.begin(labelCount: input.labelCount)
    for _ in 0..<40 {
      search.step(input)
      let best = try #require(search.candidates().first)
      #expect(search.tree.nodes.count < 2500)
      #expect(search.histories.count - best.tokens.count < 2500)
    }
  }

  @Test func prefixesThatPartedLongAgoKeepNoNodes() {
    var random = SplitMix(state: 3)
    let input = LabelProbabilities.random(frameCount: 1200, labelCount: 6, using: &random)
    var search = BeamSearchDecoder(beamWidth: 30, settlingFrameCount: nil).begin(labelCount: 6)
    search.step(input)
    #expect(search.tree.nodes.count < 200)
  }

  @Test func settlingCostsTheBestCandidateNothing() throws {
    var random = SplitMix(state: 3)
    let input = LabelProbabilities.random(frameCount: 1200, labelCount: 6, using: &random)
    func best(settlingFrameCount: Int?) throws -> Candidate {
      var decoder = BeamSearchDecoder(beamWidth: 30, settlingFrameCount: settlingFrameCount)
      decoder.exactFrameCount = 200
      return try #require(decoder.decode(input).first)
    }
    let unsettled = try best(settlingFrameCount: nil)
    #expect(try best(settlingFrameCount: 100) == unsettled)
    #expect(try best(settlingFrameCount: 1000) == unsettled)
  }

  @Test func longSilenceKeepsTheScorePrecise() throws {
    let row: [Float] = [0, 1e-9]
    var search = BeamSearchDecoder(beamWidth: 1).begin(labelCount: 2)
    for _ in 0..<100 {
      search.step(
        LabelProbabilities(
          frameCount: 50, labelCount: 2, values: (0..<50).flatMap { _ in row }))
    }
    let found = try #require(search.candidates().first)
    #expect(found.tokens.isEmpty)
    // A sum of 5000 terms near -20.7 in `Float` alone would be off by several units.
    #expect(abs(found.naturalLogProbability - 5000 * -20.723_266) < 0.2)
  }

  @Test func leadingSilenceCostsNothing() throws {
    let silence: [Float] = [0.0005, 0.9995]
    let speech: [Float] = [0.9, 0.1]
    let input = LabelProbabilities(
      frameCount: 3, labelCount: 2, values: silence + silence + speech)
    let found = try #require(BeamSearchDecoder().decode(input).first)
    #expect(found.tokens == [Token(label: 0, frame: 2)])
    #expect(abs(found.naturalLogProbability - -0.105_361) < 1e-5)
  }
}

extension LabelProbabilities {
  fileprivate func frames(_ range: Range<Int>) -> LabelProbabilities {
    LabelProbabilities(
      frameCount: range.count, labelCount: labelCount,
      values: Array(values[range.lowerBound * labelCount..<range.upperBound * labelCount]))
  }
}
