import Foundation
import ParlaAudio
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

  @Test func whenWhoStartedItIsGoneATrainingSavesAndStops() throws {
    try withTemporaryFolder { folder in
      try Self.corpus(folder)
      var arguments = Self.arguments(folder, checkpoints: "\(folder)/c") + ["--stop-with-input"]
      arguments[arguments.firstIndex(of: "30") ?? 0] = "1000000"
      let input = Pipe()
      let training = try RunningCommand(arguments, inputPipe: input)
      while training.isRunning, !training.errorsSoFar.contains("Epoch 1") { usleep(10_000) }
      try input.fileHandleForWriting.close()
      let result = training.finish()
      #expect(result.status == 130)
      #expect(result.errors.contains("all is saved in \(folder)/c"), "\(result.errors)")
    }
  }

  @Test func soundWhoseLastBytesFindNoRoomIsNotWritten() throws {
    try withTemporaryFolder { folder in
      // Noise does not get smaller, and the encoder keeps its last samples until the file is closed.
      let path = "\(folder)/noise.wav"
      var generator = SystemRandomNumberGenerator()
      let samples = (0..<5000).map { _ in Float.random(in: -0.5...0.5, using: &generator) }
      try AudioFile.write(Waveform(samples: samples, sampleRate: 16000), to: path)
      let whole = "\(folder)/whole.flac"
      #expect(try runCommand("corpus", "play", path, "--output", whole).status == 0)
      #expect(try AudioFile.read(whole).samples.count == 5000)
      let size = try Data(contentsOf: URL(fileURLWithPath: whole)).count
      let result = try RunningCommand(
        ["corpus", "play", path, "--output", "\(folder)/cut.flac"], fileBlocks: (size - 1) / 512
      ).finish()
      #expect(result.status == 1)
      #expect(
        result.errors.contains("cut.flac: cannot be written: File too large"), "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/cut.flac"))
    }
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

  /// Commands that write to `OUT`, with the file that they would replace.
  static func writers(_ folder: String) -> [(arguments: [String], output: String)] {
    let text = ["--text", "\(folder)/text", "--order", "3"]
    let temporary = ["--temporary-folder", "OUT"]
    let scorer = ["scorer", "build", "--alphabet", "\(folder)/alphabet.txt"] + text
    let recording = "\(folder)/dev-0.wav"
    return [
      (
        ["export", "--checkpoint-dir", TranscribeTests.model, "--export-dir", "OUT"],
        "model.safetensors"
      ),
      (
        [
          "export", "--checkpoint-dir", TranscribeTests.model, "--format", "tflite", "--output",
          "OUT/m.tflite",
        ], "m.tflite"
      ),
      (
        ["model", "import", TranscribeTests.model, "--output", "OUT/m.safetensors"], "m.safetensors"
      ),
      (scorer + ["--output", "OUT/s.scorer"], "s.scorer"),
      (scorer + temporary + ["--output", "\(folder)/s.scorer"], "s.scorer"),
      (["lm", "build", "--output", "OUT/m.arpa"] + text, "m.arpa"),
      (
        ["lm", "build", "--memory", "1M", "--output", "\(folder)/m.arpa"] + text + temporary,
        "m.arpa"
      ),
      (["lm", "binarize", Fixture.path("estimation/toy_o3.arpa"), "OUT/m.binary"], "m.binary"),
      (["features", recording, "--output", "OUT/f.npy"], "f.npy"),
      (
        [
          "transcribe", "--model", TranscribeTests.model, recording, "--format", "json", "--output",
          "OUT",
        ], "dev-0.json"
      ),
    ]
  }

  @Test(.enabled(if: canMount, "needs unshare and the right to mount"))
  func onAFullDiskEveryCommandSaysSoOnceAndLosesNothing() throws {
    try withTemporaryFolder { folder in
      try Self.corpus(folder)
      try Data(" \nw\n0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n".utf8).write(
        to: URL(fileURLWithPath: "\(folder)/alphabet.txt"))
      let words = (0..<20_000).map { "w\($0 * $0 % 9973)\($0 % 7 == 0 ? "\n" : " ")" }.joined()
      try Data(words.utf8).write(to: URL(fileURLWithPath: "\(folder)/text"))
      let small = folder + "/small"
      try FileManager.default.createDirectory(atPath: small, withIntermediateDirectories: true)
      let script = Self.writers(folder).enumerated().map { index, writer in
        let command = RunningCommand.command(writer.arguments).map {
          "'\($0.replacing("OUT", with: small))'"
        }.joined(separator: " ")
        return """
          echo old > '\(small)/\(writer.output)'
          head -c 3000000 /dev/zero > '\(small)/filler' 2>/dev/null
          \(command) 2> '\(folder)/errors' && echo "\(index): status 0" >&2
          grep -q 'No space left on device' '\(folder)/errors' || cat '\(folder)/errors' >&2
          [ $(grep -c Error '\(folder)/errors') = 1 ] || cat '\(folder)/errors' >&2
          [ "$(cat '\(small)/\(writer.output)')" = old ] || echo "\(index): lost" >&2
          rm '\(small)/filler' '\(small)/\(writer.output)'
          [ -z "$(ls -A '\(small)')" ] || { echo "\(index): $(ls -A '\(small)')" >&2; rm -r '\(small)'/* '\(small)'/.[!.]*; }
          """
      }.joined(separator: "\n")
      let result = try #require(Self.inOwnMount(script, on: small))
      #expect(result.errors == "")
    }
  }

  @Test(.enabled(if: canMount, "needs unshare and the right to mount"))
  func onAFullDiskItContinuesAndSaysWhatWasNotSaved() throws {
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
      // The last attempt fails, and nothing continues after it.
      #expect(result.errors.components(separatedBy: "step 180 was not saved").count == 2)
      #expect(result.errors.contains("No space left on device"), "\(result.errors)")
      let parts = result.errors.components(separatedBy: "MAKING ROOM")
      #expect(parts.last?.contains("Resuming from the checkpoint of step 12") == true, "\(parts)")
      #expect(parts.last?.contains("last-180.safetensors") == true)
    }
  }
}
