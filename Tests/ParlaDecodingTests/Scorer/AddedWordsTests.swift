import ParlaTestSupport
import ParlaTranscripts
import Testing

@testable import ParlaDecoding

@Suite struct AddedWordsTests {
  /// "a", then "cab" for certain: a word that the scorer of the words a to f lacks.
  private let input: LabelProbabilities = {
    func frame(_ label: Int) -> [Float] { (0..<29).map { $0 == label ? 0.97 : 0.03 / 28 } }
    let labels = [1, 28, 0, 28, 3, 1, 2, 28, 0, 28, 4, 28]
    return LabelProbabilities(
      frameCount: labels.count, labelCount: 29, values: labels.flatMap(frame))
  }()

  @Test(arguments: [nil, "c"]) func addedWordsAreRecognised(model: String?) throws {
    try withTemporaryFolder { folder in
      let scorer = try ScorerGoldens.words()
      #expect(text(scorer) != "a cab d")
      let path = folder + "/more.scorer"
      let count = try scorer.write(
        adding: [AddedWord("cab", weighedAs: model), AddedWord("a")], to: path)
      #expect(count == 1)
      let more = try Scorer(path: path, alphabet: .english)
      #expect(text(more) == "a cab d")
      #expect((more.alpha, more.beta) == (scorer.alpha, scorer.beta))
      #expect(try ScorerDescription(path: path).wordCount == 7)
      // Again: what was added stays.
      #expect(try more.write(adding: [AddedWord("bad")], to: path) == 1)
      #expect(text(try Scorer(path: path, alphabet: .english)) == "a cab d")
    }
  }

  @Test func presentWeightsAreWritten() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/more.scorer"
      let scorer = try ScorerGoldens.words().weighted(alpha: 2, beta: 0.25)
      #expect(try scorer.write(adding: [AddedWord("cab")], to: path) == 1)
      let more = try Scorer(path: path, alphabet: .english)
      #expect((more.alpha, more.beta) == (2, 0.25))
    }
  }

  @Test func badWordsAreNamed() throws {
    let scorer = try ScorerGoldens.words()
    #expect(throws: DecodingError.unwritableWord(word: "Öl", characters: ["Ö"])) {
      try scorer.write(adding: [AddedWord("Öl")], to: "/nowhere/x")
    }
    #expect(
      throws: DecodingError.unknownModelWord(scorer: scorer.path, word: "cab", model: "zz")
    ) { try scorer.write(adding: [AddedWord("cab", weighedAs: "zz")], to: "/nowhere/x") }
  }

  @Test func calibrationStaysWithTheScorer() throws {
    try withTemporaryFolder { folder in
      let calibration = ConfidenceCalibration(posterior: 0.3, acoustic: 0.5, offset: -1)
      let path = folder + "/calibrated.scorer"
      try ScorerGoldens.words().calibrated(calibration).write(to: path)
      let scorer = try Scorer(path: path, alphabet: .english)
      #expect(scorer.calibration == calibration)
      try scorer.weighted(alpha: 1, beta: 2).write(to: path)
      #expect(try Scorer(path: path, alphabet: .english).calibration == calibration)
    }
  }

  private func text(_ scorer: Scorer) -> String? {
    let found = BeamSearchDecoder(beamWidth: 50, scorer: scorer).decode(input)
    return found.first.map { Alphabet.english.decode($0.tokens.map(\.label)) }
  }
}
