import Foundation
import ParlaTestSupport
import Testing

/// What befalls a training on real machines: kills and full disks.
@Suite struct SurvivalTests {
  static func arguments(_ folder: String, checkpoints: String) -> [String] {
    [
      "train", "--train-files", "\(folder)/train.csv", "--dev-files", "\(folder)/dev.csv",
      "--n-hidden", "32", "--epochs", "30", "--batch-size", "4", "--dropout-rate", "0.1",
      "--threads", "1", "--checkpoint-dir", checkpoints, "--checkpoint-steps", "3",
    ]
  }

  static func corpus(_ folder: String) throws {
    let corpus = ToneCorpus(folder: folder)
    try corpus.write("train", count: 24, seed: 1)
    try corpus.write("dev", count: 4, seed: 2)
  }

  @Test func killedTwentyTimesItEndsAsIfNeverKilled() throws {
    try withTemporaryFolder { folder in
      try Self.corpus(folder)
      let straight = try RunningCommand(
        Self.arguments(folder, checkpoints: "\(folder)/straight")
      ).finish()
      #expect(straight.status == 0, "\(straight.errors)")

      let arguments = Self.arguments(folder, checkpoints: "\(folder)/killed")
      var generator = SystemRandomNumberGenerator()
      var killCount = 0
      while killCount < 20 {
        let life = try RunningCommand(arguments)
        usleep(UInt32.random(in: 30_000...250_000, using: &generator))
        life.send(signal: SIGKILL)
        let result = life.finish()
        #expect(result.status == 0 || result.status == SIGKILL, "\(result.errors)")
        killCount += 1
        if result.status == 0 { break }
      }
      let last = try RunningCommand(arguments).finish()
      #expect(last.status == 0, "\(last.errors)")
      #expect(!last.errors.contains("Passed over"), "\(last.errors)")
      let files = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/killed")
      #expect(!files.contains { $0.hasSuffix(".tmp") }, "\(files)")
      let name = "last-180.safetensors"
      let expected = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/straight/\(name)"))
      let found = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/killed/\(name)"))
      #expect(found == expected, "the weights are equal to the bit")
    }
  }

  /// Whether this machine lets a user mount a file system of their own.
  static var canMount: Bool {
    inOwnMount("true", on: FileManager.default.temporaryDirectory.path)?.status == 0
  }

  /// Runs `script` in a shell that has an empty file system of 2 MiB mounted on `folder`.
  static func inOwnMount(_ script: String, on folder: String) -> (status: Int32, errors: String)? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
    process.arguments = [
      "--map-root-user", "--mount", "sh", "-c",
      "mount -t tmpfs -o size=2m tmpfs '\(folder)' && \(script)",
    ]
    let errors = Pipe()
    process.standardError = errors
    process.standardOutput = FileHandle.nullDevice
    do { try process.run() } catch { return nil }
    let text = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: text, as: UTF8.self))
  }

  @Test(.enabled(if: canMount, "needs unshare and the right to mount"))
  func onAFullDiskItGoesOnAndSaysWhatWasNotSaved() throws {
    try withTemporaryFolder { folder in
      try Self.corpus(folder)
      let small = folder + "/small"
      try FileManager.default.createDirectory(atPath: small, withIntermediateDirectories: true)
      let command = RunningCommand.command(
        Self.arguments(folder, checkpoints: small) + ["--max-to-keep", "1"]
      )
      .map { "'\($0)'" }.joined(separator: " ")
      // A training on the empty disk; then so little is left that nothing more can be saved; then room again.
      let script = """
        \(command) --epochs 2 || exit 91
        head -c 2000000 /dev/zero > '\(small)/filler' 2>/dev/null
        ls '\(small)' >&2
        \(command) && exit 92
        echo MAKING ROOM >&2
        rm '\(small)/filler'
        \(command) || exit 93
        ls '\(small)' >&2
        """
      let result = try #require(Self.inOwnMount(script, on: small))
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.errors.contains("was not saved"), "\(result.errors)")
      #expect(result.errors.contains("No space left on device"), "\(result.errors)")
      let parts = result.errors.components(separatedBy: "MAKING ROOM")
      #expect(parts.last?.contains("Going on from the checkpoint of step 12") == true, "\(parts)")
      #expect(parts.last?.contains("last-180.safetensors") == true)
    }
  }
}
