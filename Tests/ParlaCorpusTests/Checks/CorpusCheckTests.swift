import Foundation
import ParlaAudio
import ParlaSpelling
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
      #expect(report.text().contains("2 different sentences, 2 different words\n"))
      #expect(report.text().hasSuffix("\n\n0 errors, 0 warnings\n"))
    }
  }

  @Test func digitsAndPunctuationAreQuotedInTheListOfCharacters() throws {
    try withTemporaryFolder { folder in
      try writeClip(folder + "/a.wav", hertz: 300)
      let report = try check(folder, ["train": "a.wav,,\"a, 1\"\n"])
      #expect(report.text().contains("\ncharacters: space 1, \",\" 1, \"1\" 1, a 1\n"))
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
      #expect(report.errorCount == 4)
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
      #expect(
        report.findings.map(\.message) == [
          "'4' (U+0034) in \"tea 4 two\"", "1 sample, expected 10 or more",
          "'T' (U+0054) in \"Tea\"",
        ])
      let derived = try check(folder, ["train": "a.wav,,tea 4 two\n", "dev": "b.wav,,Tea\n"])
      #expect(
        derived.findings.map { "\($0.kind.rawValue) \($0.message)" } == [
          "digit '4' (U+0034) in \"tea 4 two\"", "few-samples 1 sample, expected 10 or more",
          "capital 'T' (U+0054) in \"Tea\"",
          "unlearnt-character 'T' (U+0054) in \"Tea\", not in train.csv",
        ])
      #expect(derived.errorCount == 0)
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
          "dev.csv:1 few-samples", "dev.csv:2 shared-recording", "dev.csv:3 shared-sentence",
        ])
      #expect(report.errorCount == 1)
      let json = String(decoding: try report.json(), as: UTF8.self)
      #expect(json.contains("\"kind\" : \"shared-recording\""))
      #expect(report.text().contains("error: recordings that occur in two CSVs: 1\n  \(folder)"))
    }
  }

  @Test func recordingsOfALowerRateAreWarnedOf() throws {
    try withTemporaryFolder { folder in
      for (name, rate) in [("a", 8000), ("b", 16000), ("c", 48000), ("d", 11025)] {
        let samples = (0..<rate).map { Float(sin(Double($0 * (name == "a" ? 1 : rate)) / 5)) / 2 }
        try AudioFile.write(
          Waveform(samples: samples, sampleRate: rate), to: "\(folder)/\(name).wav")
      }
      let rows = "a.wav,,one\nb.wav,,two\nc.wav,,three\nd.wav,,four\n"
      let report = try check(folder, ["train": rows])
      #expect(
        report.findings.filter { $0.kind == .lowSampleRate }.map { "\($0.line) \($0.message)" } == [
          "2 \(folder)/a.wav: 8000 Hz, upsampled to 16000 Hz: nothing above 4 kHz",
          "5 \(folder)/d.wav: 11025 Hz, upsampled to 16000 Hz: nothing above 5.5125 kHz",
        ])
      #expect(report.text().contains("warning: recordings that a training upsamples: 2\n"))
    }
  }

  @Test func lineBreaksAndBlanksAreErrors() throws {
    try withTemporaryFolder { folder in
      try writeClip(folder + "/a.wav", hertz: 300)
      try writeClip(folder + "/b.wav", hertz: 400)
      let report = try check(folder, ["train": "a.wav,,\"one\ntwo\"\nb.wav,, \u{A0} \n"])
      #expect(
        report.findings.filter { $0.severity == .error }.map(\.kind) == [
          .lineBreak, .emptyTranscript,
        ])
      #expect(report.findings[0].message.contains("\"one⏎two\""))
      #expect(report.errorCount == 2)
    }
  }

  @Test func charactersThatLookAlikeAreWarnedOf() throws {
    try withTemporaryFolder { folder in
      for (index, name) in ["a", "b", "c"].enumerated() {
        try writeClip("\(folder)/\(name).wav", seconds: 2, hertz: 300 + 50 * Double(index))
      }
      let rows = "a.wav,,caf\u{E9} un\nb.wav,,cafe\u{301} deux\nc.wav,,tr\u{43E}is\u{200B}\n"
      let alphabet = try Alphabet.covering(["caf\u{E9} unedxtr\u{43E}is\u{200B}e\u{301}"])
      for alphabet in [nil, alphabet] {
        let report = try check(folder, ["train": rows], alphabet: alphabet)
        #expect(report.findings.map(\.kind) == [.twoForms, .invisibleCharacter, .lookAlike])
        #expect(report.findings.map(\.line) == [3, 4, 4])
        #expect(
          report.findings[1].message == "U+200B (zero width space) in \"tr\u{43E}is{U+200B}\"")
        #expect(report.errorCount == 0)
      }
      let normalized = try CorpusCheck(
        manifests: [Manifest(path: folder + "/train.csv", normalizer: .lookAlikes)]
      ).run()
      #expect(normalized.findings == [])
      // A corpus that spells all its letters in two parts has one form of each.
      let decomposed = try check(folder, ["train": "a.wav,,cafe\u{301}\n"])
      #expect(decomposed.findings == [])
    }
  }

  @Test func damageBehindTheHeaderIsFound() throws {
    try withTemporaryFolder { folder in
      try writeClip(folder + "/a.flac", seconds: 2, hertz: 300)
      var bytes = try Data(contentsOf: URL(fileURLWithPath: folder + "/a.flac"))
      bytes.replaceSubrange(
        bytes.count / 2..<bytes.count - 8, with: Data(count: bytes.count / 2 - 8))
      try bytes.write(to: URL(fileURLWithPath: folder + "/a.flac"))
      #expect(throws: AudioError.self) { try AudioFile.read(folder + "/a.flac") }
      let report = try check(folder, ["train": "a.flac,,one\n"])
      #expect(report.findings.map(\.kind) == [.unreadableFile])
    }
  }

  @Test func paddedRecordingsAreComparedByTheirContent() throws {
    try withTemporaryFolder { folder in
      // All of one size, with the same middle.
      for (name, first) in [("a", 1), ("b", 2), ("c", 1)] {
        var samples = [Float](repeating: 0, count: 32000)
        samples[5] = Float(first) / 8
        try AudioFile.write(
          Waveform(samples: samples, sampleRate: 16000), to: "\(folder)/\(name).wav")
      }
      let found = DuplicateRecordings.find(
        in: ["a", "b", "c", "gone"].map { "\(folder)/\($0).wav" })
      #expect(found.map(\.index) == [2])
      #expect(found.map(\.first) == [0])
    }
  }
}
