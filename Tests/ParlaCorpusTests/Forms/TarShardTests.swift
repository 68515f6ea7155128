import Foundation
import ParlaAudio
import ParlaFiles
import ParlaTestSupport
import Testing

@testable import ParlaCorpus

@Suite struct TarShardTests {
  private func bytes(_ members: [(String, [UInt8])]) -> [UInt8] {
    members.flatMap { name, content in
      let (header, padding) = TarFile.entry(name, size: content.count)
      return header + content + padding
    } + TarFile.end
  }

  private func sound(_ value: Float) throws -> [UInt8] {
    try SoundContent(
      Waveform(samples: [value, -value, value], sampleRate: 16000), as: .wav
    ).bytes
  }

  @Test func webDatasetsAreReadInTheirOrder() throws {
    try withTemporaryFolder { folder in
      for shard in 0...1 {
        let archive = bytes([
          ("b/x.wav", try sound(0.25)), ("b/x.txt", Array("text \(shard)\n".utf8)),
          ("a.json", Array("{\"text\": \"from json\", \"speaker\": 3}".utf8)),
          (
            "a.flac",
            try SoundContent(
              Waveform(samples: [0.5, 0.5], sampleRate: 16000), as: .flac
            ).bytes
          ),
          ("readme.md", Array("nothing".utf8)),
        ])
        try Data(archive).write(to: URL(fileURLWithPath: "\(folder)/s-00\(shard).tar"))
      }
      for path in [folder, folder + "/s-{000..001}.tar"] {
        let samples = try Manifest(path: path).samples
        #expect(samples.map(\.transcript) == ["text 0", "from json", "text 1", "from json"])
        #expect(samples.map(\.speaker) == [nil, "3", nil, "3"])
        #expect(try AudioFile.read(samples[2].audioPath).samples == [0.25, -0.25, 0.25])
        #expect(try AudioFile.read(samples[3].audioPath).samples == [0.5, 0.5])
        #expect(samples[0].fileSize == 50)
      }
    }
  }

  @Test func longNamesAndListsOfSamplesAreUnderstood() throws {
    try withTemporaryFolder { folder in
      // As `tar --format=pax` writes names that a plain header does not hold.
      let long = "samples/" + String(repeating: "long", count: 40) + ".wav"
      let record = "path=\(long)\n"
      let length = record.utf8.count + 4
      let extended = Array("\(length) \(record)".utf8)
      #expect(extended.count == length)
      var (header, padding) = TarFile.entry("PaxHeader", size: extended.count)
      header[156] = UInt8(ascii: "x")
      let list = "wav_filename,wav_filesize,transcript\n\(long),50,listed\n"
      let archive =
        header + extended + padding
        + bytes([("short.wav", try sound(0.125)), ("samples.csv", Array(list.utf8))])
      try Data(archive).write(to: URL(fileURLWithPath: folder + "/a.tar"))
      let samples = try Manifest(path: folder + "/a.tar").samples
      #expect(samples.map(\.transcript) == ["listed"])
      #expect(try AudioFile.read(samples[0].audioPath).samples == [0.125, -0.125, 0.125])
    }
  }

  /// A shard of lhotse's Shar as lhotse 1.33 writes it, with two cuts, one of them without a recording.
  @Test func lhotsesSharIsRead() throws {
    try withTemporaryFolder { folder in
      func cut(_ id: String, _ start: Double) -> String {
        """
        {"id": "\(id)", "start": 0, "duration": 1.5, "channel": 0, "supervisions": [{"id": "s", "recording_id": "r", \
        "start": \(start), "duration": \(1.5 - start), "channel": 0, "text": "text of \(id)", "language": "en", "speaker": "p"}], \
        "recording": {"id": "r", "sources": [{"type": "shar", "channels": [0], "source": ""}], "sampling_rate": 16000, \
        "num_samples": 24000, "duration": 1.5, "channel_ids": [0]}, "type": "MonoCut"}

        """
      }
      for shard in 0...1 {
        let archive = bytes([
          ("x/c.\(shard).wav", try sound(0.25)), ("x/c.\(shard).json", Array("{}".utf8)),
          ("gone.nodata", []), ("gone.nometa", []),
        ])
        try Data(archive).write(to: URL(fileURLWithPath: "\(folder)/recording.00000\(shard).tar"))
        let cuts = cut("x/c.\(shard)", shard == 0 ? 0 : 0.5)
        try Data(cuts.utf8).write(to: URL(fileURLWithPath: "\(folder)/cuts.00000\(shard).jsonl"))
      }
      let samples = try Manifest(path: folder).samples
      #expect(samples.map(\.transcript) == ["text of x/c.0", "text of x/c.1"])
      #expect(try AudioFile.read(samples[0].audioPath).samples == [0.25, -0.25, 0.25])
      #expect(samples[1].audioPath.hasSuffix("&name=c.1.wav&t=0.5,1.5"))
      let one = try Manifest(path: folder + "/cuts.000001.jsonl").samples
      #expect(one.map(\.audioPath) == [samples[1].audioPath])
      try Data(cut("gone", 0).utf8).write(to: URL(fileURLWithPath: folder + "/cuts.000001.jsonl"))
      let error = #expect(throws: CorpusError.self) { try Manifest(path: folder) }
      #expect(error?.description.contains("found gone, which has no recording in") == true)
    }
  }

  @Test(arguments: [
    (["a.wav", "a.txt", "a.wav", "a.txt"], "found a second file for \"a.wav\""),
    (["a.wav", "a.flac", "a.txt"], "found a.flac for \"a\" after a.wav, expected one"),
    (["x/a.b.wav", "x/a.b.txt"], "an archive of x/a.b.wav, x/a.b.txt, expected recordings"),
    ([], "an archive without files"),
  ])
  func archivesWithoutPairsAreNamed(names: [String], message: String) throws {
    try withTemporaryFolder { folder in
      let archive = bytes(
        try names.map { try ($0, $0.hasSuffix("txt") ? Array("x".utf8) : sound(0.5)) })
      try Data(archive).write(to: URL(fileURLWithPath: folder + "/a.tar"))
      let error = #expect(throws: CorpusError.self) { try Manifest(path: folder + "/a.tar") }
      #expect(error?.description.contains("a.tar: \(message)") == true)
    }
  }

  @Test func damagedDescriptionsAreNamed() throws {
    try withTemporaryFolder { folder in
      let archive = bytes([("a.wav", try sound(0.5)), ("a.json", Array("{\"text\":".utf8))])
      try Data(archive).write(to: URL(fileURLWithPath: folder + "/a.tar"))
      let error = #expect(throws: CorpusError.self) {
        try Manifest(path: folder + "/a.tar", needsTranscripts: false)
      }
      #expect(error?.description.contains("a.tar/a.json: cannot be used: it is no JSON") == true)
    }
  }

  @Test func namesAreComparedByTheirBytes() throws {
    try withTemporaryFolder { folder in
      let archive = bytes([
        ("\u{E9}.wav", try sound(0.25)), ("\u{E9}.txt", Array("one".utf8)),
        ("e\u{301}.wav", try sound(0.5)), ("e\u{301}.txt", Array("two".utf8)),
      ])
      try Data(archive).write(to: URL(fileURLWithPath: folder + "/a.tar"))
      let samples = try Manifest(path: folder + "/a.tar").samples
      #expect(samples.map(\.transcript) == ["one", "two"])
      #expect(try samples.map { try AudioFile.read($0.audioPath).samples[0] } == [0.25, 0.5])
    }
  }

  @Test func cutArchivesAreNamed() throws {
    try withTemporaryFolder { folder in
      let archive = bytes([("a.wav", try sound(0.5)), ("a.txt", Array("x".utf8))])
      try Data(archive[..<540]).write(to: URL(fileURLWithPath: folder + "/a.tar"))
      let error = #expect(throws: CorpusError.self) { try Manifest(path: folder + "/a.tar") }
      guard case .damaged? = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }
}
