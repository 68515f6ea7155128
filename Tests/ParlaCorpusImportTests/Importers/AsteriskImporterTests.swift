import Foundation
import ParlaTestSupport
import Testing

@testable import ParlaCorpusImport

@Suite struct AsteriskImporterTests {
  private func utterances(_ list: String, language: String) throws -> [Utterance] {
    try withTemporaryFolder { folder in
      let corpus = FakeCorpus(root: folder)
      try corpus.writeAsterisk(list, language: language, voice: "it_IT_m_Carlo")
      return try AsteriskImporter().utterances(in: folder, language: language)
    }
  }

  @Test func readsTheListWithoutCommentsAndPauses() throws {
    let list =
      "\u{FEFF}; Sounds\n\nactivated: Attivato.\nsilence/1: [un secondo]\nno colon\n"
      + "digits/0: zero: nulla\n"
    let found = try utterances(list, language: "it")
    #expect(found.map(\.key) == ["activated", "digits/0"])
    #expect(found.map(\.text) == ["Attivato.", "zero: nulla"])
    #expect(found.map(\.speaker) == ["it_IT_m_Carlo", "it_IT_m_Carlo"])
    #expect(found[1].audioPath.hasSuffix("/usr/share/asterisk/sounds/it_IT_m_Carlo/digits/0.g722"))
  }

  @Test func keysThatStandTwiceAreRemoved() throws {
    let found = try utterances("menu: menu: Premere il tasto.\n", language: "it")
    #expect(found.map(\.text) == [" Premere il tasto."])
  }

  @Test func lostAccentsAreMarked() throws {
    let found = try utterances("a: Non pu? essere.\nb: Quale cartella?\n", language: "it")
    #expect(found.map(\.flaw) == [.lostAccent, nil])
  }

  @Test(arguments: [
    ("en", "press 1, 4 or 6; use the 7 key", "press one, four or six; use the seven key"),
    ("ru", "Нажмите 2.", "Нажмите два."),
    ("fr", "appuyez sur «0»", "appuyez sur «zéro»"),
    ("en", "dial 500, 28.8 kilobit, 3D, H.323", "dial 500, 28.8 kilobit, 3D, H.323"),
    ("cs", "stiskni 1", "stiskni 1"),
  ])
  func loneDigitsAreSpelledOut(language: String, text: String, spoken: String) {
    #expect(SpokenDigits.spellOut(text, language: language) == spoken)
  }

  @Test func folderWithoutTheCorpusIsNamed() throws {
    try withTemporaryFolder { folder in
      let error = #expect(throws: ImportError.self) {
        try AsteriskImporter().utterances(in: folder, language: "en")
      }
      let list = "usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz"
      #expect(error == .sourceLacks(folder: folder, expected: list))
    }
  }
}
