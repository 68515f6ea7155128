import Foundation
import ParlaCorpus
import ParlaTestSupport
import Testing

@testable import ParlaCorpusImport

@Suite struct FolderImporterTests {
  struct Table: Sendable {
    let name: String
    let text: String
    var encoding = String.Encoding.utf8
  }

  @Test(arguments: [
    Table(
      name: "a.csv",
      text: "datei;satz;sprecher\na.wav;Größe, ja!;Ann\nsub/b.wav;\"Zwei;drei\";Bob\n"),
    Table(name: "a.tsv", text: "a\tGröße ja\nb\tzwei drei\n"),
    Table(name: "a.txt", text: "a.wav Größe ja\nb.wav zwei drei\n"),
    Table(
      name: "a.csv",
      text: "id,wav_filename,transcript\n1,C:\\x\\a.wav,Größe ja\n2,b.wav,zwei drei\n"),
    Table(name: "a.csv", text: "a.wav|Größe ja\r\nb.wav|zwei drei\r\n"),
    Table(name: "a.csv", text: "a.wav;Größe ja\nb.wav;zwei drei\n", encoding: .windowsCP1252),
    Table(
      name: "a.csv", text: "\u{FEFF}a.wav;Größe ja\nb.wav;zwei drei\n", encoding: .utf16LittleEndian
    ),
  ])
  func tablesAreRead(_ table: Table) throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      try corpus.writeTones("a.wav", "sub/b.wav")
      try corpus.write(try #require(table.text.data(using: table.encoding)), to: table.name)
      _ = try corpus.imported("folder")
      let found = try corpus.allTranscripts().map { $0.replacing("zweidrei", with: "zwei drei") }
      #expect(found == ["größe ja", "zwei drei"])
    }
  }

  @Test func textsNextToRecordingsAreRead() throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      try corpus.writeTones("wav/a.wav", "wav/b.flac", "wav/c.wav")
      try corpus.write("Eins.", to: "wav/a.txt")
      try corpus.write("Zwei.", to: "txt/b.txt")
      let result = try corpus.imported("folder")
      #expect(try corpus.allTranscripts() == ["eins", "zwei"])
      #expect(result.leftOut.map(\.name) == ["wav/c.wav"])
      #expect(result.leftOut.map(\.reason) == [.noText])
    }
  }

  @Test func columnsCanBeNamed() throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      try corpus.writeTones("a.wav", "b.wav")
      try corpus.write(
        "f,long,kurz,wer\na.wav,nicht dieser text,eins,A\nb.wav,auch nicht,zwei,B\n", to: "t.csv")
      _ = try corpus.imported("folder") { $0.columns = ["text": "kurz", "speaker": "4"] }
      #expect(try corpus.allTranscripts() == ["eins", "zwei"])
      let samples = try ["train", "dev", "test"].flatMap(corpus.samples)
      #expect(Set(samples.map(\.speaker)) == ["A", "B"])
      let error = #expect(throws: ImportError.self) {
        try corpus.imported("folder") { $0.columns = ["text": "klein"] }
      }
      #expect(
        error?.description.contains("no column \"klein\". The columns are f, long, kurz, wer")
          == true)
    }
  }

  @Test func aFolderWithoutSoundIsNone() throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      try corpus.write("x", to: "a.txt")
      let error = #expect(throws: ImportError.self) { try corpus.imported("folder") }
      #expect(error?.description.contains("does not look like folder") == true)
      #expect(!FileManager.default.fileExists(atPath: corpus.output))
    }
  }
}
