import ParlaTranscripts
import Testing

@testable import ParlaScorerBuilding

@Suite struct TextSpellingTests {
  @Test(arguments: [
    ("hello", ["hello"]), ("hello,", ["hello"]), ("“hello!”", ["hello"]), ("(yes)", ["yes"]),
    ("_so_", ["so"]),
    ("*so*", ["so"]), ("—", []), ("...", []), ("don’t", ["don't"]), ("don't,", ["don't"]),
    ("dogs',", ["dogs'"]),
    ("'tis", ["'tis"]), ("'yes,'", ["yes"]), ("‘yes’", ["yes"]), ("well-known", ["well", "known"]),
    ("said—and", ["said", "and"]), ("wait...what", ["wait", "what"]), ("yes,no", ["yes", "no"]),
    ("e\u{301}a", ["éa"]),
    ("«été»,", ["été"]), ("—'", []), ("covid-19.", ["covid", "19"]), ("u.s.", ["u.s"]),
    ("50%", ["50%"]),
    ("“über”", ["über"]),
  ])
  func wordsKeepWhatTheAlphabetHas(word: String, expected: [String]) throws {
    let labels = " abcdefghijklmnopqrstuvwxyzé'".unicodeScalars.map(String.init)
    let spelling = TextSpelling(alphabet: try Alphabet(labels: labels))
    #expect(spelling.words(of: word) == expected)
  }

  @Test func punctuationThatIsALabelStays() throws {
    let labels = " abcdehlnoz-.,".unicodeScalars.map(String.init)
    let spelling = TextSpelling(alphabet: try Alphabet(labels: labels))
    #expect(spelling.words(of: "hello,") == ["hello,"])
    #expect(spelling.words(of: "a-b") == ["a-b"])
    #expect(spelling.words(of: "“hello,”") == ["hello,"])
  }

  @Test func charactersAreLabelsWithoutTheTextsPunctuation() throws {
    let thai = TextSpelling(alphabet: try Alphabet(labels: ["ก", "า", "นา"]))
    #expect(thai.characters(of: "กา นา “กx”") == ["ก", "า", "นา", "ก", "x"])
    let chinese = TextSpelling(alphabet: try Alphabet(labels: ["你", "好", " "]))
    #expect(chinese.characters(of: "你好，你 好。") == ["你", "好", "你", " ", "好"])
  }
}
