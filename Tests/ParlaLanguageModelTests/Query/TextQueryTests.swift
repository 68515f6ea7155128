import Foundation
import ParlaLanguageModel
import ParlaTestSupport
import Testing

@Suite struct TextQueryTests {
  @Test(arguments: ["toy_o3.trie", "gaps.trie"])
  func outputIsKenLMs(name: String) throws {
    let model = try NGramModel(path: Fixture.path("language-model/\(name).bin"))
    var output = Data()
    let text = Fixture.path("language-model/sentences.txt")
    _ = try TextQuery(model).run(text: text) { output += $0 }
    let expected = Fixture.path("language-model/\(name).query.txt")
    #expect(
      String(decoding: output, as: UTF8.self)
        == (try String(contentsOfFile: expected, encoding: .utf8)))
  }

  @Test func onlyTheDetailsAskedForArePrinted() throws {
    let model = try NGramModel(path: Fixture.path("language-model/toy_o3.trie.bin"))
    var output = Data()
    let query = TextQuery(model, hasSentenceContext: false, details: [.sentence])
    let summary = try query.run(text: Fixture.path("language-model/sentences.txt")) { output += $0 }
    let lines = String(decoding: output, as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 6)
    #expect(lines.allSatisfy { $0.hasPrefix("Total: ") })
    #expect(summary.tokenCount == 22)
    #expect(summary.unknownCount == 1)
  }
}
