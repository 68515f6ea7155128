import Foundation
import ParlaAudio
import ParlaTestSupport
import ParlaTranscripts
import Testing

@testable import ParlaCorpus

@Suite struct CorpusCheckTests {
  /// Writes a tone that no other call with another `hertz` writes.
  private func writeClip(_ path: String, seconds: Double = 1, hertz: Double) throws {
    let samples = (0..<Int(16000 * seconds)).map { Float(sin(Double($0) * hertz / 2546)) / 2 }
    try AudioFile.write(Waveform(samples: samples, sampleRate: 16000), to: path)
  }

  private func check(
    _ folder: String, _ tables: [String: String], alphabet: Alphabet? = nil
  ) throws -> CorpusCheckReport {
    for (name, rows) in tables {
      let text = "wav_filename,wav_filesize,transcript\n" + rows
      try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name).csv"))
    }
    let manifests = try ["train", "dev"].filter { tables[$0] != nil }.map {
      try Manifest(path: "\(folder)/\($0).csv")
    }
    return CorpusCheck(manifests: manifests, alphabet: alphabet).run()
  }

  @Test func soundCorpusHasNoFindings() throws {
    try withTemporaryFolder { folder in
      try writeClip(folder + "/a.wav", hertz: 300)
      try writeClip(folder + "/b.wav", seconds: 2, hertz: 400)
      let report = try check(folder, ["train": "a.wav,32044,one two\nb.wav,,two\n"])
      #expect(report.findings == [])
      let statistics = try #require(report.manifests.first)
      #expect(statistics.clips == 2)
      #expect(statistics.words == 2)
      #expect(statistics.longestSeconds == 2)
      #expect(statistics.characters == ["o": 3, "n": 1, "e": 1, " ": 1, "t": 2, "w": 2])
      #expect(report.text().hasSuffix("\n\n0 errors, 0 warnings\n"))
    }
  }

  @Test func faultsOfSamplesAreFound() throws {
    try withTemporaryFolder { folder in
      try writeClip(folder + "/a.wav", hertz: 300)
      try writeClip(folder + "/b.wav", seconds: 0.2, hertz: 400)
      try writeClip(folder + "/c.wav", hertz: 500)
      try writeClip(folder + "/whole.wav", hertz: 600)
      let bytes = try Data(contentsOf: URL(fileURLWithPath: folder + "/whole.wav"))
      try bytes.prefix(1000).write(to: URL(fileURLWithPath: folder + "/cut.wav"))
      try Data().write(to: URL(fileURLWithPath: folder + "/empty.wav"))
      let rows = """
        gone.wav,,a
        cut.wav,,b
        empty.wav,,c
        a.wav,7,d
        whole.wav,, \u{20}
        b.wav,,aa bb cc
        c.wav,,abc abc abc abc abc abc abc abc
        """
      let report = try check(folder, ["train": rows])
      #expect(
        report.findings.map { "\($0.line) \($0.kind.rawValue)" } == [
          "2 missing-file", "3 unreadable-file", "4 unreadable-file", "5 other-file-size",
          "6 empty-transcript", "7 too-few-frames", "8 too-fast",
        ])
      #expect(report.errorCount == 5)
      #expect(report.findings[5].message.hasSuffix("b.wav: 9 frames, the transcript needs 11"))
    }
  }

  @Test func charactersOutsideTheAlphabetAreFound() throws {
    try withTemporaryFolder { folder in
      try writeClip(folder + "/a.wav", hertz: 300)
      try writeClip(folder + "/b.wav", hertz: 400)
      let report = try check(
        folder, ["train": "a.wav,,tea 4 two\n", "dev": "b.wav,,Tea\n"],
        alphabet: try Alphabet(labels: [" ", "a", "e", "o", "t", "w"]))
      #expect(report.findings.map(\.message) == ["'4' in \"tea 4 two\"", "'T' in \"Tea\""])
      let derived = try check(folder, ["train": "a.wav,,tea 4 two\n", "dev": "b.wav,,Tea\n"])
      #expect(derived.findings.map(\.message) == ["'T' in \"Tea\""])
      #expect(String(decoding: try derived.json(), as: UTF8.self).contains("\"T\" : 1"))
    }
  }

  @Test func duplicatesWithinAndAcrossAreFound() throws {
    try withTemporaryFolder { folder in
      try writeClip(folder + "/a.wav", hertz: 300)
      try writeClip(folder + "/copy.wav", hertz: 300)
      try writeClip(folder + "/b.wav", hertz: 400)
      try writeClip(folder + "/c.wav", hertz: 500)
      let report = try check(
        folder,
        [
          "train": "a.wav,,one\ncopy.wav,,one\nb.wav,,two\nb.wav,,two\n",
          "dev": "a.wav,,on\nc.wav,,two\n",
        ])
      let names = report.findings.map { finding in
        "\((finding.file as NSString).lastPathComponent):\(finding.line) \(finding.kind.rawValue)"
      }
      #expect(
        names == [
          "train.csv:3 duplicate-recording", "train.csv:5 duplicate-recording",
          "dev.csv:2 shared-recording", "dev.csv:3 shared-sentence",
        ])
      #expect(report.errorCount == 1)
      let json = String(decoding: try report.json(), as: UTF8.self)
      #expect(json.contains("\"kind\" : \"shared-recording\""))
      #expect(report.text().contains("error: recordings that stand in two CSVs: 1\n  \(folder)"))
    }
  }
}
