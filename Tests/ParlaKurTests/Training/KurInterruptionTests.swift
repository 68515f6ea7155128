import Foundation
import ParlaTestSupport
import Synchronization
import Testing

@testable import ParlaKur

/// Trainings that somebody stops in the middle of a validation.
@Suite struct KurInterruptionTests {
  private static let checkpoints = [
    "", "checkpoint: {path: FOLDER/w, epochs: 1}",
    "checkpoint: {path: FOLDER/w, batches: 4, validation: yes}",
  ]

  private func kurfile(_ folder: String, _ checkpoint: String) throws -> Kurfile {
    let data = (0..<24).map { number -> String in
      let x = (0..<4).map { Double((number * 7 + $0 * 5) % 13) / 6 - 1 }
      return "{\"x\": \(x), \"y\": [\(x[0] * x[1]), \(x[2] - x[3])]}"
    }
    try Data((data.joined(separator: "\n") + "\n").utf8).write(
      to: URL(fileURLWithPath: folder + "/data.jsonl"))
    let text = """
      settings: {seed: 3}
      model:
        - input: x
        - dense: 6
        - activation: tanh
        - dropout: 0.1
        - dense: 2
        - output: y
      train:
        data: [{jsonl: FOLDER/data.jsonl}]
        provider: {batch_size: 4}
        weights: {initial: FOLDER/w, last: FOLDER/w}
        log: FOLDER/log
        stop_when: {epochs: 3, mode: total}
        optimizer: {name: adam, learning_rate: 0.01}
        \(checkpoint)
      validate:
        data: [{jsonl: FOLDER/data.jsonl}]
        provider: {batch_size: 8}
        weights: FOLDER/best
      loss: [{name: mean_squared_error, target: y}]
      """
    let path = folder + "/k.yml"
    try Data(text.replacing("FOLDER", with: folder).utf8).write(to: URL(fileURLWithPath: path))
    var kurfile = try Kurfile(path: path)
    try kurfile.evaluate(KurEngine(path: path))
    return kurfile
  }

  /// Trains, but stops after the first batch of validation `number`; whether the training came to its end.
  private func train(_ kurfile: Kurfile, stoppingIn number: Int? = nil) throws -> Bool {
    let validations = Counter()
    var services = KurServices.none(seed: 3)
    services.console.progress = { title, done, _ in
      if title.hasPrefix("Validating"), done == 8 { validations.add() }
    }
    services.console.isInterrupted = { validations.count == number }
    var training = try KurTraining(kurfile, KurConventions(kurfile), now: { 0 }, services)
    return try training.run()
  }

  private final class Counter: Sendable {
    private let value = Mutex(0)
    var count: Int { value.withLock { $0 } }
    func add() { value.withLock { $0 += 1 } }
  }

  /// The files of a folder of weights or a log.
  private func files(_ folder: String) throws -> [String: Data] {
    var found: [String: Data] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder)
    where name.hasSuffix(".kur") || name.hasPrefix("training_") || name.hasPrefix("validation_") {
      found[name] = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))
    }
    return found
  }

  @Test(arguments: checkpoints, 1...2)
  func aValidationThatIsStoppedDoesNotCount(checkpoint: String, number: Int) throws {
    try withTemporaryFolder { whole in
      try withTemporaryFolder { stopped in
        #expect(try train(kurfile(whole, checkpoint)))
        let interrupted = try kurfile(stopped, checkpoint)
        #expect(try !train(interrupted, stoppingIn: number))
        let noted = try files(stopped + "/log")["validation_loss_total"]
        let isFirst = number == 1
        #expect((noted == nil) == isFirst)
        #expect(try train(interrupted))
        for part in ["w", "best", "log"] {
          #expect(try files(stopped + "/" + part) == files(whole + "/" + part), "\(part)")
        }
      }
    }
  }

  @Test func weightsThatWereBeingWrittenAreThoseOfTheRecord() throws {
    try withTemporaryFolder { whole in
      try withTemporaryFolder { killed in
        #expect(try train(kurfile(whole, "")))
        let interrupted = try kurfile(killed, "")
        #expect(try !train(interrupted, stoppingIn: 2))
        // So a kill leaves the folder.
        try Data().write(to: URL(fileURLWithPath: killed + "/w/.unfinished"))
        let weight = try #require(try files(killed + "/w").keys.sorted().first)
        try FileManager.default.removeItem(atPath: killed + "/w/" + weight)
        #expect(try train(interrupted))
        for part in ["w", "best", "log"] {
          #expect(try files(killed + "/" + part) == files(whole + "/" + part), "\(part)")
        }
      }
    }
  }

  @Test func aFolderWithoutWeightsYetIsNoHindrance() throws {
    try withTemporaryFolder { folder in
      try FileManager.default.createDirectory(
        atPath: folder + "/w", withIntermediateDirectories: false)
      try Data().write(to: URL(fileURLWithPath: folder + "/w/.unfinished"))
      #expect(try train(kurfile(folder, "")))
      // Something else is no place to begin with.
      try FileManager.default.removeItem(atPath: folder + "/w")
      try FileManager.default.createDirectory(
        atPath: folder + "/w", withIntermediateDirectories: false)
      try Data().write(to: URL(fileURLWithPath: folder + "/w/readme"))
      #expect(throws: KurError.self) { try train(kurfile(folder, "")) }
    }
  }
}
