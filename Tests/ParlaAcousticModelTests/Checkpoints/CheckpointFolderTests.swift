import Foundation
import ParlaAcousticModel
import ParlaModelExchange
import ParlaModelTestSupport
import ParlaNeuralNetwork
import ParlaTestSupport
import ParlaTranscripts
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
      #expect(found.passedOver.count == 1)
      #expect(found.passedOver.first?.contains("last-6") == true)
    }
  }

  @Test func whatAKilledProgramLeftIsRemoved() throws {
    try withTemporaryFolder { folder in
      let checkpoints = try Self.saved(folder, steps: [5, 6])
      // A record is written first; weights without one are somebody's copy.
      for file in [
        "last-7.json", "last-8.safetensors.123.tmp", ".parla-1f-0.tmp", "best-3.safetensors",
      ] {
        try Data([1]).write(to: URL(fileURLWithPath: "\(folder)/\(file)"))
      }
      try checkpoints.prepare()
      let count = try FileManager.default.contentsOfDirectory(atPath: folder).count
      #expect(count == 8, "an export to this folder removes nothing")
      checkpoints.removeRemains()
      let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      #expect(
        files == [
          "best-3.safetensors", "last-5.json", "last-5.safetensors", "last-6.json",
          "last-6.safetensors",
        ])
    }
  }

  static func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".safetensors") }.sorted()
  }

  static func damage(_ path: String) throws {
    var data = try Data(contentsOf: URL(fileURLWithPath: path))
    data[data.count - 7] ^= 0x10
    try data.write(to: URL(fileURLWithPath: path))
  }

  @Test(arguments: CheckpointKind.allCases)
  func whatWasJustSavedStaysBelowADamagedNewerOne(kind: CheckpointKind) throws {
    try withTemporaryFolder { folder in
      let checkpoints = CheckpointFolder(path: folder)
      for step in [10, 20] {
        try checkpoints.save(try Self.checkpoint(step), as: kind, step: step, keeping: 2)
      }
      try Self.damage("\(folder)/\(kind.rawValue)-20.safetensors")
      for resumed in [checkpoints, CheckpointFolder(path: folder)] {
        try resumed.save(try Self.checkpoint(15), as: kind, step: 15, keeping: 1)
        #expect(try Self.names(folder) == ["\(kind.rawValue)-15.safetensors"])
        #expect(try resumed.newest(kind, stateType: State.self)?.step == 15)
      }
    }
  }

  @Test func aDamagedOneIsNotCounted() throws {
    try withTemporaryFolder { folder in
      let checkpoints = try Self.saved(folder, steps: [5, 6])
      try Self.damage(folder + "/last-6.safetensors")
      try checkpoints.save(try Self.checkpoint(7), as: .last, step: 7, keeping: 2)
      #expect(try Self.names(folder) == ["last-5.safetensors", "last-7.safetensors"])
    }
  }

  @Test func weightsWithoutTheirRecordAreNamed() throws {
    try withTemporaryFolder { folder in
      let checkpoints = try Self.saved(folder, steps: [5, 6])
      for step in [5, 6] {
        try FileManager.default.removeItem(atPath: "\(folder)/last-\(step).json")
      }
      let expected = ModelError.weightsWithoutRecord(
        weights: folder + "/last-6.safetensors", record: folder + "/last-6.json")
      #expect(throws: expected) {
        try checkpoints.newest(.last, .best, stateType: State.self)
      }
      #expect(throws: expected) { try checkpoints.bestModel() }
      #expect(throws: expected) { try AcousticModel(anyFile: folder) }
      #expect(
        try AcousticModel(path: folder + "/last-6.safetensors").alphabet.labels == [" ", "a"])
    }
  }

  @Test func aModelIsReadBackWhateverItsAlphabetHolds() throws {
    let odd: [Unicode.Scalar] = [
      "\u{FEFF}", "\u{0}", "\u{7F}", "\u{85}", "\u{A0}", "\u{AD}", "\u{200B}", "\u{202E}",
      "\u{2028}",
      "\u{2029}", "\u{301}", "\u{FFFD}", "\u{FFFE}", "\u{FFFF}", "\u{1F600}", "\u{10FFFF}", "\"",
      "\\",
      "/",
    ]
    try withTemporaryFolder { folder in
      let checkpoints = CheckpointFolder(path: folder)
      for (step, scalar) in odd.enumerated() {
        // First, alone, and within others.
        let model = try smallModel(labels: [String(scalar), " ", "a\(scalar)", "c\(scalar)b"])
        let alphabet = model.alphabet
        let checkpoint = Checkpoint(model: model, optimizer: [], state: State(epoch: 1))
        try checkpoints.save(checkpoint, as: .last, step: step, keeping: 1)
        let found = try #require(try checkpoints.newest(.last, stateType: State.self))
        #expect(found.step == step)
        #expect(
          zip(found.checkpoint.model.alphabet.labels, alphabet.labels)
            .allSatisfy { $0.utf8.elementsEqual($1.utf8) }, "U+\(String(scalar.value, radix: 16))")
        try alphabet.write(to: folder + "/alphabet.txt")
        let again = try Alphabet(path: folder + "/alphabet.txt")
        #expect(zip(again.labels, alphabet.labels).allSatisfy { $0.utf8.elementsEqual($1.utf8) })
      }
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
