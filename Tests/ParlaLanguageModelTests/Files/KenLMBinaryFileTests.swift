import Foundation
import ParlaLanguageModel
import ParlaTestSupport
import Testing

@Suite struct KenLMBinaryFileTests {
  static let small = KenLMBinaryFile.Format.trie(
    probabilityBits: 8, backoffBits: nil, pointerArrayBits: 255)
  static let plain = KenLMBinaryFile.Format.trie(
    probabilityBits: nil, backoffBits: nil, pointerArrayBits: nil)

  static let binaries: [(String, String, KenLMBinaryFile.Format, Bool)] = [
    ("toy_o3.arpa", "toy_o3.probing.bin", .probing(multiplier: 1.5), false),
    ("toy_o3.arpa.xz", "toy_o3.trie.bin", plain, true),
    ("toy_o3.arpa", "toy_o3.triea255q8.bin", small, false),
    (
      "toy_o3.arpa", "toy_o3.triea255.bin",
      .trie(probabilityBits: nil, backoffBits: nil, pointerArrayBits: 255), true
    ),
    (
      "toy_o3.arpa", "toy_o3.trieq8b4.bin",
      .trie(probabilityBits: 8, backoffBits: 4, pointerArrayBits: nil), true
    ),
    ("gaps.arpa", "gaps.probing.bin", .probing(multiplier: 3), true),
    ("gaps.arpa", "gaps.trie.bin", plain, true),
    ("gaps.arpa", "gaps.triea255q8.bin", small, true),
  ]

  @Test(arguments: binaries)
  func binariesAreKenLMsByteForByte(
    arpa: String, binary: String, format: KenLMBinaryFile.Format, hasVocabulary: Bool
  ) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/model"
      try KenLMBinaryFile.build(
        arpa: Fixture.path("language-model/" + arpa), to: path, format: format,
        hasVocabulary: hasVocabulary)
      let expected = Fixture.path("language-model/" + binary)
      #expect(
        try Data(contentsOf: URL(fileURLWithPath: path))
          == Data(contentsOf: URL(fileURLWithPath: expected)))
    }
  }

  @Test func unigramModelsHaveNoBinary() {
    #expect(throws: LanguageModelError.self) {
      try KenLMBinaryFile.build(
        arpa: Fixture.path("language-model/toy_o1.arpa"), to: "/nowhere/model")
    }
  }

  @Test func tooFewPlacesForGapsAreExplained() throws {
    let error = #expect(throws: LanguageModelError.self) {
      try KenLMBinaryFile.build(
        arpa: Fixture.path("language-model/gaps.arpa"), to: "/nowhere/model")
    }
    #expect(error?.description.contains("--probing-multiplier") == true)
  }
}
