import Foundation
import ParlaTestSupport
import Synchronization
import Testing

@testable import ParlaKur

/// What a training finds and says before its first batch.
@Suite struct KurStartTests {
  private func kurfile(_ folder: String, _ train: String, layers: String = "dense: 2") throws
    -> Kurfile
  {
    let data = (0..<4).map { "{\"x\": [\($0), 1], \"y\": [1, \($0)]}" }
    try Data(data.joined(separator: "\n").utf8).write(
      to: URL(fileURLWithPath: folder + "/data.jsonl"))
    let text = """
      settings: {seed: 3}
      model: [{input: x}, {\(layers), name: first}, {output: y}]
      train: {data: [{jsonl: FOLDER/data.jsonl}], provider: {batch_size: 2}, \(train)}
      loss: [{name: mean_squared_error, target: y}]
      """
    let path = folder + "/k.yml"
    try Data(text.replacing("FOLDER", with: folder).utf8).write(to: URL(fileURLWithPath: path))
    var kurfile = try Kurfile(path: path)
    try kurfile.evaluate(KurEngine(path: path))
    return kurfile
  }

  private func training(
    _ kurfile: Kurfile, _ services: KurServices = .none(seed: 3)
  ) throws -> KurTraining {
    try KurTraining(kurfile, KurConventions(kurfile), now: { 0 }, services)
  }

  @Test(arguments: [
    "weights: {last: FOLDER/w}", "weights: {best: FOLDER/w}", "log: FOLDER/w",
    "checkpoint: FOLDER/w", "weights: FOLDER/w", "weights: {last: \"FOLDER/w/${EPOCH}\"}",
  ])
  func anotherTrainingIsKeptFromItsFolders(train: String) throws {
    try withTemporaryFolder { folder in
      let kurfile = try kurfile(folder, "stop_when: {epochs: 1}, " + train)
      do {
        let first = try training(kurfile)
        let error = #expect(throws: KurError.self) { try training(kurfile) }
        #expect(error?.description.contains("is in use by process") == true)
        #expect(FileManager.default.fileExists(atPath: folder + "/w"))
        withExtendedLifetime(first) {}
      }
      // Folders into which nothing has come are gone.
      #expect(!FileManager.default.fileExists(atPath: folder + "/w"))
      var second = try training(kurfile)
      #expect(try second.run())
    }
  }

  @Test func aFolderMayServeTwice() throws {
    try withTemporaryFolder { folder in
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/link", withDestinationPath: folder + "/w")
      try FileManager.default.createDirectory(
        atPath: folder + "/w", withIntermediateDirectories: true)
      let kurfile = try kurfile(
        folder,
        "weights: {initial: FOLDER/w, best: FOLDER/w, last: FOLDER/link}, checkpoint: FOLDER/w/, stop_when: {epochs: 1}"
      )
      var training = try training(kurfile)
      #expect(try training.run())
    }
  }

  @Test(arguments: [
    ("weights: {last: FOLDER/file}", "file is no folder"),
    ("weights: {best: FOLDER/file/w}", "file is no folder"),
    ("checkpoint: FOLDER/file", "file is no folder"),
    ("log: FOLDER/file", "found a file, expected the folder of a log"),
    ("weights: {initial: FOLDER/file}", "file"),
    ("stop_when: {elapsed: 1e400}", "train.stop_when.elapsed: found inf, expected minutes"),
  ])
  func whatCannotBeUsedIsToldBeforeDataAreRead(train: String, message: String) throws {
    try withTemporaryFolder { folder in
      try Data("no folder".utf8).write(to: URL(fileURLWithPath: folder + "/file"))
      let kurfile = try kurfile(folder, train)
      // Were they read, they would be missed first.
      try FileManager.default.removeItem(atPath: folder + "/data.jsonl")
      let error = #expect(throws: KurError.self) { try training(kurfile) }
      #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }
  }

  @Test func whatBecomesOfTheLastWeightsIsTold() throws {
    try withTemporaryFolder { folder in
      let notes = Mutex<[String]>([])
      var services = KurServices.none(seed: 3)
      services.note = { note in notes.withLock { $0.append(note) } }
      for (weights, note) in [
        ("{last: FOLDER/a}", "/a: gets random weights, since nothing is left to train."),
        ("{initial: FOLDER/a, last: FOLDER/b}", "/b: gets the weights of \(folder)/a, since"),
        ("{initial: FOLDER/a, last: FOLDER/a}", ""),
      ] {
        let kurfile = try kurfile(folder, "stop_when: {epochs: 0}, weights: \(weights)")
        notes.withLock { $0 = [] }
        var training = try training(kurfile, services)
        #expect(try training.run())
        let found = notes.withLock { $0 }
        #expect(
          note.isEmpty ? found.isEmpty : found.count == 1 && found[0].contains(note), "\(found)")
      }
    }
  }

  @Test(arguments: [
    ("optimizer: {name: sdg}", "train.optimizer.name: found sdg, expected adam, sgd"),
    ("optimizer: {name: sgd, learnig_rate: 1}", "did you mean learning_rate?"),
    ("stop_wehn: {epochs: 1}", "did you mean stop_when?"),
    ("stop_when: {epoch: 1}", "did you mean epochs?"),
    ("weights: {frist: w}", "the setting frist"), ("hooks: [plott]", "did you mean plot?"),
    ("checkpoint: {batch: 1}", "did you mean batches?"), ("log: {pat: w}", "did you mean path?"),
  ])
  func buildRefusesWhatTrainRefuses(train: String, message: String) throws {
    try withTemporaryFolder { folder in
      let kurfile = try kurfile(folder, train)
      for isBare in [false, true] {
        let error = #expect(throws: KurError.self) {
          try KurBuild(kurfile, .auto, isBare: isBare, .none(seed: 3))
        }
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
      }
      #expect(throws: KurError.self) { try training(kurfile) }
    }
  }
}
