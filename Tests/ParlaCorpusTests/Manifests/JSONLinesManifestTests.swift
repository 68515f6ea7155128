import Foundation
import ParlaTestSupport
import Testing

@testable import ParlaCorpus

struct JSONLinesManifestTests {
  private func manifest(_ text: String) throws -> [Sample] {
    try withTemporaryFolder { folder in
      try FileManager.default.createDirectory(
        atPath: folder + "/audio", withIntermediateDirectories: true)
      try Data().write(to: URL(fileURLWithPath: folder + "/audio/b.flac"))
      let path = folder + "/list.jsonl"
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
      return try Manifest(path: path).samples.map {
        Sample(
          audioPath: String($0.audioPath.dropFirst(folder.count + 1)), transcript: $0.transcript,
          line: $0.line)
      }
    }
  }

  @Test func kursListsAreRead() throws {
    let samples = try manifest(
      """
      {"uuid": "a", "text": "one two", "duration_s": 1.5}

      {"uuid": "b", "text": ["three", "four"], "duration_s": 2}
      """)
    #expect(
      samples == [
        Sample(audioPath: "audio/a.wav", transcript: "one two", line: 1),
        Sample(audioPath: "audio/b.flac", transcript: "three four", line: 3),
      ])
  }

  @Test func aZeroByteEndsNoPathAndStandsInNoTranscript() throws {
    for line in [
      #"{"audio_filepath": "a.wav\u0000b", "text": "x", "duration": 1}"#,
      #"{"audio_filepath": "a.wav", "text": "x\u0000", "duration": 1}"#,
    ] {
      let error = #expect(throws: CorpusError.self) { _ = try manifest("\(line)\n") }
      #expect(error?.description.contains("list.jsonl:1: found the byte 0") == true)
    }
  }

  @Test func badLinesAreNamed() throws {
    let error = #expect(throws: CorpusError.self) {
      _ = try manifest("{\"uuid\": \"a\", \"text\": \"x\"}\n{\"uuid\": \"b\"}\n")
    }
    guard case .badEntry(_, let line, _, _)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(line == 2)
  }
}
