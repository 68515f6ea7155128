import ParlaTranscripts
import Testing

@testable import ParlaDecoding

@Suite struct ScorerTuningTests {
  @Test func findsNoWorseWeightsAndRepeats() throws {
    let recordings = try ["toy0", "toy1", "toy2"].map { try DecodingGoldens.probabilities($0) }
    let references = ["a b c d e", "f a b c b c d", "a b c d e f"]
    let scorer = try ScorerGoldens.words().weighted(alpha: 4, beta: -3)
    var tuning = ScorerTuning()
    tuning.trialCount = 12
    var shown = 0
    let trials = try tuning.run(
      scorer, decoder: BeamSearchDecoder(beamWidth: 20), recordings: recordings,
      references: references
    ) { _, _ in shown += 1 }
    #expect(trials.count == 12)
    #expect(shown == 12)
    #expect(trials[0].alpha == 4)
    let best = try #require(trials.map(\.errorRate).min())
    #expect(best < trials[0].errorRate)
    #expect(trials.dropFirst().allSatisfy { tuning.alphas.contains($0.alpha) })
    let again = try tuning.run(
      scorer, decoder: BeamSearchDecoder(beamWidth: 20), recordings: recordings,
      references: references)
    #expect(again == trials)
  }

  @Test func nothingToTuneOnIsAnError() throws {
    let scorer = try ScorerGoldens.words()
    #expect(throws: DecodingError.self) {
      try ScorerTuning().run(
        scorer, decoder: BeamSearchDecoder(), recordings: [], references: [])
    }
  }

  @Test func luckOfOneTrialDoesNotDecide() throws {
    // Trials near alpha 1 make few errors; the one at 4 made fewest, among bad neighbours.
    let trials = [
      (1.0, 0.30), (1.05, 0.31), (0.95, 0.31), (4.0, 0.29), (4.05, 0.50), (3.95, 0.50),
    ].map { ScorerTuning.Trial(alpha: $0.0, beta: 1, errorRate: $0.1) }
    #expect(try #require(ScorerTuning().best(of: trials)).alpha == 1)
    #expect(ScorerTuning().best(of: []) == nil)
  }
}
