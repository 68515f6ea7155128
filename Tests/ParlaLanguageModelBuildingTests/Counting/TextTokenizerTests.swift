import Foundation
import ParlaLanguageModel
import ParlaTestSupport
import Testing

@testable import ParlaLanguageModelBuilding

@Suite struct TextTokenizerTests {
  /// The tokens of `text`, as words.
  private func tokens(_ text: [UInt8], skipsSpecialWords: Bool = false) throws -> String {
    try withTemporaryFolder { folder in
      let path = folder + "/text"
      try Data(text).write(to: URL(fileURLWithPath: path))
      let words = WordTable()
      let block = TokenBlock(capacity: 1 << 18)
      try TextTokenizer(words: words, skipsSpecialWords: skipsSpecialWords)
        .read(path, into: block) { _, _ in
        } flush: { _ in
        }
      return (0..<block.count).map { words[block.tokens[$0]] }.joined(separator: " ")
    }
  }

  @Test func wordsEndAtNulTabReturnAndSpace() throws {
    #expect(
      try tokens(Array("a\tb\r\nc\0d  e\n".utf8)) == "<s> a b </s> <s> c d e </s>")
  }

  @Test func otherControlCharactersBelongToWords() throws {
    #expect(try tokens(Array("a\u{b}b\u{a0}c\n".utf8)) == "<s> a\u{b}b\u{a0}c </s>")
  }

  @Test func emptyLineIsASentence() throws {
    #expect(try tokens(Array("\n a\n".utf8)) == "<s> </s> <s> a </s>")
  }

  @Test func lastLineNeedsNoNewline() throws {
    #expect(try tokens(Array("a b".utf8)) == "<s> a b </s>")
    #expect(try tokens([]) == "")
  }

  @Test func wordsOverTheEdgeOfABufferStayWhole() throws {
    let word = String(repeating: "x", count: 1000)
    let line = Array((0..<300).map { _ in word }.joined(separator: " ").utf8)
    let all = try tokens(line + [10]).split(separator: " ")
    #expect(all.count == 302)
    #expect(Set(all) == ["<s>", Substring(word), "</s>"])
  }

  @Test func specialWordIsAnErrorWithItsLine() {
    let error = #expect(throws: LanguageModelError.self) {
      try tokens(Array("a\nb <unk>\n".utf8))
    }
    guard case .specialWord(_, let line, let word) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(line == 2)
    #expect(word == "<unk>")
  }

  @Test func specialWordsMayCountAsSpaces() throws {
    #expect(
      try tokens(Array("<s> a </s>\n".utf8), skipsSpecialWords: true) == "<s> a </s>")
  }
}
