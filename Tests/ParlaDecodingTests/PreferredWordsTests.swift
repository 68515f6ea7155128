import Foundation
import ParlaScorerBuilding
import ParlaTestSupport
import ParlaTranscripts
import Testing

@testable import ParlaDecoding

/// The toy scorer knows the words a to f.
@Suite struct PreferredWordsTests {
  @Test func wordsAndPhrasesGoWhereTheyAct() throws {
    let scorer = try ScorerGoldens.words()
    let boosts = ["a": 5.0, "a b": 3]
    let found = try PreferredWords(boosts, alphabet: .english, scorer: scorer)
    #expect(found.hotWords?.boosts == ["a": 5])
    #expect(found.hotPhrases?.boosts == ["a b": 3])
    #expect(found.withoutEffect.isEmpty)
    let plain = try PreferredWords(boosts, alphabet: .english)
    #expect(plain.hotWords == nil)
    #expect(plain.hotPhrases?.boosts == boosts)
    let none = try PreferredWords([:], alphabet: .english, scorer: scorer)
    #expect(none.hotWords == nil && none.hotPhrases == nil)
  }

  @Test func wordsThatTheScorerLacksAreNamed() throws {
    let scorer = try ScorerGoldens.words()
    let found = try PreferredWords(
      ["zebra": 10, "a zebra": 2, "b": 1], alphabet: .english, scorer: scorer)
    #expect(found.withoutEffect.map(\.text) == ["a zebra", "zebra"])
    #expect(found.withoutEffect[1].reason == .notInScorer(path: scorer.path, words: ["zebra"]))
    #expect(found.withoutEffect[1].description.contains("parla scorer add-words"))
    // Unknown words can be preferred if they are allowed.
    let free = try PreferredWords(
      ["zebra": 10], alphabet: .english, scorer: scorer, unknownWordPenalty: 1)
    #expect(free.withoutEffect.isEmpty)
  }

  @Test func addedWordsAct() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/more.scorer"
      _ = try ScorerGoldens.words().write(adding: [AddedWord("cab")], to: path)
      let scorer = try Scorer(path: path, alphabet: .english)
      let found = try PreferredWords(["cab": 5], alphabet: .english, scorer: scorer)
      #expect(found.withoutEffect.isEmpty)
    }
  }

  @Test(arguments: ["DARK", "größe", "dark:5"])
  func whatTheAlphabetCannotSpellIsRefusedWithAScorerToo(word: String) throws {
    let scorer = try ScorerGoldens.words()
    for scorer in [scorer, nil] {
      let error = #expect(throws: DecodingError.self) {
        try PreferredWords([word: 5], alphabet: .english, scorer: scorer)
      }
      #expect(error?.description.hasPrefix("\"\(word)\"") == true)
    }
  }

  @Test func theOtherCaseIsProposed() {
    func proposed(_ word: String, _ alphabet: Alphabet) -> String? {
      let error = #expect(throws: DecodingError.self) {
        try PreferredWords([word: 5], alphabet: alphabet)
      }
      guard let text = error?.description, let end = text.range(of: "\" perhaps.") else {
        return nil
      }
      return text[..<end.lowerBound].split(separator: "\"").last.map(String.init)
    }
    #expect(proposed("Dark", .english) == "dark")
    #expect(proposed("it’s", .english) == "it's")
    // A spelling is proposed only when the alphabet has all of its letters.
    for word in ["größe", "Größe", "Dark 5", "DARK!"] { #expect(proposed(word, .english) == nil) }
  }

  @Test func capitalsAreProposedOnlyWhereTheAlphabetHasThem() throws {
    for (labels, proposed) in [(["D", "A"], "\"DA\" perhaps"), (["D"], nil), (["d"], nil)] {
      let error = #expect(throws: DecodingError.self) {
        try PreferredWords(["da": 5], alphabet: try Alphabet(labels: labels))
      }
      #expect(error?.description.contains("perhaps") == (proposed != nil))
      if let proposed { #expect(error?.description.contains(proposed) == true) }
    }
  }

  @Test(arguments: [Double.nan, .infinity, 1e300])
  func boostsAreFinite(boost: Double) {
    #expect(throws: DecodingError.self) { try PreferredWords(["a": boost], alphabet: .english) }
    #expect(throws: DecodingError.self) { try HotPhrases(["a": boost], alphabet: .english) }
  }

  @Test func whatNoSentenceHasIsNamed() throws {
    let grammar = try Grammar(sentences: ["stop the light"], alphabet: .english)
    let found = try PreferredWords(
      ["light": 3, "the light": 3, "radio": 3, "stop": 0], alphabet: .english, grammar: grammar)
    #expect(
      found.withoutEffect == [
        IneffectiveWord(text: "radio", reason: .notInGrammar),
        IneffectiveWord(text: "stop", reason: .noBoost),
      ])
  }
}

@Suite struct ScorerFitTests {
  /// Cyrillic letters in the places of the Latin ones, and more of them: every label of the scorer exists.
  @Test func aScorerOfAnotherAlphabetIsRefused() throws {
    let path = Fixture.path("scorers/toy.scorer")
    let letters = "абвгдежзийклмнопрстуфхцчшщъыьэюяёђѓєѕіїјљњћќѝўџґәғқңөұүһ"
    let other = try Alphabet(labels: [" "] + letters.prefix(55).map(String.init))
    let error = #expect(throws: DecodingError.self) { try Scorer(path: path, alphabet: other) }
    guard case .alphabetMismatch(_, let found, let alphabet, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(found.contains("its language model does not know"))
    #expect(alphabet == "an alphabet of 56 labels")
  }

  @Test func anAlphabetWithMoreLettersBehindIsNoOther() throws {
    let labels = Alphabet.english.labels + ["é", "è"]
    let scorer = try Scorer(
      path: Fixture.path("scorers/toy.scorer"), alphabet: Alphabet(labels: labels))
    #expect(scorer.units.labelCount == 31)
  }

  @Test func someWordsAreWords() throws {
    let scorer = try ScorerGoldens.words()
    let words = scorer.lexicon.someWords(100).map { Alphabet.english.decode($0) }
    #expect(words == ["a ", "b ", "c ", "d ", "e ", "f "])
  }

  @Test(arguments: [Double.nan, -.infinity, 1e300]) func weightsAreFinite(weight: Double) throws {
    try withTemporaryFolder { folder in
      var builder = ScorerBuilder(alphabet: .english)
      builder.alpha = weight
      builder.order = 2
      let text = folder + "/text"
      try Data("a b\nb a\na a b\n".utf8).write(to: URL(fileURLWithPath: text))
      #expect(throws: (any Error).self) {
        try builder.build(texts: [text], output: folder + "/s.scorer")
      }
      #expect(!FileManager.default.fileExists(atPath: folder + "/s.scorer"))
    }
  }
}
