import Foundation
import ParlaTestSupport
import Testing

/// Whether several processes can be started.
private let hasOpenMPI: Bool = {
  let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
  return folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/mpirun") }
}()

/// `parla train --processes N`, with Open MPI as `./test` installs it.
@Suite(.enabled(if: hasOpenMPI, "Open MPI is not installed")) struct ProcessesTests {
  private static func arguments(_ folder: String, processes: Int, epochs: Int) throws -> [String] {
    let corpus = ToneCorpus(folder: folder)
    return [
      "train", "--processes", "\(processes)", "--threads", "1",
      "--train-files", try corpus.write("train", count: 20, seed: 1),
      "--dev-files", try corpus.write("dev", count: 4, seed: 2),
      "--test-files", try corpus.write("test", count: 5, seed: 3), "--export-dir", folder,
      "--checkpoint-dir", "\(folder)/checkpoints-\(processes)", "--n-hidden", "8", "--epochs",
      "\(epochs)", "--batch-size", "5", "--precision", "float32",
    ]
  }

  /// What each epoch came to, without speeds.
  private static func losses(_ result: CommandResult) -> [String] {
    result.errors.split(separator: "\n").filter {
      $0.hasPrefix("Epoch ") && $0.contains("dev loss")
    }
    .map { String($0.prefix { $0 != "W" }) }
  }

  @Test func twoProcessesComeToWhatOneComesTo() throws {
    try withTemporaryFolder { folder in
      let one = try run(try Self.arguments(folder, processes: 1, epochs: 2))
      let two = try run(try Self.arguments(folder, processes: 2, epochs: 2))
      #expect(two.status == 0, "\(two.errors)")
      #expect(Self.losses(two).count == 2)
      #expect(Self.losses(two) == Self.losses(one))
      #expect(two.output.hasSuffix("(5 samples)\n"), "\(two.output)")
      #expect(two.errors.components(separatedBy: "Exported the best model").count == 2)
      // What the weights' last bits decide aside, the reports of the same model are the same.
      let evaluations = try [1, 2].map { processes in
        let result = try run(
          ["evaluate", "--processes", "\(processes)", "--model", "\(folder)/model.safetensors"]
            + ["--test-files", "\(folder)/test.csv,\(folder)/dev.csv", "--threads", "1"]
            + ["--report-count", "2", "--json", "\(folder)/\(processes).json"])
        #expect(result.status == 0, "\(result.errors)")
        return result
      }
      #expect(evaluations[0].output.hasSuffix("(9 samples)\n"))
      #expect(evaluations[1].output == evaluations[0].output)
      let reports = evaluations.map { $0.errors.components(separatedBy: "Best:").last }
      #expect(reports[1] == reports[0])
      let rows = [1, 2].map { FileManager.default.contents(atPath: "\(folder)/\($0).json") }
      #expect(rows[0] != nil && rows[1] == rows[0])
    }
  }

  @Test func whatIsWrongIsReportedOnce() throws {
    try withTemporaryFolder { folder in
      var arguments = try Self.arguments(folder, processes: 2, epochs: 1)
      arguments[6] = "\(folder)/none.csv"
      let result = try run(arguments)
      #expect(result.status == 1)
      #expect(result.errors.components(separatedBy: "none.csv").count == 2, "\(result.errors)")
    }
  }

  @Test func recordingsAreSharedAndResumed() throws {
    try withTemporaryFolder { folder in
      let trained = try run(try Self.arguments(folder, processes: 1, epochs: 1))
      #expect(trained.status == 0, "\(trained.errors)")
      let clips = try FileManager.default.contentsOfDirectory(atPath: folder).filter {
        $0.hasSuffix(".wav")
      }
      #expect(clips.count > 4)
      let paths = clips.map { "\(folder)/\($0)" }
      func texts(_ processes: Int, _ name: String, _ paths: [String]) throws -> CommandResult {
        try run(
          ["transcribe", "--processes", "\(processes)", "--greedy", "--threads", "1"]
            + ["--model", "\(folder)/checkpoints-1", "--output", "\(folder)/\(name)"] + paths)
      }
      let one = try texts(1, "one", paths)
      #expect(one.status == 0, "\(one.errors)")
      // What one process has done before is not done again, and what one cannot read is named once.
      _ = try texts(1, "two", Array(paths.prefix(2)))
      try Data("RIFF".utf8).write(to: URL(fileURLWithPath: "\(folder)/cut.wav"))
      let two = try texts(2, "two", paths + ["\(folder)/cut.wav"])
      #expect(two.status == 1)
      #expect(two.errors.components(separatedBy: "Error: ").count == 2, "\(two.errors)")
      #expect(two.errors.contains("2 were there, 1 failed"), "\(two.errors)")
      #expect(two.errors.contains("\(paths.count + 1) of \(paths.count + 1) recordings"))
      for clip in clips {
        let name = clip.dropLast(4) + ".txt"
        #expect(
          FileManager.default.contents(atPath: "\(folder)/one/\(name)")
            == FileManager.default.contents(atPath: "\(folder)/two/\(name)"))
      }
    }
  }

  @Test(arguments: [["-", "--output", "texts"], ["a.wav"]])
  func whatCannotBeSharedIsRefused(arguments: [String]) throws {
    let result = try run(["transcribe", "--processes", "2", "--model", "none"] + arguments)
    #expect(result.status == 64)
    #expect(result.errors.hasPrefix("Error: Several processes"), "\(result.errors)")
  }

  private func run(_ arguments: [String]) throws -> CommandResult {
    try RunningCommand(arguments).finish()
  }
}
