import Foundation
import ParlaLanguageModel
import ParlaLanguageModelBuilding
import ParlaScorerBuilding
import ParlaTestSupport
import ParlaTranscripts
import Testing

@testable import ParlaDecoding

@Suite struct ScorerBuilderTests {
  /// The text of the original's toy model.
  private let text = "a b c\nb c d\na b d e\nf a b c\n"

  @Test func isByteForByteWhatTheOriginalMakes() throws {
    try withTemporaryFolder { folder in
      try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/text"))
      var builder = ScorerBuilder(alphabet: .english)
      (builder.alpha, builder.beta) = (1, 0.5)
      (builder.order, builder.pruning) = (3, [0])
      let summary = try builder.build(texts: [folder + "/text"], output: folder + "/our.scorer")
      #expect(summary.textWordCount == 14)
      #expect(summary.lexiconWordCount == 6)
      #expect(summary.coverage == 1)
      #expect(try bytes(folder + "/our.scorer") == bytes(Fixture.path("scorers/toy.scorer")))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 2)

      builder.alphabet = nil
      _ = try builder.build(texts: [folder + "/text"], output: folder + "/our.scorer")
      #expect(try bytes(folder + "/our.scorer") == bytes(Fixture.path("scorers/toy.bytes.scorer")))
    }
  }

  @Test func wordsOutsideTheAlphabetAreCountedAndLeftOut() throws {
    try withTemporaryFolder { folder in
      try Data("Ünd und ab ab AB über\n".utf8).write(to: URL(fileURLWithPath: folder + "/text"))
      var builder = ScorerBuilder(alphabet: .english)
      (builder.order, builder.wordLimit) = (2, 3)
      let path = folder + "/our.scorer"
      let summary = try builder.build(texts: [folder + "/text"], output: path)
      #expect(summary.differentWordCount == 4)
      #expect(summary.lexiconWordCount == 2)
      #expect(summary.unwritableWords == ["ünd"] || summary.unwritableWords == ["über"])
      #expect(summary.coverage.map { abs($0 - 4.0 / 6) < 1e-9 } == true)
      let scorer = try Scorer(path: path, alphabet: .english)
      #expect(scorer.lexicon.contains(try Alphabet.english.encode("ab ")))
      #expect(!scorer.lexicon.contains(try Alphabet.english.encode("ber ")))
    }
  }

  @Test func aBinaryWithItsWordsIsPackedWithoutThem() throws {
    try withTemporaryFolder { folder in
      try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/text"))
      try Data("a b c d e f".utf8).write(to: URL(fileURLWithPath: folder + "/words"))
      var options = LanguageModelBuilder.Options(order: 3)
      options.temporaryFolder = folder
      _ = try LanguageModelBuilder(options).build(
        texts: [folder + "/text"], output: folder + "/arpa")
      try KenLMBinaryFile.build(
        arpa: folder + "/arpa", to: folder + "/binary",
        format: .trie(probabilityBits: 8, backoffBits: 8, pointerArrayBits: 255))
      var builder = ScorerBuilder(alphabet: .english)
      (builder.alpha, builder.beta) = (1, 0.5)
      _ = try builder.build(
        binary: folder + "/binary", vocabulary: folder + "/words", output: folder + "/our.scorer")
      #expect(try bytes(folder + "/our.scorer") == bytes(Fixture.path("scorers/toy.scorer")))
    }
  }

  @Test func aFailureLeavesNoFileBehind() throws {
    struct Stop: Error {}
    try withTemporaryFolder { folder in
      try FileManager.default.createDirectory(
        atPath: folder + "/temporary", withIntermediateDirectories: false)
      try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/text"))
      var builder = ScorerBuilder(alphabet: try Alphabet(labels: [" ", "z"]))
      builder.temporaryFolder = folder + "/temporary"
      let output = folder + "/our.scorer"
      #expect(throws: DecodingError.noUsableWords(wordCount: 6, example: "b")) {
        try builder.build(texts: [folder + "/text"], output: output)
      }
      #expect(throws: Stop.self) {
        try builder.build(texts: [folder + "/text"], output: output) { _ in throw Stop() }
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 2)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder + "/temporary").isEmpty)
    }
  }

  @Test func onlyWordsAreCountedOfWhichNoneCanBeWritten() throws {
    try withTemporaryFolder { folder in
      try Data("<s> </s> <unk> bb cc\n".utf8).write(to: URL(fileURLWithPath: folder + "/words"))
      let builder = ScorerBuilder(alphabet: try Alphabet(labels: [" ", "z"]))
      let error = #expect(throws: DecodingError.noUsableWords(wordCount: 2, example: "bb")) {
        try builder.build(
          binary: folder + "/binary", vocabulary: folder + "/words", output: folder + "/our.scorer")
      }
      #expect(error?.description.contains("none of its 2 words can be written") == true)
    }
  }

  @Test func punctuationDoesNotKeepWordsOut() throws {
    try withTemporaryFolder { folder in
      try Data("“Yes,” she said—and: «yes».\nIt’s so...\n".utf8).write(
        to: URL(fileURLWithPath: folder + "/text"))
      var builder = ScorerBuilder(alphabet: .english)
      builder.order = 2
      let path = folder + "/our.scorer"
      let summary = try builder.build(texts: [folder + "/text"], output: path)
      #expect(summary.textWordCount == 7)
      #expect(summary.lexiconWordCount == 6)
      #expect(summary.coverage == 1)
      #expect(summary.respelledWordCount == 5)
      #expect(summary.respelledWords.first == "“yes,” → yes")
      let scorer = try Scorer(path: path, alphabet: .english)
      #expect(scorer.languageModel.vocabulary.index(of: "it's") != 0)

      builder.stripsPunctuation = false
      let plain = try builder.build(texts: [folder + "/text"], output: path)
      #expect(plain.textWordCount == 6)
      #expect(plain.lexiconWordCount == 1)
      #expect(plain.respelledWordCount == 0)
    }
  }

  @Test func turnsTextToLowerCaseByItsLanguage() throws {
    try withTemporaryFolder { folder in
      try Data("ΜΕΓΑΛΟΣ\nDIŞ\n".utf8).write(to: URL(fileURLWithPath: folder + "/text"))
      for (labels, words) in [(" αγελμος", ["μεγαλος"]), (" dışi", ["dış"])] {
        var builder = ScorerBuilder(
          alphabet: try Alphabet(labels: labels.unicodeScalars.map(String.init)))
        builder.order = 2
        let summary = try builder.build(texts: [folder + "/text"], output: folder + "/our.scorer")
        #expect(summary.lexiconWordCount == words.count)
        let scorer = try Scorer(path: folder + "/our.scorer", alphabet: builder.alphabet)
        for word in words { #expect(scorer.languageModel.vocabulary.index(of: word) != 0) }
      }
    }
  }

  @Test func impossibleSettingsAreRefusedBeforeTextIsRead() throws {
    let changes: [(String, (inout ScorerBuilder) -> Void)] = [
      ("--order: found 1, expected 2 to 8.", { $0.order = 1 }),
      ("--order: found 9, expected 2 to 8.", { $0.order = 9 }),
      ("--prune: found 1 0", { ($0.order, $0.pruning) = (3, [1, 0]) }),
      ("--prune: found 4 values", { ($0.order, $0.pruning) = (3, [0, 0, 0, 1]) }),
      ("--alpha, --beta: found nan", { $0.alpha = .nan }),
      ("--alpha, --beta: found 1.0 and 1e+300", { ($0.alpha, $0.beta) = (1, 1e300) }),
      (
        "probability bits: found 40",
        { $0.format = .trie(probabilityBits: 40, backoffBits: 8, pointerArrayBits: 255) }
      ),
    ]
    for (message, change) in changes {
      var builder = ScorerBuilder(alphabet: .english)
      change(&builder)
      let error = #expect(throws: (any Error).self) {
        try builder.build(texts: ["/nowhere/text"], output: "/nowhere/scorer")
      }
      #expect(error.map { "\($0)".hasPrefix(message) } == true, "\(String(describing: error))")
    }
  }

  @Test func aLanguageModelAloneIsWhatGenerateLMWrites() throws {
    try withTemporaryFolder { folder in
      try Data("A b, a\nb, a c\n".utf8).write(to: URL(fileURLWithPath: folder + "/text"))
      var builder = ScorerBuilder(alphabet: nil)
      (builder.order, builder.wordLimit) = (3, 2)
      let made = try builder.buildLanguageModel(
        texts: [folder + "/text"], folder: folder + "/lm", dividesAtSpaces: true)
      #expect(try String(contentsOfFile: folder + "/lm/vocab-2.txt", encoding: .utf8) == "a\nb,")
      #expect(made.summary.coverage.map { abs($0 - 5.0 / 6) < 1e-9 } == true)
      builder.alphabet = try Alphabet(labels: [" ", "a", "b", ","])
      builder.countsCharacters = false
      let packed = try builder.build(
        binary: made.binary, vocabulary: made.vocabulary, output: folder + "/scorer")
      #expect(packed.lexiconWordCount == 2)
    }
  }

  private func bytes(_ path: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path))
  }
}
