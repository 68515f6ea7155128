import Foundation
import ParlaFiles
import ParlaTestSupport
import ParlaTranscripts
import Testing

@Suite struct AlphabetTests {
  @Test func readsCommentsEscapesAndBothLineEnds() throws {
    let text = "# the German letters\n \na\r\n\\#\n\n#b\nß\n'"
    let alphabet = try Alphabet(text: text, path: "alphabet.txt")
    #expect(alphabet.labels == [" ", "a", "#", "ß", "'"])
    #expect(alphabet.spaceLabel == 0)
    #expect(alphabet.blank == 5)
    #expect(alphabet.labelCount == 6)
  }

  @Test func byteOrderMarkIsNoLabel() throws {
    #expect(try Alphabet(text: "\u{FEFF}a\nb\n", path: "").labels == ["a", "b"])
  }

  @Test func readsBackWhatItWrote() throws {
    try withTemporaryFolder { folder in
      let alphabet = try Alphabet(labels: ["#", " ", "\\", "é", "e\u{301}", "한", "sch"])
      try alphabet.write(to: folder + "/alphabet.txt")
      #expect(try Alphabet(path: folder + "/alphabet.txt") == alphabet)
      #expect(alphabet.fileText.hasPrefix("\\#\n \n\\\n"))
    }
  }

  @Test func bytesWriteAnyText() throws {
    let bytes = Alphabet.bytes
    #expect(bytes.labelCount == 256 && bytes.blank == 255 && bytes.spaceLabel == 31)
    #expect(bytes.labels[64] == "A" && bytes.labels[0xE4 - 1] == "<0xE4>")
    let text = "你好 \u{1F600}\n"
    #expect(try bytes.encode("你") == [0xE4 - 1, 0xBD - 1, 0xA0 - 1])
    #expect(try bytes.decode(bytes.encode(text)) == text)
    #expect(bytes.decode([0xE4 - 1, 0xBD - 1]) == "\u{FFFD}", "a character that is not complete")
    #expect(bytes.unknownCharacters(in: "a\0b") == ["\0"])
    #expect(bytes.utf8(0xE4 - 1) == [0xE4])
  }

  @Test func encodesAndDecodes() throws {
    let labels = try Alphabet.english.encode("it's a zoo")
    #expect(labels == [9, 20, 27, 19, 0, 1, 0, 26, 15, 15])
    #expect(Alphabet.english.decode(labels) == "it's a zoo")
    #expect(try Alphabet.english.encode("") == [])
  }

  @Test func longestLabelWins() throws {
    let alphabet = try Alphabet(labels: ["s", "c", "h", "sch"])
    #expect(try alphabet.encode("schsc") == [3, 0, 1])
  }

  @Test func composedAndDecomposedLettersDiffer() throws {
    let alphabet = try Alphabet(labels: ["\u{E9}"])
    #expect(alphabet.unknownCharacters(in: "e\u{301}") == ["e", "\u{301}"])
    #expect(try alphabet != Alphabet(labels: ["e\u{301}"]))
  }

  @Test func namesAllCharactersOutside() {
    let error = #expect(throws: TranscriptError.self) {
      try Alphabet.english.encode("Größe 7ö")
    }
    #expect(
      error
        == .outsideAlphabet(text: "Größe 7ö", characters: ["G", "ö", "ß", "7"]))
    #expect(error?.description.contains("'ö' (U+00F6), 'ß' (U+00DF)") == true)
  }

  @Test func coversTranscriptsWithTheSpaceFirst() throws {
    let alphabet = try Alphabet.covering(["zu \u{E4}", "!a"])
    #expect(alphabet.labels == [" ", "!", "a", "u", "z", "\u{E4}"])
    #expect(try Alphabet.covering(["ba"]).labels == ["a", "b"])
    #expect(throws: TranscriptError.noLabels(path: nil)) { try Alphabet.covering([""]) }
  }

  @Test func refusesLabelsThatNoFileCanHold() {
    #expect(throws: TranscriptError.noLabels(path: nil)) { try Alphabet(labels: []) }
    #expect(throws: TranscriptError.duplicateLabel(path: nil, label: "a", index: 2)) {
      try Alphabet(labels: ["a", "b", "a"])
    }
    for label in ["", "\n", "a\r", "#x", "\\#"] {
      #expect(throws: TranscriptError.unwritableLabel(label: label, index: 0)) {
        try Alphabet(labels: [label])
      }
    }
  }

  @Test func namesWhatIsWrongWithAFile() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/alphabet.txt"
      let missing = #expect(throws: TranscriptError.self) { try Alphabet(path: path) }
      #expect(missing?.description.hasPrefix("\(path): cannot be read: No such file") == true)
      try Data([0x61, 0x0A, 0xFF]).write(to: URL(fileURLWithPath: path))
      #expect(throws: TranscriptError.notUTF8(path: path)) { try Alphabet(path: path) }
      try Data("# only a comment\n".utf8).write(to: URL(fileURLWithPath: path))
      #expect(throws: TranscriptError.noLabels(path: path)) { try Alphabet(path: path) }
      try Data("a\nb\na".utf8).write(to: URL(fileURLWithPath: path))
      let twice = #expect(throws: TranscriptError.self) { try Alphabet(path: path) }
      #expect(twice?.description.contains("'a' (U+0061) occurs twice") == true)
    }
  }
}
