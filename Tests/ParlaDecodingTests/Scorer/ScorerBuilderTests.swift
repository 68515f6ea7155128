import Foundation
import ParlaLanguageModel
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

  private func bytes(_ path: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path))
  }
}
