import ParlaDecoding
import ParlaTestSupport
import ParlaTranscripts
import Testing

@Suite struct DecoderSettingsTests {
  static func alphabet() throws -> Alphabet { try Alphabet(labels: [" ", "a", "b"]) }

  @Test func theWidthIsTheOneAskedForOrTheAdvisedOneOrTheUsualOne() {
    var settings = DecoderSettings()
    #expect(settings.width() == 500)
    #expect(settings.width(advised: 70) == 70)
    #expect(settings.width(advised: 1 << 20) == BeamSearchDecoder.largestBeamWidth)
    settings.beamWidth = 3
    #expect(settings.width(advised: 70) == 3)
    settings.isGreedy = true
    #expect(settings.width(advised: 70) == 1)
  }

  @Test func whatIsAskedForIsInTheDecoder() throws {
    var settings = DecoderSettings()
    settings.beamWidth = 7
    settings.cutoffProbability = 0.5
    settings.cutoffTopN = 2
    settings.hotWords = ["ab": 4, "b": 0]
    let found = try settings.decoder(alphabet: Self.alphabet())
    #expect(found.search?.beamWidth == 7)
    #expect(found.search?.cutoffProbability == 0.5)
    #expect(found.search?.cutoffTopN == 2)
    #expect(found.search?.hotPhrases != nil)
    #expect(found.withoutEffect.map(\.text) == ["b"])
    settings = DecoderSettings()
    settings.isGreedy = true
    #expect(try settings.decoder(alphabet: Self.alphabet()).search == nil)
  }

  typealias Change = @Sendable (inout DecoderSettings) -> Void

  static let impossible: [(name: String, change: Change)] = [
    ("beam width", { $0.beamWidth = 0 }), ("cutoff probability", { $0.cutoffProbability = 0 }),
    ("cutoff", { $0.cutoffTopN = 0 }), ("alpha", { $0.alpha = .nan }),
    ("beta", { $0.beta = .infinity }),
    (
      "greedy decoding",
      {
        $0.isGreedy = true
        $0.hotWords = ["a": 1]
      }
    ),
  ]

  @Test(arguments: impossible.indices) func whatNoSearchCanHaveIsRefused(index: Int) throws {
    let (name, change) = Self.impossible[index]
    var settings = DecoderSettings()
    change(&settings)
    let error = #expect(throws: DecodingError.self) {
      try settings.decoder(alphabet: Self.alphabet())
    }
    guard case .invalidOption(name, _, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}
