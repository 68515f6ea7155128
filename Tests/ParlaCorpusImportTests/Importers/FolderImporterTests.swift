import Foundation
import ParlaCorpus
import ParlaFiles
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

  /// What a spreadsheet and a person make of names.
  @Test func namesOfRecordingsAreFoundAsPeopleWriteThem() throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      try corpus.writeTones("in/0001.wav", "in/Anna 2.WAV", "in/0003.wav", "in/3.flac")
      try corpus.write(
        "sep=;\r\nNr.;Datei;Satz\r\n7;1;eins\r\n8;anna 2.wav;zwei\r\n9;3;drei\r\n10;0003;vier\r\n",
        to: "Liste.csv")
      let result = try corpus.imported("folder")
      #expect(try corpus.allTranscripts() == ["drei", "eins", "vier", "zwei"])
      #expect(result.leftOut.isEmpty)
    }
  }

  @Test func aRowsNumberIsNotARecordingsName() throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      try corpus.writeTones("1.wav", "02.wav", "3.wav")
      try corpus.write("1;3.wav;drei\n2;1.wav;eins\n3;02.wav;zwei\n", to: "a.csv")
      _ = try corpus.imported("folder") { $0.split = .none }
      let samples = try corpus.samples("train").map { [$0.audioPath.fileName, $0.transcript] }
      #expect(samples == [["3.wav", "drei"], ["1.wav", "eins"], ["02.wav", "zwei"]])
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

  /// What is said must lead on: nobody is sent to the importer that has just refused.
  @Test(arguments: [
    (
      ["a.txt", "b.m4a", "c.m4a"], "found 2 .m4a, 1 .txt, expected recordings such as .wav",
      "for f in *.m4a; do"
    ),
    (
      ["a.txt"], "found 1 .txt, expected",
      "Pass the folder or the archive that holds the recordings."
    ),
    (["sounds.rar"], "found 1 .rar, expected", "Unpack it first"),
    (["data/train-0.parquet"], "found 1 .parquet, expected", "Parla does not read Parquet"),
  ])
  func aFolderWithoutSoundSaysWhatItHas(
    files: [String], found: String, advice: String
  ) throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      for file in files { try corpus.write("x", to: file) }
      for name in ["folder", "common-voice"] {
        let error = #expect(throws: ImportError.self) { try corpus.imported(name) }
        let words = error?.description ?? ""
        #expect(words.contains(found) && words.contains(advice), "\(words)")
        #expect(!words.contains("parla import folder"))
      }
      #expect(!FileManager.default.fileExists(atPath: corpus.output))
    }
  }

  @Test func whereNothingIsLeftTheMessageSaysWhatToDo() throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      try corpus.writeTones("a.wav", "b.wav")
      try corpus.write("PK", to: "list.xlsx")
      let untold = #expect(throws: ImportError.self) { try corpus.imported("folder") }
      #expect(untold?.description.contains("save a spreadsheet as CSV") == true)
      try corpus.write("a.wav;Seite 1\nb.wav;Seite 2\n", to: "list.csv")
      let digits = #expect(throws: ImportError.self) { try corpus.imported("folder") }
      #expect(
        digits?.description.contains("(2 × digits, which may be read in many ways). Edit") == true)
    }
  }
}
