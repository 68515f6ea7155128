import Foundation
import ParlaTestSupport
import Testing

/// `parla lm build` as a person runs it: what it reads, what it says, and what it leaves behind when it does not get through.
@Suite struct LanguageModelBuildTests {
  /// More different n-grams than fit into the least memory that is taken.
  private static func writeLongText(to path: String) throws {
    var state: UInt32 = 1
    let lines = (0..<6000).map { _ in
      (0..<15).map { _ in
        state = state &* 1_664_525 &+ 1_013_904_223
        return "w\(state >> 22)"
      }.joined(separator: " ")
    }
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path))
  }

  /// An alphabet that can write the long text.
  private static func writeLetters(to path: String) throws {
    let labels = " w0123456789".map { "\($0)\n" }.joined()
    try Data(labels.utf8).write(to: URL(fileURLWithPath: path))
  }

  private static func files(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  @Test func standardInputToStandardOutput() throws {
    let text = try String(contentsOfFile: Fixture.path("estimation/toy.txt"), encoding: .utf8)
    let result = try RunningCommand(["lm", "build", "--order", "3"], input: text).finish()
    #expect(result.status == 0)
    let expected = Fixture.path("estimation/toy_o3.arpa")
    #expect(try result.output == String(contentsOfFile: expected, encoding: .utf8))
    #expect(result.errors.contains("14 words in 4 sentences"))
    #expect(result.errors.contains("These discounts are fixed values"))
  }

  @Test(arguments: [("1M", 200), ("1G", 200)])
  func onAFullDiskNothingIsLeft(memory: String, fileBlocks: Int) throws {
    try withTemporaryFolder { folder in
      try Self.writeLongText(to: folder + "/text")
      let result = try RunningCommand(
        [
          "lm", "build", "--order", "3", "--memory", memory, "--text", folder + "/text", "--output",
          folder + "/m.arpa", "--temporary-folder", folder,
        ], fileBlocks: fileBlocks
      ).finish()
      #expect(result.status == 1)
      #expect(result.errors.contains("File too large"), "\(result.errors)")
      #expect(try Self.files(in: folder) == ["text"])
    }
  }

  @Test(arguments: [SIGINT, SIGTERM]) func aTerminatedProgramLeavesNothing(signal: Int32) throws {
    try withTemporaryFolder { folder in
      try Self.writeLongText(to: folder + "/text")
      let command = try RunningCommand([
        "lm", "build", "--order", "4", "--memory", "1M", "--text", folder + "/text", "--output",
        folder + "/m.arpa", "--temporary-folder", folder,
      ])
      // Its temporary files have no names to wait for.
      while command.isRunning, command.errorsSoFar.isEmpty { usleep(1000) }
      usleep(100_000)
      command.send(signal: signal)
      let result = command.finish()
      // It may have been done already; then the model is there, and whole.
      let left = try Self.files(in: folder)
      if left.contains("m.arpa") {
        #expect(
          try String(contentsOfFile: folder + "/m.arpa", encoding: .utf8).hasSuffix("\\end\\\n"))
      }
      #expect(left.filter { $0 != "m.arpa" } == ["text"])
      #expect([0, 130, 128 + signal].contains(result.status), "\(result.errors)")
    }
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP, SIGKILL])
  func aScorerWhoseBuildingEndsEarlyLeavesNothing(signal: Int32) throws {
    try withTemporaryFolder { folder in
      try Self.writeLongText(to: folder + "/text")
      try Self.writeLetters(to: folder + "/letters")
      let command = try RunningCommand(
        [
          "scorer", "build", "--text", folder + "/text", "--alphabet",
          folder + "/letters", "--output", folder + "/s.scorer",
        ], environment: ["TMPDIR": folder])
      while command.isRunning, command.errorsSoFar.isEmpty { usleep(1000) }
      usleep(100_000)
      command.send(signal: signal)
      let result = command.finish()
      let left = try Self.files(in: folder)
      #expect(left.filter { $0 != "s.scorer" } == ["letters", "text"], "\(result.errors)")
      #expect([0, 128 + signal, signal].contains(result.status), "\(result.errors)")
    }
  }

  @Test func aFullDiskForTemporaryFilesIsNamed() throws {
    try withTemporaryFolder { folder in
      try Self.writeLongText(to: folder + "/text")
      try Self.writeLetters(to: folder + "/letters")
      let result = try RunningCommand(
        [
          "scorer", "build", "--text", folder + "/text", "--alphabet",
          folder + "/letters", "--temporary-folder", folder, "--output",
          folder + "/s.scorer",
        ], fileBlocks: 200
      ).finish()
      #expect(result.status == 1)
      #expect(
        result.errors.contains(
          "\(folder): temporary files cannot be used: File too large. Make room"),
        "\(result.errors)")
      #expect(try Self.files(in: folder) == ["letters", "text"])
    }
  }

  @Test func standardOutputByItsNameGetsTheDataAndNothingElse() throws {
    try withTemporaryFolder { folder in
      let (text, arpa) = (Fixture.path("estimation/toy.txt"), folder + "/toy.arpa")
      let built = try runCommand(
        "lm", "build", "--order", "2", "--text", text, "--output", "/dev/stdout")
      #expect(built.output.hasPrefix("\\data\\") && built.output.hasSuffix("\\end\\\n"))
      try Data(built.output.utf8).write(to: URL(fileURLWithPath: arpa))
      // The head of a filtered model is written last.
      let filtered = try runCommand("lm", "filter", "copy", "model:\(arpa)", "/dev/stdout")
      #expect(filtered.status == 0, "\(filtered.errors)")
      let pipe = folder + "/pipe"
      #expect(unsafe mkfifo(pipe, 0o600) == 0)
      let toPipe = try RunningCommand(["lm", "filter", "copy", "model:\(arpa)", pipe])
      let received = try FileHandle(forReadingAtPath: pipe)?.readToEnd()
      #expect(toPipe.finish().status == 0)
      #expect(received.map { String(decoding: $0, as: UTF8.self) } == filtered.output)
      #expect(filtered.output.hasSuffix("\\end\\\n"))
      #expect(try Self.files(in: folder) == ["pipe", "toy.arpa"])
    }
  }

  @Test(arguments: [SIGINT, SIGTERM]) func whileItWaitsForTextItEndsAtOnce(signal: Int32) throws {
    try withTemporaryFolder { folder in
      #expect(unsafe mkfifo(folder + "/text", 0o600) == 0)
      let command = try RunningCommand([
        "lm", "build", "--order", "3", "--text", folder + "/text", "--output", folder + "/m.arpa",
      ])
      // Opening the pipe waits until the program has opened it as well.
      let text = try #require(FileHandle(forWritingAtPath: folder + "/text"))
      try text.write(contentsOf: Data("one two\n".utf8))
      usleep(100_000)
      command.send(signal: signal)
      #expect(command.finish().status == 128 + signal)
      #expect(try Self.files(in: folder) == ["text"])
    }
  }
}
