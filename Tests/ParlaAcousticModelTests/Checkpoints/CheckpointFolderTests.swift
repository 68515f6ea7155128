import Foundation
import ParlaAcousticModel
import ParlaNeuralNetwork
import ParlaTestSupport
import Testing

@Suite struct CheckpointFolderTests {
  struct State: Codable, Sendable, Equatable {
    var epoch: Int
    var loss = Double.infinity
  }

  static func checkpoint(_ number: Int) throws -> Checkpoint<State> {
    let model = try smallModel(seed: UInt64(number))
    let moments = Parameters(initializing: model.parameters.specifications, seed: 99)
    return Checkpoint(
      model: model, optimizer: [("moment1", moments)], state: State(epoch: number))
  }

  static func saved(_ folder: String, steps: [Int]) throws -> CheckpointFolder {
    let checkpoints = CheckpointFolder(path: folder)
    for step in steps {
      try checkpoints.save(try checkpoint(step), as: .last, step: step, keeping: 2)
    }
    return checkpoints
  }

  @Test func theNewestComesBackWhole() throws {
    try withTemporaryFolder { folder in
      let checkpoints = try Self.saved(folder, steps: [1, 20, 3])
      let found = try #require(try checkpoints.newest(.last, stateType: State.self))
      let expected = try Self.checkpoint(20)
      #expect(found.step == 20)
      #expect(found.passedOver.isEmpty)
      #expect(found.checkpoint.state == State(epoch: 20))
      #expect(found.checkpoint.model.parameters == expected.model.parameters)
      #expect(found.checkpoint.optimizer.map(\.parameters) == expected.optimizer.map(\.parameters))
    }
  }

  @Test func onlyTheNewestAreKept() throws {
    try withTemporaryFolder { folder in
      _ = try Self.saved(folder, steps: [1, 2, 3])
      let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      #expect(
        files == ["last-2.json", "last-2.safetensors", "last-3.json", "last-3.safetensors"])
    }
  }

  @Test(arguments: ["empty", "truncated", "flipped", "no record", "empty record"])
  func aBrokenOneIsNamedAndTheOneBeforeUsed(damage: String) throws {
    try withTemporaryFolder { folder in
      let checkpoints = try Self.saved(folder, steps: [5, 6])
      let weights = URL(fileURLWithPath: folder + "/last-6.safetensors")
      let record = URL(fileURLWithPath: folder + "/last-6.json")
      var data = try Data(contentsOf: weights)
      switch damage {
      case "empty": try Data().write(to: weights)
      case "truncated": try data.prefix(data.count - 100).write(to: weights)
      case "flipped":
        data[data.count - 7] ^= 0x10
        try data.write(to: weights)
      case "no record": try FileManager.default.removeItem(at: record)
      default: try Data().write(to: record)
      }
      let found = try #require(try checkpoints.newest(.last, stateType: State.self))
      #expect(found.step == 5)
      #expect(found.checkpoint.state == State(epoch: 5))
      if damage != "no record" {
        #expect(found.passedOver.count == 1)
        #expect(found.passedOver.first?.contains("last-6") == true)
      }
    }
  }

  @Test func whatAKilledProgramLeftIsRemoved() throws {
    try withTemporaryFolder { folder in
      let checkpoints = try Self.saved(folder, steps: [5, 6])
      for file in ["last-7.safetensors", "last-8.safetensors.123.tmp", "best-2.json.9.tmp"] {
        try Data([1]).write(to: URL(fileURLWithPath: "\(folder)/\(file)"))
      }
      // No other checkpoint of this kind counts, so it may be somebody's only model.
      try Data([1]).write(to: URL(fileURLWithPath: folder + "/best-3.safetensors"))
      try Data([1]).write(to: URL(fileURLWithPath: folder + "/model.pb.77.tmp"))
      try checkpoints.prepare()
      let count = try FileManager.default.contentsOfDirectory(atPath: folder).count
      #expect(count == 9, "an export to this folder removes nothing")
      checkpoints.removeRemains()
      let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      #expect(
        files == [
          "best-3.safetensors", "last-5.json", "last-5.safetensors", "last-6.json",
          "last-6.safetensors",
        ])
    }
  }

  @Test func noCheckpointIsNil() throws {
    try withTemporaryFolder { folder in
      let checkpoints = CheckpointFolder(path: folder)
      let found = try checkpoints.newest(.last, stateType: State.self)
      #expect(found?.step == nil)
      #expect(throws: ModelError.noCheckpoint(folder: folder)) { try checkpoints.bestModel() }
    }
  }

  @Test func anUnwritableFolderIsNamed() {
    let error = #expect(throws: ModelError.self) {
      try CheckpointFolder(path: "/proc/nowhere").prepare()
    }
    #expect(error?.description.hasPrefix("/proc/nowhere: cannot be written to") == true)
  }
}
