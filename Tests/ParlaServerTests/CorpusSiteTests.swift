import Foundation
import ParlaAudio
import ParlaCorpus
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
        for text in ["one two", prompt, "damaged"] {
          let query = text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
          let (answer, _) = try await ServerKit.ask(
            site, "POST", "/corpus/clips?speaker=Anna&transcript=\(query)", body: ServerKit.wav)
          #expect(answer.status == 200)
        }
        _ = try await ServerKit.ask(
          site, "POST", "/corpus/clips/1", body: Array(#"{"transcript":"one too"}"#.utf8))
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

  @Test func sentencesGoIntoATableAndBack() {
    let prompts = ["one two", #""three," he said"#, "it's"]
    let table = Prompts.table(of: prompts) { $0 == "it's" ? 2 : 0 }
    #expect(Prompts.sentences(in: table) == prompts)
    #expect(table.hasSuffix("3\tit's\t\t\t1\t2\n"))
  }

  @Test func sentencesComeFromTextsAndTables() {
    #expect(Prompts.sentences(in: "a  b\r\n\n c ") == ["a b", "c"])
    #expect(
      Prompts.sentences(in: "sentence_id\tsentence\tx\n1\tone two\t\n2\tthree\t") == [
        "one two", "three",
      ])
    let text =
      String(repeating: "Some words and more of them. ", count: 6) + "(Is it?) He said: 3.5 km. End"
    #expect(
      Prompts.sentences(in: text).suffix(4) == [
        "Some words and more of them.", "(Is it?)", "He said: 3.5 km.", "End",
      ])
    #expect(Prompts.spread(["aaa", "aaaa", "xyz uvw"]).first == "xyz uvw")
  }
}
