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

  @Test(arguments: [SIGINT, SIGTERM]) func whoeverIsToldToEndLeavesNothing(signal: Int32) throws {
    try withTemporaryFolder { folder in
      try Self.writeLongText(to: folder + "/text")
      let command = try RunningCommand([
        "lm", "build", "--order", "4", "--memory", "1M", "--text", folder + "/text", "--output",
        folder + "/m.arpa", "--temporary-folder", folder,
      ])
      while command.isRunning, try Self.files(in: folder).count == 1 { usleep(1000) }
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
