import Foundation
import ParlaFiles
import ParlaTestSupport
import Synchronization
import Testing

@testable import ParlaKur

struct KurTrainingPartsTests {
  private func settings(_ text: String, place: String = "train") throws -> KurSettings {
    try KurSettings(YAMLReader.value(of: text, path: "k.yml"), path: "k.yml", place: place)
  }

  /// A clock that stands still until it is set.
  private final class Hand { var seconds = 0.0 }

  @Test(arguments: [
    (KurLog.Kind.batch, ["loss"], "total", "batch_loss_total"),
    (.validation, ["loss", "default"], "time", "validation_loss.default_time"),
    (.validation, ["loss", "set_one"], "my_output", "validation_loss.set__one_my__output"),
    (.validation, ["loss", "a.b"], "x", "validation_loss.a..b_x"),
    (.batch, [], "note", "batch_null_note"),
  ])
  func columnsAreCalledAsInKur(kind: KurLog.Kind, tags: [String], name: String, file: String) {
    #expect(KurLog.columnName(kind, tags: tags, name: name) == file)
  }

  @Test func logsContinue() throws {
    try withTemporaryFolder { folder in
      let hand = Hand()
      var clocks = TrainingClocks { hand.seconds }
      clocks.resume(.all)
      func open() throws -> KurLog {
        try #require(try KurLog(.string(folder + "/log"), path: "k.yml", place: "train.log"))
      }
      var log = try open()
      #expect(log.bestTrainingLoss == nil)
      log.beginSession()
      try log.noteBatch(4, ["asr": 10], clocks)
      hand.seconds = 2
      try log.noteBatch(2, ["asr": 4], clocks)
      #expect(log.runningLoss == ["asr": 8])
      #expect(WeightPlan.named("w.${EPOCH}.${BATCH}.${SAMPLE}.${OTHER}", log) == "w.1.2.6.${OTHER}")
      #expect(WeightPlan.named("${TRAIN_LOSS}_${VALIDATION_LOSS}", log) == "8.000_None")
      try log.noteEpoch(["asr": 8], clocks)
      try log.noteValidation([("default", ["asr": 9])], mean: ["asr": 9], clocks)
      log = try open()
      #expect(log.epochCount == 1 && log.batchCount == 2 && log.sampleCount == 6)
      #expect(log.bestTrainingLoss == 8 && log.bestValidationLoss == 9)
      #expect(log.earlierClocks[.all] == 2)
      #expect(log.column(.batch, "time") == [0, 2])
      #expect(log.column(.validation, set: "default", "batch") == [2])
      #expect(log.validationSets == ["default"])
      log.beginSession()
      try log.noteBatch(4, ["asr": 3], clocks)
      try log.noteEpoch(["asr": 3], clocks)
      #expect(try open().column(.training, "total") == [8, 3])
      let summary = try KurText.read(folder + "/log/summary.yml")
      #expect(summary.contains("sessions: 2\n") && summary.contains("version: 3\n"))
    }
  }

  @Test func trainingsStopOnRequest() throws {
    let hand = Hand()
    var clocks = TrainingClocks { hand.seconds }
    clocks.reset(.train, to: 100)
    func stop(_ text: String) throws -> StopCondition {
      try StopCondition(settings(text), completed: 3, clocks)
    }
    #expect(try stop("{}").lastEpoch == nil)
    #expect(try stop("{stop_when: {epochs: 2}}").lastEpoch == 5)
    #expect(try stop("{stop_when: {epochs: 2, mode: total}}").lastEpoch == 2)
    #expect(try stop("{stop_when: {epochs: infinite}}").lastEpoch == nil)
    #expect(try stop("{stop_when: {epochs: 9223372036854775807}}").lastEpoch == Int.max)
    #expect(try stop("{epochs: 4}").lastEpoch == 7)
    let timed = try stop("{stop_when: {elapsed: {minutes: 1, clock: train}}}")
    #expect(timed.end?.seconds == 160)
    #expect(!timed.isOver(clocks))
    clocks.reset(.train, to: 161)
    #expect(timed.isOver(clocks))
    #expect(try stop("{stop_when: {elapsed: 2}}").end?.seconds == 120)
    for wrong in [
      "{stop_when: {epochs: many}}", "{stop_when: {mode: sometimes}}", "{stop_when: {elapsed: -1}}",
      "{stop_when: {epoch: 1}}",
    ] {
      #expect(throws: KurError.self, "\(wrong)") { _ = try stop(wrong) }
    }
  }

  @Test func checkpointsComeByWhatIsCounted() throws {
    var plan = try #require(try CheckpointPlan(settings("{checkpoint: {path: c, batches: 3}}")))
    let due = (1...7).map { plan.isDue([.batches, .samples], [.batches: Double($0)]) }
    #expect(due == [false, false, true, false, false, true, false])
    let plain = try #require(try CheckpointPlan(settings("{checkpoint: here}")))
    #expect(plain.path == "here" && !plain.validates)
    let checked = try #require(
      try CheckpointPlan(settings("{checkpoint: {minutes: 5, validation: 2}}")))
    #expect(checked.path == "checkpoint" && checked.validationBatchCount == 2)
    #expect(try CheckpointPlan(settings("{}")) == nil)
    #expect(throws: KurError.self) {
      _ = try CheckpointPlan(settings("{checkpoint: {epochs: 1.5}}"))
    }
  }

  @Test func weightsGoWhereTheKurfileSays() throws {
    let alone = try WeightPlan(train: settings("{weights: w}"), validate: nil)
    #expect(alone.initial == "w" && alone.bestTraining == "w" && alone.last == nil)
    let both = try WeightPlan(
      train: settings("{weights: w}"), validate: settings("{weights: v}", place: "validate"))
    #expect(both.bestTraining == nil && both.bestValidation == "v")
    let all = try WeightPlan(
      train: settings("{weights: {initial: i, best: b, last: l, must_exist: yes}}"), validate: nil)
    #expect(all.mustExist && all.bestTraining == "b" && all.last == "l")
  }

  @Test(arguments: [
    ([2, 2, 28, 2, 3, 28, 28, 0, 0, 4], "aab c"), ([28, 28, 28], ""), ([5], "d"),
    ([5, 5, 5, 28, 5], "dd"),
  ])
  func transcriptsAreReadAsInKur(path: [Int], text: String) {
    let symbols = [" ", "'"] + "abcdefghijklmnopqrstuvwxyz".map(String.init)
    #expect(TranscriptHook.text(ofPath: path, symbols: symbols) == text)
    #expect(
      TranscriptHook.text(ofPath: path, symbols: symbols, joinsWords: true)
        == text.map(String.init).joined(separator: " "))
  }

  @Test func aBlankAtTheBeginningMovesAllSymbols() {
    let text = TranscriptHook.text(
      ofPath: [3, 3, 0, 3, 4], symbols: [" ", "'", "a", "b"], blankIsFirst: true)
    #expect(text == "aab")
  }

  @Test func emptyPathsAreNamed() throws {
    for (text, place) in [
      ("{weights: ''}", "weights"), ("{weights: {last: ''}}", "weights.last"),
    ] {
      let error = #expect(throws: KurError.self) {
        try WeightPlan(train: settings(text), validate: nil)
      }
      #expect(error?.description.contains("\(place): found an empty text") == true)
    }
  }

  /// Also in the folder in which the program runs.
  @Test func foldersMayBeNamedAfterCountsAlone() throws {
    #expect(throws: Never.self) { try TrainingFolders(["parla-${EPOCH}", "${BATCH}/w"]) }
  }

  @Test func wrongOptimizersAreNamed() throws {
    for wrong in [
      "{optimizer: adm}", "{optimizer: {name: sgd, momentun: 1}}", "{optimizer: {clip: 3}}",
      "{optimizer: {clip: {norm: -1}}}", "{optimizer: {name: sgd, learning_rate: fast}}",
    ] {
      #expect(throws: KurError.self, "\(wrong)") { _ = try KurOptimizer(settings(wrong)) }
    }
  }

  @Test func outputsOfOneShapeAreOneArrayNextToTheTruth() throws {
    try withTemporaryFolder { folder in
      let data = HookData(
        outputs: ["y": .array(KurArray(shape: [2, 2], values: [0.25, 0.5, 1, 2]))], batch: nil,
        truth: ["y": .array(KurArray(shape: [2, 2], values: [0, 1, 1, 0]))])
      for format in ["pkl", "csv", "json"] {
        let hook = try OutputHook(
          settings("{path: \(folder)/r.\(format), format: \(format)}"), .none())
        _ = try hook.apply(data, original: data) { _ in nil }
      }
      let pickle = try PickledSources.value(
        Data(contentsOf: URL(fileURLWithPath: folder + "/r.pkl")), path: "r.pkl")
      guard case .dictionary(let whole) = pickle, whole.count == 2 else {
        Issue.record("no result and truth")
        return
      }
      let values = try whole.map {
        try PickledSources.sources(in: $0.value, path: "r.pkl").batch([0, 1]).columns["y"]
      }
      #expect(
        values == [
          .array(KurArray(shape: [2, 2], values: [0.25, 0.5, 1, 2])),
          .array(KurArray(shape: [2, 2], values: [0, 1, 1, 0])),
        ])
      #expect(
        try KurText.read(folder + "/r.csv")
          == "y,y expected\r\n0.25,[ 0.  1.]\r\n1.0,[ 1.  0.]\r\n")
      #expect(try KurText.read(folder + "/r.json").contains("\"truth\""))
    }
  }

  @Test func digitsAreCountedAsInKur() throws {
    let said = Said()
    var services = KurServices.none()
    services.console.say = { said.add($0) }
    services.note = { said.add("note: " + $0) }
    let hook = try MNISTHook(settings("{}"), services)
    func oneHot(_ classes: [Int]) -> KurColumn {
      .array(
        KurArray(
          shape: [classes.count, 10],
          values: classes.flatMap { digit in (0..<10).map { $0 == digit ? 1 : 0 } }))
    }
    let data = HookData(
      outputs: ["labels": oneHot([3, 3, 7, 0])], batch: nil,
      truth: ["labels": oneHot([3, 5, 7, 0])])
    _ = try hook.apply(data, original: data) { _ in nil }
    #expect(said.lines.count == 12)
    #expect(said.lines.first == "LABEL     CORRECT   TOTAL     ACCURACY  ")
    #expect(said.lines[4] == "3         1         1         100.0%")
    #expect(said.lines[6] == "5         0         1           0.0%")
    #expect(said.lines.last == "ALL       3         4          75.0%")
    let unknown = HookData(outputs: ["labels": oneHot([3])], batch: nil, truth: nil)
    _ = try hook.apply(unknown, original: unknown) { _ in nil }
    #expect(said.lines.last?.hasPrefix("note: mnist: the data has no labels") == true)
  }

  private final class Said: Sendable {
    private let all = Mutex<[String]>([])
    var lines: [String] { all.withLock { $0 } }
    func add(_ line: String) { all.withLock { $0.append(line) } }
  }

  @Test func picturesAreDrawnAsTheirEndingsSay() throws {
    try withTemporaryFolder { folder in
      let said = Said()
      var services = KurServices.none()
      services.note = { said.add($0) }
      services.chart = { _, _, _ in
        #"<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>"#
      }
      let hook = try PlotHook(
        settings("{loss_per_batch: \(folder)/a.png, loss_per_time: \(folder)/b.gif}"), services)
      let clocks = TrainingClocks { 0 }
      var log = KurLog()
      try log.noteBatch(1, ["y": 2], clocks)
      try hook.notify(KurEvent(.epochEnd), log)
      // GIF is drawn by nobody; PNG where the system has the program for it.
      #expect(try KurText.read(folder + "/b.svg").hasPrefix("<svg"))
      #expect(said.lines.contains { $0.contains("b.svg is drawn in the place of") })
      if PictureProgram.isThere {
        let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/a.png"))
        #expect(data.prefix(4) == Data([0x89, 0x50, 0x4E, 0x47]))
      } else {
        #expect(try KurText.read(folder + "/a.svg").hasPrefix("<svg"))
        #expect(said.lines.contains { $0.contains("librsvg2-bin") })
      }
    }
  }

  @Test func batchesThatAllFailAreAnError() throws {
    struct Failure: Error {}
    var retries = BatchRetries(.none())
    #expect(throws: Never.self) { try retries.finish() }
    #expect(try retries.attempt { throw Failure() } == nil as Int?)
    #expect(throws: Failure.self) { try retries.finish() }
    #expect(try retries.attempt { 5 } == 5)
    #expect(throws: Never.self) { try retries.finish() }
    #expect(throws: KurConsole.StepsEnded.self) {
      _ = try retries.attempt { throw KurConsole.StepsEnded() } as Int?
    }
  }

  @Test func logsGoBackToAMarkOfTheirs() throws {
    try withTemporaryFolder { folder in
      let clocks = TrainingClocks { 0 }
      func open(_ name: String) throws -> KurLog {
        try #require(try KurLog(.string(folder + "/" + name), path: "k.yml", place: "train.log"))
      }
      var log = try open("log")
      try log.noteBatch(4, ["asr": 10], clocks)
      let mark = log.mark(clocks)
      try log.noteBatch(4, ["asr": 8], clocks)
      try log.noteEpoch(["asr": 9], clocks)
      var again = try open("log")
      let hasGoneBack = again.goBack(to: mark)
      #expect(hasGoneBack)
      #expect(again.batchCount == 1 && again.epochCount == 0 && again.sampleCount == 4)
      #expect(again.runningLoss == ["asr": 10])
      try again.write(clocks)
      #expect(try open("log").column(.batch, "total") == [10])
      #expect(try open("log").column(.training, "total") == nil)
      var other = try open("other")
      try other.noteBatch(4, ["asr": 11], clocks)
      let goesBack = other.goBack(to: mark)
      #expect(!goesBack)
    }
  }

  @Test func outputsAreWrittenInAllFormats() throws {
    try withTemporaryFolder { folder in
      let outputs: [String: KurColumn] = [
        "y": .ragged([
          KurArray(shape: [1, 2], values: [0.25, 0.5]),
          KurArray(shape: [2, 2], values: [1, 2, 3, 4]),
        ])
      ]
      let data = HookData(outputs: outputs, batch: nil, truth: nil)
      for format in ["pkl", "csv", "npz", "json"] {
        let hook = try OutputHook(
          settings("{path: \(folder)/r.\(format), format: \(format)}"), .none())
        _ = try hook.apply(data, original: data) { _ in nil }
      }
      let pickle = try PickledSources.value(
        Data(contentsOf: URL(fileURLWithPath: folder + "/r.pkl")), path: "r.pkl")
      guard case .dictionary(let whole) = pickle, let first = whole.first else {
        Issue.record("no mapping")
        return
      }
      let read = try PickledSources.sources(in: first.value, path: "r.pkl").batch([1]).columns
      #expect(read["y"] == .ragged([KurArray(shape: [2, 2], values: [1, 2, 3, 4])]))
      #expect(try KurText.read(folder + "/r.csv") == "y\r\n[ 0.25  0.5 ]\r\n[ 1.  2.]\r\n")
      let json = try KurText.read(folder + "/r.json")
      #expect(
        json.filter { !$0.isWhitespace }
          == #"{"result":{"y":[[[0.25,0.5]],[[1.0,2.0],[3.0,4.0]]]}}"#)
    }
  }
}
