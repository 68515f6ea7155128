import Foundation
import ParlaCorpus
import ParlaFiles
import ParlaSpelling
import ParlaTestSupport
import ParlaTranscripts
import Testing

@Suite struct ManifestTests {
  /// Reads `text` from a file in an empty folder, whose path stands for `FOLDER`.
  private func manifest(_ text: String) throws -> Manifest {
    try withTemporaryFolder { folder in
      let path = folder + "/train.csv"
      try AtomicFile.write(Data(text.utf8), to: path)
      return try Manifest(path: path)
    }
  }

  private func message(_ text: String) -> String? {
    do {
      _ = try manifest(text)
      return nil
    } catch {
      let message = String(describing: error).replacing(/--source \S+/, with: "--source .")
      return message.range(of: "train.csv").map { String(message[$0.lowerBound...]) }
    }
  }

  @Test func readsColumnsInAnyOrder() throws {
    let manifest = try manifest(
      "transcript,speaker,wav_filename,mood,wav_filesize\r\n"
        + "\"one, two\",anna,clips/a.wav,glad,1234\r\nthree,,/b.wav,,\r\n")
    let folder = (manifest.path as NSString).deletingLastPathComponent
    #expect(
      manifest.samples == [
        Sample(
          audioPath: folder + "/clips/a.wav", fileSize: 1234, transcript: "one, two",
          speaker: "anna", line: 2, otherColumns: ["mood": "glad"]),
        Sample(
          audioPath: "/b.wav", transcript: "three", line: 3, otherColumns: ["mood": ""]),
      ])
  }

  @Test func fileSizesMayBeMissing() throws {
    let manifest = try manifest("wav_filename,transcript\na.wav,\n")
    #expect(manifest.samples.map(\.fileSize) == [nil])
    #expect(manifest.samples.map(\.transcript) == [""])
  }

  @Test(arguments: [
    (
      "", "train.csv: empty, expected a header such as wav_filename,wav_filesize,transcript."
    ),
    (
      "path,text\na.wav,one\n",
      "train.csv: no column wav_filename, transcript; the columns found are path, text. "
        + "Name them in the first line, with commas between, or import the table: "
        + "parla import folder --source . --output DIR --columns audio=NAME,text=NAME"
    ),
    (
      "wav_filename;transcript\na.wav;one\n",
      "train.csv: no column wav_filename, transcript; the columns found are wav_filename;transcript. "
        + "Its separator is \";\", expected a comma. Such tables are read by "
        + "parla import folder --source . --output DIR"
    ),
    (
      "wav_filename\ttranscript\na.wav\tone\n",
      "train.csv: no column wav_filename, transcript; the columns found are wav_filename\ttranscript. "
        + "Its separator is a tab, expected a comma. Such tables are read by "
        + "parla import folder --source . --output DIR"
    ),
    (
      "wav_filename,wav_filename,transcript\na,b,c\n",
      "train.csv: the header names the column wav_filename twice. Remove one."
    ),
    (
      "wav_filename,transcript\na.wav,one, two\n",
      "train.csv:2: 3 fields, the header has 2. Put a transcript with commas in double quotes."
    ),
    (
      "wav_filename,transcript\na.wav\n",
      "train.csv:2: 1 field, the header has 2. Put a transcript with commas in double quotes."
    ),
    (
      "wav_filename,transcript\n,one\n",
      "train.csv:2: wav_filename is empty, expected the path of a recording."
    ),
    (
      "wav_filename,wav_filesize,transcript\na.wav,1kB,one\n",
      "train.csv:2: wav_filesize is \"1kB\", expected a number of bytes or nothing."
    ),
    (
      "wav_filename,wav_filesize,transcript\n",
      "train.csv: a header and no rows, expected a row for each recording."
    ),
  ])
  func faultsAreNamed(text: String, expected: String) {
    #expect(message(text) == expected)
  }

  @Test func missingFileIsNamed() {
    let error = #expect(throws: CorpusError.self) { try Manifest(path: "/nowhere/train.csv") }
    #expect(error?.description.hasPrefix("/nowhere/train.csv: cannot be read: No such") == true)
  }

  @Test func readsBackWhatItWrote() throws {
    try withTemporaryFolder { folder in
      let samples = [
        Sample(
          audioPath: folder + "/clips/a.wav", fileSize: 10, transcript: "a \"b\",\r\nc",
          speaker: "x", line: 2),
        Sample(
          audioPath: "/elsewhere/b.wav", transcript: " d ", line: 4, otherColumns: ["mood": "e"]),
      ]
      try Manifest.write(samples, to: folder + "/train.csv")
      let text = try String(contentsOfFile: folder + "/train.csv", encoding: .utf8)
      #expect(text.hasPrefix("wav_filename,wav_filesize,transcript,speaker,mood\nclips/a.wav,10,"))
      let read = try Manifest(path: folder + "/train.csv").samples
      #expect(read.map(\.audioPath) == samples.map(\.audioPath))
      #expect(read.map(\.fileSize) == samples.map(\.fileSize))
      #expect(read.map(\.transcript) == samples.map(\.transcript))
      #expect(read.map(\.speaker) == samples.map(\.speaker))
      #expect(read.map(\.line) == [2, 4])
      #expect(read.map(\.otherColumns) == [["mood": ""], ["mood": "e"]])
    }
  }

  @Test func allBadRowsAreNamedAtOnce() throws {
    let rows = "a.wav,1,one\n,1,two\na.wav,x,three\na.wav,1\na.wav,1,four\n"
    let text = "wav_filename,wav_filesize,transcript\n" + rows
    #expect(
      message(text)?.replacing(/\n  [^\n]*train/, with: "\n  train") == """
        train.csv: 3 rows cannot be read:
          train.csv:3: wav_filename is empty, expected the path of a recording.
          train.csv:4: wav_filesize is "x", expected a number of bytes or nothing.
          train.csv:5: \(CorpusError.fieldCount(path: "", line: 5, found: 2, expected: 3).description.dropFirst(4))
        """)
  }

  @Test func rowsThatAreNoUTF8DoNotHideTheOthers() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/train.csv"
      let rows = Data("wav_filename,transcript\na.wav,".utf8) + Data([0xFF]) + Data("\n,b\n".utf8)
      try AtomicFile.write(rows, to: path)
      let expected = CorpusError.badRows(
        path: path, [.notUTF8(path: path, line: 2), .noPath(path: path, line: 3)])
      #expect(throws: expected) { try Manifest(path: path) }
    }
  }

  @Test func transcriptsAreRespelledOnRequest() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/train.csv"
      try AtomicFile.write(
        Data("wav_filename,transcript\na.wav,\"cafe\u{301}\u{A0}x\ny\"\n".utf8), to: path)
      let manifest = try Manifest(path: path, normalizer: .lookAlikes)
      #expect(
        manifest.samples.map { Array($0.transcript.unicodeScalars) } == [
          Array("caf\u{E9} x y".unicodeScalars)
        ])
    }
  }
}
