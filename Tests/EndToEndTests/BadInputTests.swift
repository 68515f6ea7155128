import Foundation
import ParlaTestSupport
import Testing

/// What is wrong with options and files is said in one message, before the long work starts.
@Suite struct BadInputTests {
  /// A corpus of two good recordings, changed by `change`, and what training on it says.
  static func trainingErrors(
    rows: String = "wav_filename,wav_filesize,transcript\na-0.wav,1,abc\na-1.wav,1,abd\n",
    further: [String] = [], change: (String) throws -> Void = { _ in }
  ) throws -> CommandResult {
    try withTemporaryFolder { folder in
      try ToneCorpus(folder: folder).write("a", count: 2, seed: 4)
      try rows.write(toFile: "\(folder)/a.csv", atomically: true, encoding: .utf8)
      try change(folder)
      let arguments = [
        "train", "--train-files", "\(folder)/a.csv", "--epochs", "1", "--n-hidden", "4",
        "--threads", "1", "--checkpoint-dir", "\(folder)/checkpoints",
      ]
      return try RunningCommand(arguments + further).finish()
    }
  }

  static let rows: [(rows: String, message: String)] = [
    ("name,text\na.wav,abc\n", "a.csv"), ("name,text\na.wav,abc\n", "wav_filename"),
    ("wav_filename,wav_filesize,transcript\nb.wav,1,abc\n", "b.wav"),
    ("wav_filename,wav_filesize,transcript\na-0.wav,1,\n", "no transcript"),
  ]

  @Test(arguments: rows) func aBadTableIsNamed(rows: String, message: String) throws {
    let result = try Self.trainingErrors(rows: rows)
    #expect(result.status != 0)
    #expect(result.errors.contains(message), "\(result.errors)")
    #expect(!result.errors.contains("Fatal error"))
  }

  @Test func aMissingTableIsNamed() throws {
    let result = try Self.trainingErrors {
      try FileManager.default.removeItem(atPath: $0 + "/a.csv")
    }
    #expect(result.status != 0)
    #expect(result.errors.contains("/a.csv"), "\(result.errors)")
  }

  @Test(arguments: ["empty", "truncated", "text"]) func aBadRecordingIsNamed(kind: String) throws {
    let result = try Self.trainingErrors { folder in
      let file = URL(fileURLWithPath: folder + "/a-1.wav")
      let data = try Data(contentsOf: file)
      switch kind {
      case "empty": try Data().write(to: file)
      case "truncated": try data.prefix(data.count / 2).write(to: file)
      default: try Data(repeating: 0x61, count: 5000).write(to: file)
      }
    }
    #expect(result.status != 0)
    #expect(result.errors.contains("a-1.wav"), "\(result.errors)")
    #expect(result.errors.contains("1 of 2 samples"), "\(result.errors)")
  }

  @Test func aTranscriptTooLongForItsFramesIsLeftOut() throws {
    let long = String(repeating: "abcd", count: 60)
    let result = try Self.trainingErrors(
      rows: "wav_filename,wav_filesize,transcript\na-0.wav,1,\(long)\na-1.wav,1,abd\n")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("Left out 1 sample:"))
    #expect(result.errors.contains("a-0.wav"))
  }

  @Test func aCharacterOutsideTheAlphabetIsNamed() throws {
    let result = try withTemporaryFolder { folder in
      try "a\nb\n".write(toFile: folder + "/alphabet.txt", atomically: true, encoding: .utf8)
      return try Self.trainingErrors(further: ["--alphabet", folder + "/alphabet.txt"])
    }
    #expect(result.status != 0)
    #expect(result.errors.contains("c"), "\(result.errors)")
    #expect(result.errors.contains("a.csv:2"), "\(result.errors)")
  }

  static let options: [(option: [String], message: String)] = [
    (["--n-hidden", "0"], "--n-hidden: found 0, expected 1 or more"),
    (["--n-hidden", "9223372036854775807"], "Error: --n-hidden: found 9223372036854775807, "),
    (["--feature-win-step", "20000"], "Error: --feature-win-step: found 20000, expected the dist"),
    (["--network-setting", "window=x"], "Error: --network-setting window: found x, expected the"),
    (["--epochs", "0"], "--epochs: found 0"), (["--batch-size", "0"], "--batch-size: found 0"),
    (["--learning-rate", "-1"], "--learning-rate"), (["--dropout-rate", "1"], "--dropout-rate"),
    (["--early-stop"], "--dev-files"), (["--n_hiden", "3"], "n-hidden"),
    (["--checkpoint-dir", "/proc/none"], "/proc/none: cannot be written to"),
  ]

  @Test(arguments: options) func aBadOptionIsNamed(option: [String], message: String) throws {
    let result = try Self.trainingErrors(further: option)
    #expect(result.status != 0)
    #expect(result.errors.contains(message), "\(result.errors)")
  }

  @Test func optionsOfAConversionThatHaveNoEffectAreReported() throws {
    try withTemporaryFolder { folder in
      let csv = folder + "/a.csv"
      try "wav_filename,wav_filesize,transcript\n".write(
        toFile: csv, atomically: true, encoding: .utf8)
      let convert = ["corpus", "convert", csv, folder + "/b.csv"]
      let rate = try RunningCommand(convert + ["--bitrate", "24000"]).finish()
      #expect(rate.status != 0)
      #expect(
        rate.errors.contains("--bitrate 24000: only Opus has one. Add --audio opus."),
        "\(rate.errors)")
      let clock = try RunningCommand(convert + ["--clock", "0.5"]).finish()
      #expect(clock.errors.contains("--clock has no effect without --augment\n"), "\(clock.errors)")
    }
  }

  @Test(arguments: [
    (
      ["transcibe", "a.wav"], "parla: no command is called \"transcibe\". Did you mean transcribe?"
    ),
    (["corpus", "chekc", "a.csv"], "corpus: no command is called \"chekc\". Did you mean check?"),
    (["qqqqq"], "parla: no command is called \"qqqqq\". The commands are import, corpus, "),
  ])
  func aMisspeltCommandIsNamed(arguments: [String], message: String) throws {
    let result = try RunningCommand(arguments).finish()
    #expect(result.status != 0)
    #expect(result.errors.contains(message), "\(result.errors)")
  }

  /// Neither what is missing for want of it nor what is checked earlier hides it.
  @Test(arguments: [
    (["train", "--train-file", "a.csv"], "--train-file", "--train-files", "parla train"),
    (["transcribe", "--modle", "m", "a.wav"], "--modle", "--model", "parla transcribe"),
    (["lm", "build", "--ordr=3"], "--ordr", "--order", "parla lm build"),
  ])
  func aMisspeltOptionIsNamedFirst(
    arguments: [String], option: String, meant: String, command: String
  ) throws {
    let result = try RunningCommand(arguments).finish()
    #expect(result.status == 64)
    #expect(
      result.errors.hasPrefix(
        "Error: Unknown option '\(option)'. Did you mean '\(meant)'?\nUsage: \(command) "),
      "\(result.errors)")
    #expect(result.errors.hasSuffix("\n  See '\(command) --help' for more information.\n"))
  }

  @Test func anArgumentThatIsNoTextIsNamed() throws {
    let shell = Process()
    let errors = Pipe()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    let script = "exec \"$0\" \"$@\" \"$(printf 'caf\\351.wav')\""
    shell.arguments = ["-c", script] + RunningCommand.command(["features", "--output", "a.npy"])
    shell.standardError = errors
    try shell.run()
    let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    shell.waitUntilExit()
    #expect(shell.terminationStatus != 0)
    #expect(said.contains("caf\\xE9.wav: this argument is not UTF-8 text"), "\(said)")
  }

  @Test func aCheckpointOfAnotherGeometryIsNamedWithBothShapes() throws {
    try withTemporaryFolder { folder in
      try ToneCorpus(folder: folder).write("a", count: 2, seed: 4)
      let arguments = [
        "train", "--train-files", "\(folder)/a.csv", "--epochs", "1", "--threads", "1",
        "--checkpoint-dir", "\(folder)/checkpoints", "--n-hidden",
      ]
      #expect(try RunningCommand(arguments + ["4"]).finish().status == 0)
      let result = try RunningCommand(arguments + ["5"]).finish()
      #expect(result.status != 0)
      #expect(result.errors.contains("[4, 494]"), "\(result.errors)")
      #expect(result.errors.contains("[5, 494]"), "\(result.errors)")
    }
  }

  @Test func aBadModelIsNamed() throws {
    try withTemporaryFolder { folder in
      try Data("no model".utf8).write(to: URL(fileURLWithPath: folder + "/m.safetensors"))
      try ToneCorpus(folder: folder).write("a", count: 1, seed: 4)
      for path in [folder + "/m.safetensors", folder + "/none.safetensors"] {
        let result = try runCommand("transcribe", "--model", path, folder + "/a-0.wav")
        #expect(result.status != 0)
        #expect(result.errors.contains(path), "\(result.errors)")
      }
    }
  }
}
