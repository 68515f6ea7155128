import Foundation
import ParlaAudio
import ParlaTestSupport
import Testing

@testable import ParlaCorpus

/// Lists as other programs write them.
@Suite struct OtherProgramsFormsTests {
  /// The samples of what `files` hold, at `path` in their folder; addresses are shown without the folder.
  private func read(
    _ files: [String: String], at path: String = "", needsTranscripts: Bool = true
  ) throws -> [(String, String, String?)] {
    try withTemporaryFolder { folder in
      for (name, text) in files {
        let file = URL(fileURLWithPath: "\(folder)/\(name)")
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
      }
      let samples = try Manifest(
        path: path.isEmpty ? folder : "\(folder)/\(path)", needsTranscripts: needsTranscripts
      ).samples
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

  @Test(arguments: [
    ("sox a.wav -t wav - remix 2", "a.wav#channel=1"),
    ("/tools/sph2pipe -f wav -p -c 1 a.sph", "a.sph#channel=0"),
    ("cat 'my a.wav'", "my a.wav"),
    ("sox a.flac -r 16000 -c 1 -b 16 -t wav - rate -h 16k channels 1", "a.flac"),
    (
      "ffmpeg -nostdin -v quiet -i a.m4a -ac 1 -ar 16000 -acodec pcm_s16le -f wav - 2>/dev/null",
      "a.m4a"
    ),
  ])
  func programsThatUnpackARecordingAreUnderstood(command: String, path: String) throws {
    #expect(try read(["wav.scp": "a \(command) |", "text": "a x"]).map(\.0) == [path])
  }

  @Test(arguments: [
    "ffmpeg -i a.wav -ss 1 -t 0.5 -f wav -",
    "ffmpeg -ss 1 -i a.wav -f wav -",
    "ffmpeg -i a.wav -af atempo=2 -f wav -",
    "ffmpeg -i a.wav -filter:a volume=0.1 -f wav -",
    "ffmpeg -i a.wav -map_channel 0.0.1 -f wav -",
    "flac -dc --skip=8000 a.flac",
    "flac -dc --until=8000 a.flac",
    "sph2pipe -t 0.5:1 a.sph",
    "sox -t raw -r 8000 a.wav -t wav -",
    "sox -r 8000 a.wav -t wav -",
    "sox a.wav -t wav - trim 1",
    "sox a.wav -t wav - remix 1 2",
    "sox a.wav b.wav -t wav -",
    "cat my a.wav",
    "flac -dc a.flac; cat b.wav",
  ])
  func programsThatChangeWhatIsHeardAreRefused(command: String) throws {
    let error = #expect(throws: CorpusError.self) {
      try read(["wav.scp": "a \(command) |", "text": "a x"])
    }
    guard case .command(_, 1, _)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test(arguments: [
    (
      ["wav.scp": "a r0.wav\na r1.wav", "text": "a one"],
      "wav.scp:2: found a second line for \"a\""
    ),
    (["wav.scp": "a r0.wav", "text": "a one\n\na two"], "text:3: found a second line for \"a\""),
    (
      ["wav.scp": "r r0.wav", "segments": "a r 0 1\na r 1 2", "text": "a one"],
      "segments:2: found a second line for \"a\" after line 1"
    ),
  ])
  func namesInKaldisTablesAreDifferent(files: [String: String], message: String) throws {
    let error = #expect(throws: CorpusError.self) { try read(files) }
    #expect(error?.description.contains(message) == true)
  }

  @Test func kaldisNamesAreComparedByTheirBytes() throws {
    let (composed, decomposed) = ("\u{E9}", "e\u{301}")
    let samples = try read([
      "wav.scp": "\(composed) r0.wav\n\(decomposed) r1.wav\n\(composed) r0.wav\n",
      "text": "\(composed) one\n\(decomposed) two\n",
    ])
    #expect(samples.map(\.0) == ["r0.wav", "r1.wav"])
    #expect(samples.map(\.1) == ["one", "two"])
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

  @Test(arguments: [
    (-3.0, 2.0, 1, "found start -3.0"), (0.0, 0.0, 1, "and duration 0.0, expected"),
    (0.0, -1.0, 1, "and duration -1.0, expected"),
    (0.0, 2.0, 9, "found channel 9, expected one that a source of the recording has: 0, 1"),
  ])
  func lhotsesImpossibleCutsAreNamed(
    start: Double, duration: Double, channel: Int, message: String
  ) throws {
    let cut = """
      {"id": "c", "start": \(start), "duration": \(duration), "channel": \(channel), "supervisions": [], \
      "recording": \(Self.recording), "type": "MonoCut"}
      """
    let error = #expect(throws: CorpusError.self) {
      try read(["cuts.jsonl": cut], needsTranscripts: false)
    }
    #expect(error?.description.contains("cuts.jsonl:1: ") == true)
    #expect(error?.description.contains(message) == true)
  }

  @Test func lhotsesRecordingsHaveDifferentNames() throws {
    let supervision = """
      {"id": "s", "recording_id": "r", "start": 0, "duration": 10.0, "channel": 0, "text": "all"}
      """
    let other = Self.recording.replacing("/d/r.wav", with: "/d/q.wav")
    let error = #expect(throws: CorpusError.self) {
      try read([
        "x_recordings_dev.jsonl": Self.recording + "\n" + other,
        "x_supervisions_dev.jsonl": supervision,
      ])
    }
    #expect(
      error?.description.contains("recordings_dev.jsonl:2: found a second line for \"r\"") == true)
  }

  @Test func lhotsesPassagesBeyondTheRecordingAreNotTheWholeOfIt() throws {
    let cut = """
      {"id": "c", "start": 0, "duration": 15.0, "channel": 0, "supervisions": [], \
      "recording": \(Self.recording), "type": "MonoCut"}
      """
    let samples = try read(["cuts.jsonl": cut], needsTranscripts: false)
    #expect(samples.map(\.0) == ["/d/r.wav#t=0,15&channel=0"])
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

  @Test(arguments: [
    ("\"duration\": 0", "found duration 0.0, expected"),
    ("\"duration\": 1, \"offset\": -1", "found offset -1.0, expected"),
  ])
  func neMosImpossibleTimesAreNamed(times: String, message: String) throws {
    let line = "{\"audio_filepath\": \"a.wav\", \"text\": \"x\", \(times)}"
    let error = #expect(throws: CorpusError.self) { try read(["m.json": line], at: "m.json") }
    #expect(error?.description.contains("m.json:1: \(message)") == true)
  }

  @Test func aFormIsDetectedByTheFirstPartOfALongLine() throws {
    let long = String(repeating: "y", count: 1 << 17)
    let line = "{\"audio_filepath\": \"a.wav\", \"text\": \"x\", \"other\": \"\(long)\"}"
    #expect(try read(["m.jsonl": line], at: "m.jsonl").map(\.0) == ["a.wav"])
    let lists = "{\"audio_filepath\": \"a.wav\", \"text\": \"x\"}\n[1]\n"
    let error = #expect(throws: CorpusError.self) { try read(["m.jsonl": lists], at: "m.jsonl") }
    #expect(error?.description.contains("m.jsonl:2: found no JSON object") == true)
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
