import Foundation
import ParlaAcousticModel
import ParlaFiles
import ParlaTestSupport
import Testing

@testable import ParlaServer

@Suite(.timeLimit(.minutes(5))) struct CorpusTrainingTests {
  /// A site on `folder` with a recording, whose trainings run `script` in the folder.
  private static func site(_ folder: String, _ script: String) async throws -> Site {
    let site = try ServerKit.site {
      $0.corpusFolder = folder
      $0.modelPath = "served.safetensors"
      $0.trainingCommand = [
        "/bin/sh", "-c", "cd '\(folder)'; echo \"$@\" >>calls; \(script)", "train",
      ]
    }
    if site.corpus?.folder.snapshot.clips.isEmpty == true {
      _ = try await ServerKit.ask(site, "POST", "/corpus/clips?transcript=one", body: ServerKit.wav)
    }
    return site
  }

  private static func train(_ site: Site, _ wish: String) async throws -> Int {
    try await ServerKit.ask(site, "POST", "/corpus/training", body: Array(wish.utf8)).answer.status
  }

  /// The report, once it is `held`.
  private static func report(_ site: Site, _ held: (JSONValue) -> Bool) async throws -> JSONValue {
    while true {
      let text = try await ServerKit.ask(site, "GET", "/corpus/training").text
      let report = try JSONValue(bytes: Array(text.utf8))
      if held(report) { return report }
      await Task.yield()
    }
  }

  private static func ended(_ site: Site) async throws -> JSONValue {
    try await report(site) { $0["running"]?.truth == false }
  }

  private static func calls(_ folder: String) throws -> [String] {
    try String(contentsOfFile: "\(folder)/calls", encoding: .utf8).split(separator: "\n").map(
      String.init)
  }

  @Test func eachTrainingStartsFromTheOneBefore() async throws {
    try await withTemporaryFolderAsync { folder in
      let site = try await Self.site(
        folder, "ls -d checkpoints; mkdir -p checkpoints model; cp trained model/model.safetensors")
      try ServerKit.model().write(to: "\(folder)/trained")
      for _ in 1...2 {
        #expect(try await Self.train(site, #"{"epochs":1}"#) == 202)
        let report = try await Self.ended(site)
        #expect(report["outcome"]?.text == "finished")
        #expect(report["can_resume"]?.truth == false)
        // It is no training that was interrupted, and so its checkpoints are gone before the next.
        #expect(report["log"]?.text?.contains("No such file") == true)
      }
      let calls = try Self.calls(folder)
      #expect(calls.first?.hasSuffix("/served.safetensors") == true)
      #expect(calls.first?.contains("--train-files train.csv --dev-files dev.csv ") == true)
      #expect(
        calls.last?.hasSuffix("--load-checkpoint-dir \(folder)/model/model.safetensors") == true)
      #expect(calls.count == 2)
      #expect(try await Self.train(site, #"{"resume":true}"#) == 400)
    }
  }

  @Test func aTrainingEndsWithTheServerAndIsResumedByTheNext() async throws {
    try await withTemporaryFolderAsync { folder in
      // It saves when it is asked to, as a training does.
      let script =
        "mkdir -p checkpoints; trap 'echo saved; kill $!; exit 130' INT; exec 3<&0; echo begun; sleep 600 <&3 & wait"
      let site = try await Self.site(folder, script)
      #expect(try await Self.train(site, #"{"epochs":7,"transfer":false}"#) == 202)
      _ = try await Self.report(site) { $0["log"]?.text?.contains("begun") == true }
      #expect(try await Self.train(site, "") == 409)
      try await site.corpus?.training.end(within: 60)
      #expect(site.corpus?.training.isRunning == false)

      // The next server knows what became of it.
      let record = try #require(TrainingRecord(reading: "\(folder)/training.json"))
      #expect(record.outcome == .interrupted)
      #expect(record.log == ["begun", "saved"])
      let next = TrainingRun(recordPath: "\(folder)/training.json") { _ in }
      #expect(next.latest == record)

      #expect(try await Self.train(site, #"{"resume":true}"#) == 202)
      _ = try await Self.report(site) { $0["log"]?.text?.contains("begun") == true }
      _ = try await ServerKit.ask(site, "POST", "/corpus/training/stop")
      let report = try await Self.ended(site)
      #expect(report["outcome"]?.text == "stopped")
      #expect(report["can_resume"]?.truth == true)
      let calls = try Self.calls(folder)
      #expect(calls.count == 2)
      #expect(calls.first == calls.last)
      #expect(calls.first?.contains("--epochs 7") == true)
      #expect(calls.first?.hasSuffix("--n-hidden 256") == true)
    }
  }

  @Test func aTrainingWhoseServerIsGoneReadsTheEndOfItsInput() async throws {
    try await withTemporaryFolderAsync { folder in
      let path = "\(folder)/training.json"
      do {
        let run = TrainingRun(recordPath: path) { _ in }
        try run.start(
          ["/bin/sh", "-c", "cat; echo read to its end"],
          TrainingRecord.Request(epochs: 1, source: nil))
        #expect(throws: RequestFailure.self) {
          try run.start(["/bin/true"], TrainingRecord.Request(epochs: 1, source: nil))
        }
        run.letGo()
        while run.isRunning { await Task.yield() }
        #expect(run.latest?.log.last == "read to its end")
      }
      // Killed before it could note the end, the server's record says that it runs.
      var record = try #require(TrainingRecord(reading: path))
      record.outcome = .running
      try record.write(to: path)
      let next = TrainingRun(recordPath: path) { _ in }
      #expect(next.latest?.outcome == .interrupted)
      #expect(!next.isRunning)
    }
  }

  @Test func aTrainingKeepsTheModelsLettersAndNamesItsLanguage() async throws {
    try await withTemporaryFolderAsync { folder in
      let site = try await Self.site(folder, "mkdir -p checkpoints")
      #expect(try await Self.train(site, #"{"language":"zz zz"}"#) == 400)
      #expect(try await Self.train(site, #"{"language":"gsw-CH"}"#) == 202)
      let report = try await Self.ended(site)
      #expect(report["language"]?.text == "gsw-CH")
      #expect(
        report["notes"]?.texts == [
          "The model has not written these before, and learns them from these recordings alone: e n o."
        ])
      let call = try #require(try Self.calls(folder).first)
      #expect(call.contains(" --alphabet \(folder)/alphabet.txt --export-language gsw-CH "))
      let labels = try String(contentsOfFile: "\(folder)/alphabet.txt", encoding: .utf8)
      #expect(labels.split(separator: "\n") == [" ", "a", "b", "e", "n", "o"])
    }
  }

  @Test func ofTrainingsAskedForAtOnceOneStartsAndAnImmediateStopReachesIt() async throws {
    try await withTemporaryFolderAsync { parent in
      let folder = parent + "/Speech, English"
      // Signals of the shell are passed over, as those of a program are that has just been started.
      let site = try await Self.site(folder, "trap '' INT; cat; exit 3")
      let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<6 { group.addTask { try await Self.train(site, "") } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(statuses.sorted() == [202, 409, 409, 409, 409, 409])
      _ = try await ServerKit.ask(site, "POST", "/corpus/training/stop")
      #expect(try await Self.ended(site)["outcome"]?.text == "stopped")
      #expect(try Self.calls(folder).count == 1)
    }
  }

  @Test func aTrainingYieldsToStreams() async throws {
    try await withTemporaryFolderAsync { folder in
      let site = try await Self.site(
        folder,
        "for i in 1 2 3 4 5 6 7 8 9; do [ $(nice) -ge 10 ] && exit 0; sleep 1; done; exit 1")
      #expect(try await Self.train(site, #"{"epochs":1}"#) == 202)
      #expect(try await Self.ended(site)["outcome"]?.text == "finished")
    }
  }

  @Test func whatCannotBeStartedOrFailsIsToldWithItsReason() async throws {
    try await withTemporaryFolderAsync { folder in
      let site = try await Self.site(folder, "echo 'Error: no luck' >&2; exit 1")
      for wish in [
        #"{"epochs":0}"#, #"{"epochs":"ten"}"#, #"{"epoch":3}"#, #"{"transfer":1}"#, "7",
      ] {
        #expect(try await Self.train(site, wish) == 400, "\(wish)")
      }
      #expect(try await Self.train(site, "") == 202)
      let report = try await Self.ended(site)
      #expect(report["outcome"]?.text == "failed")
      #expect(report["log"]?.text == "Error: no luck")
      let run = TrainingRun(recordPath: "\(folder)/other.json") { _ in }
      let error = #expect(throws: RequestFailure.self) {
        try run.start(["/nowhere/parla"], TrainingRecord.Request(epochs: 1, source: nil))
      }
      #expect(error?.message.contains("/nowhere/parla: cannot be started") == true)
      #expect(run.latest?.outcome == .failed)
      #expect(!run.isRunning)
    }
  }
}
