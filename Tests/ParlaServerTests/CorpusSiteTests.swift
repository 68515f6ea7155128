import Foundation
import ParlaAudio
import ParlaCorpus
import ParlaFiles
import ParlaTestSupport
import Testing

@testable import ParlaServer

@Suite struct CorpusSiteTests {
  @Test func aCorpusIsRecordedCorrectedAndReadAgain() async throws {
    try await withTemporaryFolderAsync { folder in
      let prompt = #"zwölf Boxkämpfer, "quoted", <b>not bold</b>"#
      do {
        let site = try ServerKit.site { $0.corpusFolder = folder }
        let (_, state) = try await ServerKit.ask(
          site, "POST", "/corpus/prompts", body: Array("one two\n\n \(prompt)  \n".utf8))
        #expect(state.contains("\"text\":\"one two\""))
        for (index, text) in ["one two", prompt, "damaged"].enumerated() {
          let query = text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
          let (answer, kept) = try await ServerKit.ask(
            site, "POST", "/corpus/clips?speaker=Anna&transcript=\(query)", body: ServerKit.wav)
          #expect(answer.status == 200)
          #expect(try JSONValue(bytes: Array(kept.utf8))["count"]?.int == index + 1)
        }
        let (_, corrected) = try await ServerKit.ask(
          site, "POST", "/corpus/clips/1", body: Array(#"{"transcript":"one too"}"#.utf8))
        #expect(try JSONValue(bytes: Array(corrected.utf8))["clip"]?["prompt"]?.text == "one two")
        let table = try await ServerKit.ask(site, "GET", "/corpus/sentences.tsv").text
        #expect(table.contains("one two\t\t\t1\t1\n"))
        _ = try await ServerKit.ask(
          site, "POST", "/corpus/clips/3", body: Array(#"{"accepted":false}"#.utf8))
        #expect(try await ServerKit.ask(site, "GET", "/corpus/clips/2.flac").text.hasPrefix("fLaC"))
        for path in [
          "/corpus/clips/9.flac", "/corpus/clips/..%2fcorpus.json", "/corpus/clips/../corpus.json",
        ] {
          #expect(try await ServerKit.ask(site, "GET", path).answer.status == 404)
        }
      }
      // What was counted is on disk, whatever became of the process.
      let manifest = try Manifest(path: "\(folder)/clips.csv")
      #expect(manifest.samples.map(\.transcript) == ["one too", prompt])
      #expect(manifest.samples.map(\.speaker) == ["Anna", "Anna"])
      let sound = try AudioFile.read(manifest.samples[0].audioPath)
      #expect(sound.samples.count == ServerKit.speech.count / 2)
      // Killed after the clips were noted and before the table was written, it has the table all the same when it comes back.
      let table = "\(folder)/clips.csv"
      let rows = try String(contentsOfFile: table, encoding: .utf8)
      try String(rows.prefix(60)).write(toFile: table, atomically: true, encoding: .utf8)
      let again = try CorpusFolder(path: folder)
      #expect(try String(contentsOfFile: table, encoding: .utf8) == rows)
      #expect(again.snapshot.clips.count == 3)
      #expect(try again.add(sound, transcript: "more", speaker: "").number == 4)
    }
  }

  @Test func foreignPagesRecordNothing() async throws {
    try await withTemporaryFolderAsync { folder in
      let site = try ServerKit.site { $0.corpusFolder = folder }
      let (answer, _) = try await ServerKit.ask(
        site, "POST", "/corpus/prompts",
        [("Origin", "http://evil.example"), ("Host", "localhost")], body: [0x61])
      #expect(answer.status == 403)
      #expect(!answer.headers.contains { $0.name == "Access-Control-Allow-Origin" })
    }
  }

  static let refusals: [(path: String, body: String, param: String?, words: String)] = [
    ("1", #"{"transcript":" "}"#, "transcript", "no transcript"),
    ("1", #"{"transcript":7}"#, "transcript", "found 7, expected a text"),
    ("1", #"{"transcript":"a\u0007b"}"#, "transcript", "control character U+0007 in place 2"),
    (
      "1", #"{"transcript":"\#(String(repeating: "x", count: 1001))"}"#, "transcript",
      "found 1001 characters, expected at most 1000"
    ),
    ("1", #"{"accepted":"yes"}"#, "accepted", #"found "yes", expected true, false or null"#),
    ("1", #"{"remove":1}"#, "remove", "expected true or false"),
    ("1", #"{"remove":true,"accepted":true}"#, nil, "remove by itself"),
    ("1", #"{"transkript":"x"}"#, "transkript", "transcript, accepted, remove"),
    ("1", "{}", nil, "Expected a transcript"),
    ("1", "[]", nil, "no JSON object"),
    ("1", "{", nil, "no JSON object"),
    ("01", #"{"accepted":true}"#, nil, "no clip of that name"),
    ("+1", #"{"accepted":true}"#, nil, "no clip of that name"),
    ("1.flac", #"{"accepted":true}"#, nil, "no clip of that name"),
    ("9", #"{"accepted":true}"#, nil, "no clip of that number"),
  ]

  @Test func whatIsNotUnderstoodIsRefusedByItsNameAndChangesNothing() async throws {
    try await withTemporaryFolderAsync { folder in
      let site = try ServerKit.site { $0.corpusFolder = folder }
      _ = try await ServerKit.ask(
        site, "POST", "/corpus/clips?transcript=one", body: ServerKit.wav)
      let before = try String(contentsOfFile: "\(folder)/corpus.json", encoding: .utf8)
      for (path, body, param, words) in Self.refusals {
        let (answer, text) = try await ServerKit.ask(
          site, "POST", "/corpus/clips/\(path)", body: Array(body.utf8))
        #expect(answer.status == (words.hasPrefix("no clip") ? 404 : 400), "\(body)")
        let error = try JSONValue(bytes: Array(text.utf8))["error"]
        #expect(error?["param"]?.text == param, "\(body)")
        #expect(error?["message"]?.text?.contains(words) == true, "\(body): \(text)")
      }
      for (target, param) in [
        ("clips?transcript=one&speker=A", "speker"), ("clips?transcript=%01", "transcript"),
        ("clips?transcript=a&speaker=\(String(repeating: "x", count: 61))", "speaker"),
        ("prompts?order=sprad", "order"), ("prompts?oder=spread", "oder"),
      ] {
        let (answer, text) = try await ServerKit.ask(
          site, "POST", "/corpus/\(target)", body: ServerKit.wav)
        #expect(answer.status == 400)
        #expect(try JSONValue(bytes: Array(text.utf8))["error"]?["param"]?.text == param)
      }
      #expect(
        try String(contentsOfFile: "\(folder)/corpus.json", encoding: .utf8) == before)
    }
  }

  @Test func tooManySentencesAreRefusedWithAdvice() async throws {
    try await withTemporaryFolderAsync { folder in
      let site = try ServerKit.site { $0.corpusFolder = folder }
      let (answer, text) = try await ServerKit.ask(
        site, "POST", "/corpus/prompts",
        body: [UInt8](repeating: UInt8(ascii: "\n"), count: 3 * Prompts.mostSentences).enumerated()
          .map { $0.offset.isMultiple(of: 2) ? UInt8(ascii: "a") : $0.element })
      #expect(answer.status == 413)
      #expect(text.contains("expected at most 200000. Keep the sentences"), "\(text)")
      let (long, words) = try await ServerKit.ask(
        site, "POST", "/corpus/prompts",
        body: Array("one\n\(String(repeating: "x", count: 1001))".utf8))
      #expect(long.status == 400)
      #expect(words.contains("Line 2 of the sentences: sentences: found 1001 characters"))
    }
  }

  @Test func playersSeekInRecordings() async throws {
    try await withTemporaryFolderAsync { folder in
      let site = try ServerKit.site { $0.corpusFolder = folder }
      _ = try await ServerKit.ask(
        site, "POST", "/corpus/clips?transcript=one", body: ServerKit.wav)
      func get(_ range: String) async throws -> (Answer, [UInt8]) {
        let (answer, _) = try await ServerKit.ask(
          site, "GET", "/corpus/clips/1.flac", [("Range", range)])
        guard case .bytes(let bytes) = answer.body else { return (answer, []) }
        return (answer, bytes)
      }
      func header(_ answer: Answer, _ name: String) -> String? {
        answer.headers.first { $0.name == name }?.value
      }
      let (_, whole) = try await get("seconds=1-2")
      let (first, head) = try await get("bytes=0-3")
      #expect(first.status == 206)
      #expect(head == Array("fLaC".utf8))
      #expect(header(first, "Content-Range") == "bytes 0-3/\(whole.count)")
      #expect(header(first, "Content-Type") == "audio/flac")
      #expect(try await get("bytes=-7").1 == whole.suffix(7))
      let (outside, _) = try await get("bytes=\(whole.count)-")
      #expect(outside.status == 416)
      #expect(header(outside, "Content-Range") == "bytes */\(whole.count)")
    }
  }

  @Test(arguments: [
    (nil, ByteRange.whole), ("bytes=2-4", .part(2..<5)), ("Bytes= 2 - 40", .part(2..<10)),
    ("bytes=9-", .part(9..<10)), ("bytes=-3", .part(7..<10)), ("bytes=-99", .part(0..<10)),
    ("bytes=0-99999999999999999999", .part(0..<10)), ("bytes=10-", .outside),
    ("bytes=99999999999999999999-", .outside), ("bytes=-0", .outside), ("bytes=4-2", .whole),
    ("bytes=0-1,4-5", .whole), ("bytes=-", .whole), ("bytes=a-b", .whole), ("bytes=+1-2", .whole),
    ("items=0-1", .whole),
  ])
  func rangesAreReadAsTheStandardSays(header: String?, range: ByteRange) {
    #expect(ByteRange(header, of: 10) == range)
  }
}
