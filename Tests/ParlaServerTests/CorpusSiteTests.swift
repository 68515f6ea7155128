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

  @Test func eachTrainingStartsFromTheOneBefore() async throws {
    try await withTemporaryFolderAsync { folder in
      let site = try ServerKit.site {
        $0.corpusFolder = folder
        $0.modelPath = "served.safetensors"
        // A training that notes how it is called and leaves what a training leaves.
        let script =
          "echo \"$@\" >>calls; mkdir -p checkpoints model; touch model/model.safetensors"
        $0.trainingCommand = ["/bin/sh", "-c", "cd '\(folder)'; \(script)", "train"]
      }
      for text in ["one%20two", "%20%20"] {
        let (answer, _) = try await ServerKit.ask(
          site, "POST", "/corpus/clips?transcript=\(text)", body: ServerKit.wav)
        #expect(answer.status == (text == "one%20two" ? 200 : 400))
      }
      #expect(
        try await ServerKit.ask(
          site, "POST", "/corpus/clips/1", body: Array(#"{"transcript":" "}"#.utf8)
        ).answer.status == 400)
      for _ in 1...2 {
        let (answer, _) = try await ServerKit.ask(
          site, "POST", "/corpus/training", body: Array(#"{"epochs":1}"#.utf8))
        #expect(answer.status == 202)
        while try await ServerKit.ask(site, "GET", "/corpus/training").text.contains(
          "\"running\":true")
        {
          await Task.yield()
        }
        // It is no training that was interrupted, and so nothing is resumed.
        #expect(FileManager.default.fileExists(atPath: "\(folder)/checkpoints/finished"))
      }
      let calls = try String(contentsOfFile: "\(folder)/calls", encoding: .utf8).split(
        separator: "\n")
      #expect(calls.first?.hasSuffix("--load-checkpoint-dir served.safetensors") == true)
      #expect(
        calls.last?.hasSuffix("--load-checkpoint-dir \(folder)/model/model.safetensors") == true)
      #expect(calls.count == 2)
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
