import ParlaTestSupport
import Testing

@testable import ParlaCorpusImport

@Suite struct TuxPaintImporterTests {
  @Test func pairsRecordingsWithTheLineOfTheirLanguage() throws {
    try withTemporaryFolder { folder in
      let corpus = FakeCorpus(root: folder)
      let stamps = "usr/share/tuxpaint/stamps"
      try corpus.write(
        "A frog.\r\nro.utf8=O broască.\r\nru.utf8=Лягушка.\r\n", to: "\(stamps)/animals/frog.txt")
      try corpus.write("", to: "\(stamps)/animals/frog_desc_ru.ogg")
      try corpus.write("", to: "\(stamps)/animals/frog_desc_ro.ogg")
      try corpus.write("", to: "\(stamps)/animals/wallaby_desc_ru.ogg")
      let found = try TuxPaintImporter().utterances(in: folder, language: "ru")
      #expect(found.map(\.key) == ["animals/frog", "animals/wallaby"])
      #expect(found.map(\.text) == ["Лягушка.", ""])
      #expect(found.map(\.audioPath).first == "\(folder)/\(stamps)/animals/frog_desc_ru.ogg")
    }
  }

  @Test func folderWithoutTheCorpusIsNamed() throws {
    try withTemporaryFolder { folder in
      let error = #expect(throws: ImportError.self) {
        try TuxPaintImporter().utterances(in: folder, language: "es")
      }
      #expect(error?.description.contains("no usr/share/tuxpaint/stamps/**/*_desc_es.ogg") == true)
    }
  }
}
