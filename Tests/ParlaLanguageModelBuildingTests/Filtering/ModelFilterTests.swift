import Foundation
import ParlaLanguageModel
import ParlaLanguageModelBuilding
import ParlaTestSupport
import Testing

@Suite struct ModelFilterTests {
  /// The lines of `toy_o3.arpa` that stay, without the header.
  private static func kept(
    _ mode: ModelFilter.Mode, _ vocabulary: String, hasPhrases: Bool = false,
    isContextOnly: Bool = false, threadCount: Int = 1
  ) throws -> [String: [String]] {
    try withTemporaryFolder { folder in
      try Data(vocabulary.utf8).write(to: URL(fileURLWithPath: folder + "/words"))
      let filter = try ModelFilter(
        mode, vocabulary: folder + "/words", hasPhrases: hasPhrases, isContextOnly: isContextOnly,
        threadCount: threadCount, batchSize: 3)
      try filter.run(
        model: Fixture.path("language-model/toy_o3.arpa"), format: .arpa, to: folder + "/out")
      var kept: [String: [String]] = [:]
      for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name != "words"
      {
        _ = try NGramModel(path: folder + "/" + name)
        let text = try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
        kept[name] = text.split(separator: "\n").filter { $0.contains("\t") }
          .map { String($0.split(separator: "\t")[1]) }
      }
      return kept
    }
  }

  @Test func singleKeepsNGramsOfItsWords() throws {
    let kept = try Self.kept(.single, "a\nb c", threadCount: 2)
    let words = ["<unk>", "<s>", "</s>", "a", "b", "c"]
    let bigrams = ["c </s>", "<s> a", "<s> b", "a b", "b c"]
    #expect(kept["out"] == words + bigrams + ["b c </s>", "<s> a b", "<s> b c", "a b c"])
  }

  @Test func unionWantsTheWordsInOneSentence() throws {
    let kept = try #require(try Self.kept(.union, "a b\nc d\n")["out"])
    #expect(kept.contains("a b") && kept.contains("c d") && !kept.contains("b c"))
  }

  @Test func multipleWritesAModelForEachSentence() throws {
    let kept = try Self.kept(.multiple, "a b\n\nc d\n")
    #expect(kept.keys.sorted() == ["out0", "out1"])
    #expect(kept["out0"]?.contains("a b") == true)
    #expect(kept["out1"]?.contains("c d") == true)
  }

  @Test func contextDoesNotAskAboutTheLastWord() throws {
    let kept = try #require(try Self.kept(.single, "a b", isContextOnly: true)["out"])
    #expect(kept.contains("a b c") && !kept.contains("b c d"))
  }

  @Test func phrasesMayBeCutAndJoined() throws {
    let kept = try #require(try Self.kept(.union, "d e\tb c", hasPhrases: true)["out"])
    #expect(kept.contains("c d") && kept.contains("b c d") && !kept.contains("b d"))
  }

  @Test func phrasesOfASingleSetAreRefused() {
    #expect(throws: LanguageModelError.self) {
      try ModelFilter(.single, vocabulary: "words", hasPhrases: true)
    }
  }
}
