import Foundation
import ParlaLanguageModel
import ParlaTestSupport
import Testing

@Suite struct NGramModelTests {
  /// What KenLM's Python module gives.
  private struct Golden: Decodable {
    let sentences: [String]
    let models: [String: [[Entry]]]

    struct Entry: Decodable {
      let log10Probability: Float
      let matchedLength: Int
      let isUnknown: Bool

      init(from decoder: any Decoder) throws {
        var values = try decoder.unkeyedContainer()
        log10Probability = try values.decode(Float.self)
        matchedLength = try values.decode(Int.self)
        isUnknown = try values.decode(Bool.self)
      }
    }

    init() throws {
      let path = Fixture.path("language-model/toy_scores.json")
      self = try JSONDecoder().decode(
        Golden.self, from: try Data(contentsOf: URL(fileURLWithPath: path)))
    }
  }

  /// Each file with the golden that it must score like.
  static let models = [
    ("toy_o2.arpa", "toy_o2.arpa"), ("toy_o3.arpa", "toy_o3.arpa"),
    ("toy_o3.arpa.gz", "toy_o3.arpa"), ("toy_o3.arpa.bz2", "toy_o3.arpa"),
    ("toy_o3.arpa.xz", "toy_o3.arpa"), ("toy_o5.arpa", "toy_o5.arpa"),
    ("toy_o3.probing.bin", "toy_o3.probing.bin"), ("toy_o3.rest.bin", "toy_o3.probing.bin"),
    ("toy_o3.trie.bin", "toy_o3.trie.bin"), ("toy_o3.triea255.bin", "toy_o3.trie.bin"),
    ("toy_o3.trieq8b4.bin", "toy_o3.triea255q8.bin"),
    ("toy_o3.triea255q8.bin", "toy_o3.triea255q8.bin"),
  ]

  @Test(arguments: models)
  func scoresAreKenLMs(file: String, goldenName: String) throws {
    let golden = try Golden()
    let model = try NGramModel(path: Fixture.path("language-model/" + file))
    let scores = try #require(golden.models[goldenName])
    for (sentence, entries) in zip(golden.sentences, scores) {
      let words = sentence.split(separator: " ").map(String.init) + ["</s>"]
      try #require(words.count == entries.count)
      var state = model.beginSentenceState
      for (word, entry) in zip(words, entries) {
        let index = model.vocabulary.index(of: word)
        let score = model.score(state, index, into: &state)
        #expect(abs(score.log10Probability - entry.log10Probability) <= 1e-5)
        #expect(score.matchedLength == entry.matchedLength)
        #expect((index == Vocabulary.unknown) == entry.isUnknown)
      }
    }
  }

  @Test func unigramModelsAreRead() throws {
    let model = try NGramModel(path: Fixture.path("language-model/toy_o1.arpa"))
    var state = model.beginSentenceState
    let score = model.score(state, model.vocabulary.index(of: "a"), into: &state)
    #expect(model.order == 1)
    #expect(score.matchedLength == 1)
    #expect(state == model.nullContextState)
  }

  @Test func unigramModelsWithoutAnUnknownWordAreScored() throws {
    try withTemporaryFolder { folder in
      let text = "\\data\\\nngram 1=2\n\n\\1-grams:\n-1\t<s>\n-0.5\t</s>\n\n\\end\\\n"
      try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/x.arpa"))
      let model = try NGramModel(path: folder + "/x.arpa")
      var state = model.beginSentenceState
      _ = model.score(state, Vocabulary.unknown, into: &state)
      #expect(model.finish(state).matchedLength == 1)
    }
  }

  @Test func readingInPlaceScoresAsCopyingDoes() throws {
    let model = try NGramModel(path: Fixture.path("language-model/toy_o5.arpa"))
    var copied = model.beginSentenceState
    var first = copied
    for word in ["a", "b", "c", "e", "d"] {
      let index = model.vocabulary.index(of: word)
      var second = NGramState()
      let score = model.score(reading: &first, index, into: &second)
      #expect(model.score(copied, index, into: &copied) == score)
      #expect(copied == second)
      first = second
    }
  }

  @Test func statesOfEqualWordsAreEqualAndHashAlike() throws {
    let model = try NGramModel(path: Fixture.path("language-model/toy_o3.trie.bin"))
    let (a, b) = (model.vocabulary.index(of: "a"), model.vocabulary.index(of: "b"))
    var (long, short, other) = (model.beginSentenceState, NGramState(), NGramState())
    for word in [b, a, b] { _ = model.score(long, word, into: &long) }
    for word in [a, b] { _ = model.score(short, word, into: &short) }
    for word in [b, a] { _ = model.score(other, word, into: &other) }
    #expect(long == short)
    #expect(long.hashValue == short.hashValue)
    #expect(long.wordIndices == [b, a])
    #expect(long != other)
  }

  @Test func indicesBeyondTheVocabularyAreTheUnknownWord() throws {
    let model = try NGramModel(path: Fixture.path("language-model/toy_o3.trie.bin"))
    var (known, beyond) = (NGramState(), NGramState())
    let score = model.score(model.beginSentenceState, Vocabulary.unknown, into: &known)
    #expect(model.score(model.beginSentenceState, .max, into: &beyond) == score)
  }

  @Test func wordsAreListedWhereTheFileHasThem() throws {
    let named = try NGramModel(path: Fixture.path("language-model/toy_o3.triea255.bin"))
    let words = try named.vocabulary.words()
    #expect(words.first == "<unk>")
    #expect(Set(words) == ["<unk>", "<s>", "</s>", "a", "b", "c", "d", "e", "f"])
    for (index, word) in words.enumerated() { #expect(named.vocabulary.index(of: word) == index) }
    let nameless = try NGramModel(path: Fixture.path("language-model/toy_o3.probing.bin"))
    #expect(throws: LanguageModelError.self) { try nameless.vocabulary.words() }
  }

  @Test(arguments: ["toy_o3.probing.bin", "toy_o3.triea255q8.bin"])
  func aModelInsideALargerFileSaysWhereItEnds(name: String) throws {
    let path = Fixture.path("language-model/" + name)
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    try withTemporaryFolder { folder in
      let package = folder + "/package"
      try (data + Data("TRIE and more".utf8)).write(to: URL(fileURLWithPath: package))
      let model = try NGramModel(memory: ModelMemory(mapping: package))
      #expect(model.endOfModel == data.count)
      let other = folder + "/other"
      try (Data(count: 16) + data).write(to: URL(fileURLWithPath: other))
      let shifted = try NGramModel(memory: ModelMemory(mapping: other), start: 16)
      #expect(shifted.endOfModel == data.count + 16)
      #expect(shifted.finish(shifted.beginSentenceState) == model.finish(model.beginSentenceState))
    }
  }

  @Test func otherFilesAreNamed() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/x"
      try Data("mmap lm http://kheafield.com/code incomplete\n".utf8).write(
        to: URL(fileURLWithPath: path))
      let error = #expect(throws: LanguageModelError.self) { try NGramModel(path: path) }
      #expect(error?.description.contains("did not finish") == true)
    }
  }
}
