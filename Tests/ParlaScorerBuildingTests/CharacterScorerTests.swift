import Foundation
import ParlaLanguageModel
import ParlaScorerBuilding
import ParlaTestSupport
import ParlaTranscripts
import Testing

@testable import ParlaDecoding

/// Scorers whose units are the labels of an alphabet, as for languages written without spaces.
@Suite struct CharacterScorerTests {
  private let chinese = ["世", "你", "好", "界", "是"]

  /// A scorer of `text` for `alphabet`, with the alphabet.
  private func scorer(
    _ text: String, _ labels: [String], in folder: String,
    _ change: (inout ScorerBuilder) -> Void = { _ in }
  ) throws -> (scorer: Scorer, alphabet: Alphabet, summary: ScorerBuilder.Summary) {
    let alphabet = try Alphabet(labels: labels)
    try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/text"))
    var builder = ScorerBuilder(alphabet: alphabet)
    (builder.order, builder.pruning, builder.alpha, builder.beta) = (3, [0], 1, 0)
    change(&builder)
    let path = folder + "/scorer"
    let summary = try builder.build(texts: [folder + "/text"], output: path)
    return (try Scorer(path: path, alphabet: alphabet), alphabet, summary)
  }

  /// Frames that leave each of `choices` open between two labels of the same probability.
  private func probabilities(_ choices: [[Int]], labelCount: Int) throws -> LabelProbabilities {
    var values: [Float] = []
    for choice in choices {
      var frame = [Float](repeating: 0.001, count: labelCount)
      for label in choice {
        frame[label] = (1 - 0.001 * Float(labelCount - choice.count)) / Float(choice.count)
      }
      values += frame
    }
    return LabelProbabilities(frameCount: choices.count, labelCount: labelCount, values: values)
  }

  @Test func theLanguageModelDecidesBetweenCharactersThatSoundAlike() throws {
    try withTemporaryFolder { folder in
      let (scorer, alphabet, summary) = try scorer("你好世界\n你好。\n你是好\n", chinese, in: folder)
      #expect(summary.units == .characters)
      #expect(summary.lexiconWordCount == 5)
      #expect(summary.coverage == 1)
      #expect(summary.respelledWordCount == 1)
      // 你, then 好 or 界, then 世 or 是, then 界 or 你.
      let recognised = try probabilities([[1], [2, 3], [0, 4], [1, 3]], labelCount: 6)
      let found = BeamSearchDecoder(beamWidth: 20, scorer: scorer).decode(
        recognised, candidateCount: 3)
      #expect(alphabet.decode(found[0].tokens.map(\.label)) == "你好世界")

      let description = try ScorerDescription(path: scorer.path)
      #expect(description.units == .characters)
      #expect(description.wordCount == 5)
    }
  }

  @Test func theScoreIsThatOfTheLanguageModel() throws {
    try withTemporaryFolder { folder in
      let (scorer, _, _) = try scorer("你好世界\n你好\n你是好\n", chinese, in: folder)
      let recognised = try probabilities([[1], [2], [0]], labelCount: 6)
      let plain = BeamSearchDecoder(beamWidth: 20).decode(recognised)[0]
      let scored = BeamSearchDecoder(beamWidth: 20, scorer: scorer).decode(recognised)[0]
      var state = scorer.languageModel.beginSentenceState
      var expected = 0.0
      for character in ["你", "好", "世"] {
        var next = state
        let score = scorer.languageModel.score(
          state, scorer.languageModel.vocabulary.index(of: character), into: &next)
        expected += Double(score.log10Probability) * log(10)
        state = next
      }
      #expect(plain.tokens.map(\.label) == [1, 2, 0])
      #expect(scored.tokens.map(\.label) == [1, 2, 0])
      // Other texts share the frames of the plain search, so the scores are only about as far apart.
      #expect(abs(scored.naturalLogProbability - plain.naturalLogProbability - expected) < 0.05)
    }
  }

  @Test func aSpaceMayBeACharacter() throws {
    try withTemporaryFolder { folder in
      let (scorer, alphabet, _) = try scorer(
        "กา นา\nกา นา\nนา\n", [" ", "ก", "น", "า"], in: folder
      ) {
        $0.countsCharacters = true
      }
      #expect(scorer.units == .characters(alphabet))
      let recognised = try probabilities([[1], [3], [0, 1], [2], [3]], labelCount: 5)
      let found = BeamSearchDecoder(beamWidth: 20, scorer: scorer).decode(recognised)
      #expect(alphabet.decode(found[0].tokens.map(\.label)) == "กา นา")
    }
  }

  @Test func tuningCountsCharactersAndAddingTakesSingleOnes() throws {
    try withTemporaryFolder { folder in
      let (scorer, _, _) = try scorer("你好世界\n你好\n", chinese, in: folder)
      let recognised = try probabilities([[1], [2, 3], [0, 4], [1, 3]], labelCount: 6)
      var tuning = ScorerTuning()
      tuning.trialCount = 1
      let trials = try tuning.run(
        scorer, decoder: BeamSearchDecoder(beamWidth: 20), recordings: [recognised],
        references: ["你好是界"]
      )
      #expect(trials[0].errorRate == 0.25)

      let more = folder + "/more"
      #expect(try scorer.write(adding: [AddedWord("是", weighedAs: "世")], to: more) == 1)
      #expect(try ScorerDescription(path: more).units == .characters)
      #expect(throws: DecodingError.self) {
        try scorer.write(adding: [AddedWord("你好")], to: more)
      }
    }
  }

  @Test func otherProgramsFindWordsOfOneLabelWithoutASpace() throws {
    try withTemporaryFolder { folder in
      let (scorer, _, _) = try scorer("你好世界\n", chinese, in: folder)
      let package = try ScorerPackage(path: scorer.path)
      #expect(!package.isBytes)
      #expect(package.lexicon.lastLabels == [0, 1, 2, 3])
      #expect(throws: DecodingError.self) { try Scorer(path: scorer.path, alphabet: nil) }
    }
  }

  @Test func wordsNeedASpace() throws {
    let expected = DecodingError.invalidOption(
      name: "--units", found: "words",
      expected: "characters, since the alphabet has no space that divides words")
    try withTemporaryFolder { folder in
      let error = #expect(throws: DecodingError.self) {
        try scorer("你好\n", chinese, in: folder) { $0.countsCharacters = false }
      }
      #expect(error == expected)
    }
  }
}
