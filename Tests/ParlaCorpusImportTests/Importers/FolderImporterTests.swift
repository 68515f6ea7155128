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

  @Test func whatTwoTablesListIsImportedOnce() throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      try corpus.writeTones("a.wav", "b.wav")
      try corpus.write("datei;satz\na.wav;Größe, ja!\nb.wav;zwei\n", to: "a.csv")
      try corpus.write(
        "wav_filename,transcript\na.wav,größe ja\nb.wav,anders\n", to: "other/b.csv")
      _ = try corpus.imported("folder")
      #expect(try corpus.allTranscripts() == ["anders", "größe ja", "zwei"])
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

  /// A table keeps the names that recordings had before they were converted.
  @Test func convertedRecordingsAreFoundWhereverTheyLie() throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      try corpus.writeTones("e/rec/n0.wav", "e/rec/n1.wav", "e/rec/n2.flac")
      try corpus.write("n0.m4a;eins\nn1.M4A;zwei\nn2.mp3;drei\n", to: "e/tabelle.csv")
      let result = try corpus.imported("folder")
      #expect(try corpus.allTranscripts() == ["drei", "eins", "zwei"])
      #expect(result.leftOut.isEmpty)
      let tree = try SourceTree(corpus.root)
      #expect(tree.recording(named: "n0.m4a") == "e/rec/n0.wav")
      #expect(tree.recording(named: "n2.mp3") == "e/rec/n2.flac")
      #expect(tree.recording(named: "n3.m4a") == nil)
    }
  }

  @Test func whatMustBeConvertedFirstIsSaid() throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      try corpus.writeTones("rec/a.wav", "rec/b.wav", "anna/c.wav")
      try corpus.write("ftyp", to: "rec/n.m4a")
      try corpus.write("a.wav;eins\nb.wav;zwei\nn.m4a;drei\n", to: "liste.csv")
      for (name, text) in [("c", "vier"), ("d", "fünf"), ("e", "sechs")] {
        try corpus.write(text, to: "anna/\(name).txt")
      }
      try corpus.write("ftyp", to: "anna/d.m4a")
      try corpus.write("Aufgenommen im Mai.", to: "anna/README.txt")
      try corpus.write("Allein.", to: "bob/f.txt")
      let result = try corpus.imported("folder")
      #expect(try corpus.allTranscripts() == ["eins", "vier", "zwei"])
      let reasons = Dictionary(uniqueKeysWithValues: result.leftOut.map { ($0.name, $0.reason) })
      #expect(
        reasons == [
          "rec/n.m4a": .mustBeConverted, "anna/d.m4a": .mustBeConverted,
          "anna/e.txt": .noRecording,
        ])
      let text = result.report.text
      #expect(text.contains("2 × a kind of recording that must be converted first"), "\(text)")
      #expect(text.contains("Convert them first: for f in *.m4a; do ffmpeg"), "\(text)")
    }
  }

  @Test func theReportSaysWhichColumnsWereTaken() throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      try corpus.writeTones("a.wav", "b.wav")
      try corpus.write(
        "Datum;Aufnahme;Satz (gelesen);Ort\n1.5.;a.wav;eins zwei;Ulm\n2.5.;b.wav;drei vier;Bonn\n",
        to: "t.csv")
      let report = try corpus.imported("folder").report
      let line = "audio = Aufnahme, text = Satz (gelesen), speaker = none; not used: Datum, Ort"
      #expect(report.text.contains("\ncolumns: \(line)\n"), "\(report.text)")
      let json = String(decoding: try report.json(), as: UTF8.self)
      #expect(json.contains("\"audio\" : \"Aufnahme\""), "\(json)")
      try corpus.write("a.wav|eins zwei|x\nb.wav|drei vier|y\n", to: "t.csv")
      let plain = try corpus.imported("folder").report.text
      #expect(plain.contains("\ncolumns: audio = 1, text = 2, speaker = none; not used: 3\n"))
    }
  }

  @Test(arguments: [
    "Sprecher/in", "Sprecherin", "Speaker ID", "speaker_id", "reader", "Leser", "lecteur",
    "Locutor", "SpeakerID",
  ])
  func columnsOfSpeakersAreRecognised(_ heading: String) throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      try corpus.writeTones("a.wav", "b.wav")
      try corpus.write(
        "file;text;\(heading)\na.wav;eins zwei;Ann\nb.wav;drei vier;Bob\n", to: "t.csv")
      _ = try corpus.imported("folder")
      let samples = try ["train", "dev", "test"].flatMap(corpus.samples)
      #expect(Set(samples.map(\.speaker)) == ["Ann", "Bob"])
    }
  }

  @Test func optionsWithoutEffectAreRefused() throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      try corpus.writeTones("a.wav")
      try corpus.write("Eins.", to: "a.txt")
      let sets = #expect(throws: ImportError.self) {
        try corpus.imported("folder") { $0.sets = ["train"] }
      }
      #expect(sets?.description.contains("not divided into sets") == true)
      let columns = #expect(throws: ImportError.self) {
        try corpus.imported("folder") { $0.columns = ["speaker": "1"] }
      }
      #expect(columns?.description.contains("no table in it names its recordings") == true)
      let one = #expect(throws: ImportError.self) {
        try corpus.imported("folder", source: "a.wav")
      }
      #expect(one?.description.contains("a.wav: is a single recording, expected a folder") == true)
      #expect(!FileManager.default.fileExists(atPath: corpus.output))
      let download = #expect(throws: ImportError.self) {
        try CorpusDownload(of: "folder", sets: [])
      }
      #expect(download?.description.contains("your own recordings") == true)
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
