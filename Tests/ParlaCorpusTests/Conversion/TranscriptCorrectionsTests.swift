import Foundation
import ParlaTestSupport
import Testing

@testable import ParlaCorpus

@Suite struct TranscriptCorrectionsTests {
  private func write(_ text: String, to path: String) throws {
    try FileManager.default.createDirectory(
      atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path,
      withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }

  private static let header = "wav_filename,wav_filesize,transcript,before,left_out\n"

  @Test func changesAreAppliedAndThoseThatFitNothingAreNamed() throws {
    try withTemporaryFolder { folder in
      let source = folder + "/corpus/train.csv"
      try write(
        "wav_filename,wav_filesize,transcript,speaker\n"
          + "a.wav,7,one,x\nb.wav,,two,y\nc.wav,,three,x\nd.wav,,four,z\n", to: source)
      // The page is in another folder than the corpus.
      let changes = folder + "/downloads/changes.csv"
      try write(
        Self.header + "\"\(folder)/corpus/a.wav\",\"\",\"won\",\"one\",\"\"\n"
          + "\"\(folder)/corpus/b.wav\",\"\",\"two\",\"two\",\"yes\"\n"
          + "\"\(folder)/corpus/c.wav\",\"\",\"tree\",\"other\",\"\"\n"
          + "\"\(folder)/corpus/none.wav\",\"\",\"x\",\"y\",\"\"\n", to: changes)
      var conversion = CorpusConversion([source], to: folder + "/corpus/clean.csv")
      conversion.corrections = changes
      let report = try conversion.run()
      #expect(report.samples == 3)
      #expect(report.leftOut == 1)
      #expect(report.corrected == 1)
      #expect(
        report.unusedCorrections == [
          "\(changes):4: \(folder)/corpus/c.wav", "\(changes):5: \(folder)/corpus/none.wav",
        ])
      let clean = try Manifest(path: folder + "/corpus/clean.csv").samples
      #expect(clean.map(\.transcript) == ["won", "three", "four"])
      #expect(clean.map(\.speaker) == ["x", "x", "z"])
    }
  }

  @Test func aListWithoutThePresentTranscriptsIsRefused() throws {
    try withTemporaryFolder { folder in
      try write("wav_filename,wav_filesize,transcript\na.wav,,one\n", to: folder + "/plain.csv")
      #expect(
        throws: CorpusError.missingColumns(
          path: folder + "/plain.csv", missing: ["before"],
          found: ["wav_filename", "transcript"])
      ) {
        try TranscriptCorrections(path: folder + "/plain.csv")
      }
    }
  }
}
