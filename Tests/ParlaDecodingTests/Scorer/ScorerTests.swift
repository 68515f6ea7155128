import Foundation
import ParlaLanguageModel
import ParlaTestSupport
import ParlaTranscripts
import Testing

@testable import ParlaDecoding

@Suite struct ScorerTests {
  @Test func readsWhatGenerateScorerPackageWrites() throws {
    let scorer = try ScorerGoldens.words()
    #expect(scorer.alpha == 1)
    #expect(scorer.beta == 0.5)
    #expect(scorer.languageModel.order == 3)
    #expect(scorer.lexicon.stateCount == 3)
    #expect(scorer.lexicon.arcCount == 7)
    #expect(try ScorerGoldens.bytes().units == .bytes)
    let path = Fixture.path("scorers/toy.bytes.scorer")
    #expect(try Scorer(path: path, alphabet: .bytes).units == .bytes)
  }

  @Test func writesTheSameBytesBack() throws {
    for name in ["toy", "toy.bytes"] {
      let path = Fixture.path("scorers/\(name).scorer")
      let scorer = try Scorer(path: path, alphabet: name == "toy" ? .english : nil)
      try withTemporaryFolder { folder in
        try scorer.write(to: folder + "/copy.scorer")
        #expect(try bytes(folder + "/copy.scorer") == bytes(path))
        try scorer.weighted(alpha: 0.75, beta: 1.85).write(to: folder + "/copy.scorer")
        let copy = try ScorerPackage(path: folder + "/copy.scorer")
        #expect(copy.weights == ScorerPackage.Weights(alpha: 0.75, beta: Double(Float(1.85))))
      }
    }
  }

  @Test func anAlphabetThatDoesNotFitIsNamed() throws {
    let path = Fixture.path("scorers/toy.scorer")
    let expected = [
      (try Alphabet(labels: [" ", "a", "b"]), "label 6"),
      (try Alphabet(labels: ["a", "b", "c", "d", "e", "f", "g", " "]), "end with label [0]"),
      (try Alphabet(labels: ["a", "b", "c", "d", "e", "f", "g", "h"]), "a space"),
    ]
    for (alphabet, fact) in expected {
      let error = #expect(throws: DecodingError.self) {
        try Scorer(path: path, alphabet: alphabet)
      }
      let message = try #require(error?.description)
      #expect(message.contains(path))
      #expect(message.contains("an alphabet of \(alphabet.labels.count) labels"))
      #expect(message.contains(fact))
    }
    #expect(throws: DecodingError.self) { try Scorer(path: path, alphabet: nil) }
    #expect(throws: DecodingError.self) {
      try Scorer(path: Fixture.path("scorers/toy.bytes.scorer"), alphabet: .english)
    }
  }

  @Test(arguments: [Double.nan, .infinity, 1e9, -1e7])
  func weightsBeyondReasonAreNeitherWrittenNorRead(weight: Double) throws {
    let path = Fixture.path("scorers/toy.scorer")
    let scorer = try ScorerGoldens.words()
    let calibration = ConfidenceCalibration(posterior: 1, acoustic: weight, offset: 0)
    try withTemporaryFolder { folder in
      #expect(throws: DecodingError.self) {
        try scorer.calibrated(calibration).write(to: folder + "/our.scorer")
      }
      #expect(throws: DecodingError.self) {
        try scorer.weighted(alpha: weight, beta: 0).write(to: folder + "/our.scorer")
      }
      var bytes = try bytes(path)
      let header = try #require(bytes.firstRange(of: Data("EIRT".utf8)))
      bytes.replaceSubrange(
        header.lowerBound + 9..<header.lowerBound + 17, with: littleEndian(weight.bitPattern))
      try bytes.write(to: URL(fileURLWithPath: folder + "/our.scorer"))
      #expect(throws: DecodingError.self) {
        try Scorer(path: folder + "/our.scorer", alphabet: .english)
      }
      guard weight.isFinite else { return }
      try (self.bytes(path) + ScorerAdditions(calibration: calibration).encoded).write(
        to: URL(fileURLWithPath: folder + "/our.scorer"))
      let error = #expect(throws: DecodingError.self) {
        try Scorer(path: folder + "/our.scorer", alphabet: .english)
      }
      #expect(error?.description.contains("confidence weights [1.0, \(weight), 0.0]") == true)
    }
  }

  @Test func everyTruncationIsAnError() throws {
    let whole = try bytes(Fixture.path("scorers/toy.scorer"))
    try withTemporaryFolder { folder in
      let path = folder + "/part.scorer"
      for count in stride(from: 0, to: whole.count, by: 7) {
        try whole.prefix(count).write(to: URL(fileURLWithPath: path))
        #expect(throws: DecodingError.self) { try Scorer(path: path, alphabet: .english) }
      }
    }
  }

  @Test func damageIsAnErrorOrHarmless() throws {
    let whole = try bytes(Fixture.path("scorers/toy.scorer"))
    let input = try DecodingGoldens.probabilities("toy0")
    var random = SplitMix(state: 5)
    try withTemporaryFolder { folder in
      let path = folder + "/damaged.scorer"
      for _ in 0..<300 {
        var damaged = whole
        for _ in 0..<Int.random(in: 1...4, using: &random) {
          // Half of the damage where header and lexicon are.
          let start = Bool.random(using: &random) ? 0 : whole.count - 272
          let place = Int.random(in: start..<whole.count, using: &random)
          damaged[place] = UInt8.random(in: 0...255, using: &random)
        }
        try damaged.write(to: URL(fileURLWithPath: path))
        guard let scorer = try? Scorer(path: path, alphabet: .english) else { continue }
        _ = BeamSearchDecoder(beamWidth: 5, scorer: scorer).decode(input)
      }
    }
  }

  private func bytes(_ path: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path))
  }
}
