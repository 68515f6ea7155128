import Foundation
import ParlaAudio
import ParlaTestSupport
import Testing

@testable import ParlaCorpus

/// Lists as other programs write them.
@Suite struct OtherProgramsFormsTests {
  /// The samples of what `files` hold, at `path` in their folder; addresses are shown without the folder.
  private func read(
    _ files: [String: String], at path: String = "", sounds: [String] = []
  ) throws -> [(String, String, String?)] {
    try withTemporaryFolder { folder in
      for (name, text) in files {
        let file = URL(fileURLWithPath: "\(folder)/\(name)")
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
      }
      let samples = try Manifest(path: path.isEmpty ? folder : "\(folder)/\(path)").samples
      return samples.map {
        ($0.audioPath.replacing(folder + "/", with: ""), $0.transcript, $0.speaker)
      }
    }
  }

  @Test func kaldiFoldersAreRead() throws {
    let samples = try read([
      "wav.scp": """
      r1 /data/r1.flac
      r2 sph2pipe -f wav -p -c 2 /data/r2.sph |
      r3 flac -c -d -s /data/r3.flac |
      r4 wavs.ark:1024
      """,
      "segments": "u1 r1 0.5 1.75\nu2 r2 0 2\nu3 r3 3 -1\nu4 r4 1 2\n",
      "text": "u1 hello  world\nu3 last\nu2\tsecond\nu4 fourth\n",
      "utt2spk": "u1 anna\nu2 bert\n",
    ])
    #expect(
      samples.map(\.0) == [
        "/data/r1.flac#t=0.5,1.75", "/data/r3.flac#t=3", "/data/r2.sph#t=0,2&channel=1",
        "wavs.ark#bytes=1024-&name=recording.wav&t=1,2",
      ])
    #expect(samples.map(\.1) == ["hello  world", "last", "second", "fourth"])
    #expect(samples.map(\.2) == ["anna", nil, "bert", nil])
  }

  @Test func kaldisProgramsAreNotRun() throws {
    let error = #expect(throws: CorpusError.self) {
      try read([
        "wav.scp": "a curl http://example.org/a.wav | sox -t wav - -t wav - |", "text": "a x",
      ])
    }
    guard case .command(_, 1, let command)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(command.hasPrefix("curl"))
  }

  private static let recording = """
    {"id": "r", "sources": [{"type": "file", "channels": [0, 1], "source": "/d/r.wav"}], \
    "sampling_rate": 16000, "num_samples": 160000, "duration": 10.0}
    """

  @Test func lhotsesCutsAreRead() throws {
    let cut = """
      {"id": "c", "start": 1.0, "duration": 4.0, "channel": 1, "supervisions": [{"id": "s", "recording_id": "r", \
      "start": 0.5, "duration": 2.0, "channel": 1, "text": "hi", "language": "en", "speaker": "p"}], \
      "recording": \(Self.recording), "type": "MonoCut"}
      """
    let samples = try read(["cuts.jsonl": cut + "\n"])
    #expect(samples.map(\.0) == ["/d/r.wav#t=1.5,3.5&channel=1"])
    #expect(samples.map(\.1) == ["hi"])
    #expect(samples.map(\.2) == ["p"])
  }

  @Test func lhotsesRecordingsAndSupervisionsAreRead() throws {
    let supervision = """
      {"id": "s", "recording_id": "r", "start": 0, "duration": 10.0, "channel": 0, "text": "all"}
      """
    let samples = try read([
      "x_recordings_dev.jsonl": Self.recording, "x_supervisions_dev.jsonl": supervision,
    ])
    #expect(samples.map(\.0) == ["/d/r.wav#channel=0"])
    let error = #expect(throws: CorpusError.self) {
      try read([
        "x_recordings_dev.jsonl": Self.recording, "x_supervisions_dev.jsonl": supervision,
        "x_supervisions_test.jsonl": supervision,
      ])
    }
    guard case .severalParts(_, let names)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(names == ["x_supervisions_dev.jsonl", "x_supervisions_test.jsonl"])
  }

  @Test func recordingsInMemoryAreRefusedWithoutTheirBytes() throws {
    let supervision = """
      {"id": "s", "recording_id": "r", "start": 0, "duration": 1.0, "channel": 0, "text": "hi"}
      """
    let cut = """
      {"id": "c", "start": 0, "duration": 1.0, "channel": 0, "supervisions": [\(supervision)], "recording": {"id": "r", "sources": [{"type": \
      "memory", "channels": [0], "source": "AAAA"}], "sampling_rate": 8000, "num_samples": 8000, "duration": 1.0}, "type": "MonoCut"}
      """
    let error = #expect(throws: CorpusError.self) { try read(["cuts.jsonl": cut]) }
    let words = error?.description ?? ""
    #expect(
      words.contains("found a recording in memory, expected one of the types file, url or shar"))
    #expect(!words.contains("AAAA"))
  }

  @Test func neMosManifestsAreRead() throws {
    let samples = try read(
      [
        "m.json": """
        {"audio_filepath": "wav/a.wav", "text": "one", "duration": 2.5}
        {"audio_filepath": "/d/b.wav", "text": "two", "duration": 0.3, "offset": 0.1, "speaker": 7}
        """
      ], at: "m.json")
    #expect(samples.map(\.0) == ["wav/a.wav", "/d/b.wav#t=0.1,0.4"])
    #expect(samples.map(\.1) == ["one", "two"])
    #expect(samples.map(\.2) == [nil, "7"])
  }

  @Test func audioFoldersAreRead() throws {
    let table = "file_name,sentence,speaker\nclips/a.mp3,\"a, b\",x\n"
    let samples = try read(["metadata.csv": table])
    #expect(samples.map(\.0) == ["clips/a.mp3"])
    #expect(samples.map(\.1) == ["a, b"])
    let lines = "{\"file_name\": \"a.wav\", \"transcription\": \"yes\"}\n"
    #expect(try read(["train/metadata.jsonl": lines]).map(\.0) == ["train/a.wav"])
    #expect(
      try read(["train/metadata.jsonl": lines], at: "train/metadata.jsonl").map(\.1) == ["yes"])
  }

  @Test func parquetSaysWhatToDo() throws {
    for (files, path) in [
      (["data/train-00000-of-00001.parquet": "PAR1"], ""),
      (["a.parquet": "PAR1 and more"], "a.parquet"),
      (["data-00000.arrow": "ARROW1"], ""),
    ] {
      let error = #expect(throws: CorpusError.self) { try read(files, at: path) }
      #expect(error?.description.contains("Parla does not read Parquet or Arrow.") == true)
    }
  }

  @Test func folderWithoutAFormSaysWhatItHas() throws {
    let error = #expect(throws: CorpusError.self) { try read(["a.txt": "x"]) }
    guard case .noForm(_, let names)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(names == ["a.txt"])
  }
}
