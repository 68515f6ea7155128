import Foundation
import ParlaAudio
import ParlaTestSupport
import Testing

/// `parla transcribe` as a person runs it, with a model that says something or other of any sound.
@Suite struct TranscribeTests {
  static let model = Fixture.path("recognition/output_graph.pb")

  static func write(_ name: String, _ samples: [Float], in folder: String) throws {
    try AudioFile.write(
      Waveform(samples: samples, sampleRate: 16000), to: "\(folder)/\(name)")
  }

  /// A folder with two recordings, one of which is silent, and a file that is none.
  static func withRecordings(_ body: (String) throws -> Void) throws {
    try withTemporaryFolder { folder in
      try write("speech.wav", SyntheticVoice.speech(seconds: 1), in: folder)
      try write("silence.wav", SyntheticVoice.silence(seconds: 3), in: folder)
      try body(folder)
    }
  }

  @Test func silenceIsAnEmptyLine() throws {
    try Self.withRecordings { folder in
      let result = try runCommand(
        "transcribe", "--model", Self.model, "\(folder)/silence.wav")
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output == "\n")
    }
  }

  @Test func jsonHasAnObjectForEachFile() throws {
    try Self.withRecordings { folder in
      let result = try runCommand(
        "transcribe", "--model", Self.model, "--json", "--beam-width", "10", "--candidates", "2",
        folder)
      #expect(result.status == 0, "\(result.errors)")
      let document = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
      let objects = try #require(document as? [[String: Any]])
      let files = objects.compactMap { $0["file"] as? String }
      #expect(files == [folder + "/silence.wav", folder + "/speech.wav"])
      #expect((objects.last?["candidates"] as? [Any])?.count == 2)
    }
  }

  @Test func eachFormatIsWritten() throws {
    try Self.withRecordings { folder in
      for (format, ending) in [
        ("text", "txt"), ("srt", "srt"), ("vtt", "vtt"), ("ctm", "ctm"), ("tsv", "tsv"),
        ("textgrid", "TextGrid"), ("deepspeech-json", "json"),
      ] {
        let output = "\(folder)/\(format)"
        let result = try runCommand(
          "transcribe", "--model", Self.model, "--format", format, "--output", output,
          "\(folder)/speech.wav")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output == "")
        #expect(FileManager.default.fileExists(atPath: "\(output)/speech.\(ending)"))
      }
    }
  }

  @Test func oneRecordingsOutputMayBeAFile() throws {
    try Self.withRecordings { folder in
      let output = "\(folder)/talk.vtt"
      let arguments = ["transcribe", "--model", Self.model, "--output", output]
      let result = try RunningCommand(arguments + ["\(folder)/speech.wav"]).finish()
      #expect(result.status == 0, "\(result.errors)")
      #expect(try String(contentsOfFile: output, encoding: .utf8).hasPrefix("WEBVTT"))
      let other = try RunningCommand(
        arguments + ["--format", "srt", "\(folder)/speech.wav"]
      ).finish()
      #expect(other.errors.contains("found --format srt"), "\(other.errors)")
      let several = try RunningCommand(arguments + [folder]).finish()
      #expect(several.errors.contains("Pass a folder"), "\(several.errors)")
    }
  }

  @Test func whatHasNoEffectIsSaid() throws {
    try Self.withRecordings { folder in
      let result = try runCommand(
        "transcribe", "--model", Self.model, "--format", "srt", "--candidates", "3",
        "--load-evaluate", "best", "--beam-width", "10", "\(folder)/speech.wav")
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.errors.contains("--candidates has no effect with --format srt."))
      #expect(result.errors.contains("--load-evaluate has no effect with a model's file."))
    }
  }

  @Test func aWidthThatNoSearchCanHaveEndsWithAdvice() throws {
    let result = try runCommand(
      "transcribe", "--model", Self.model, "--beam-width", "1000000", "speech.wav")
    #expect(result.status != 0)
    #expect(result.errors.contains("where 500 suits most"), "\(result.errors)")
  }

  @Test func anUnknownPrecisionNamesTheKnownOnes() throws {
    for command in ["transcribe", "evaluate", "listen"] {
      let result = try runCommand(command, "--model", Self.model, "--precision", "int5")
      #expect(result.status != 0)
      for known in ["int4", "int8", "bf16", "float32"] {
        #expect(result.errors.contains("'\(known)'"), "\(result.errors)")
      }
    }
  }

  @Test func aBadFileLosesNoOther() throws {
    try Self.withRecordings { folder in
      try Data("no sound".utf8).write(to: URL(fileURLWithPath: folder + "/bad.wav"))
      try Data().write(to: URL(fileURLWithPath: folder + "/empty.wav"))
      let output = folder + "/out"
      let arguments = ["transcribe", "--model", Self.model, "--output", output, folder]
      let first = try RunningCommand(arguments).finish()
      #expect(first.status == 1)
      #expect(first.errors.contains("\(folder)/bad.wav: starts with the text"))
      #expect(first.errors.contains("\(folder)/empty.wav: holds no sound"))
      #expect(first.errors.contains("2 failed"))
      let written = try FileManager.default.contentsOfDirectory(atPath: output)
      #expect(written.sorted() == [".parla-recordings.json", "silence.txt", "speech.txt"])
      #expect(try RunningCommand(arguments).finish().errors.contains("2 were there, 2 failed"))
    }
  }

  @Test func whatAFolderHasAndIsNotReadIsSaidAndTheEndSumsUp() throws {
    try Self.withRecordings { folder in
      for name in ["bad.wav", "a.m4a", "b.M4A", "film.mov", "notes.txt"] {
        try Data("no sound".utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
      }
      let result = try runCommand("transcribe", "--model", Self.model, folder)
      #expect(result.status == 1)
      #expect(
        result.errors.hasPrefix("\(folder): left out 2 .m4a, 1 .mov, which mostly hold sound that ")
      )
      let last = result.errors.split(separator: "\n").last ?? ""
      #expect(last.hasPrefix("3 of 3 recordings") && last.hasSuffix(", 1 failed."), "\(last)")
    }
  }

  @Test func anotherRunsTranscriptIsNotTakenForThisRecordings() throws {
    try withTemporaryFolder { folder in
      for name in ["one", "two"] {
        try FileManager.default.createDirectory(
          atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
        try Self.write("\(name)/1.wav", SyntheticVoice.speech(seconds: 0.5), in: folder)
      }
      for output in ["\(folder)/out/", "\(folder)/talk.vtt"] {
        let arguments = ["transcribe", "--model", Self.model, "--output", output]
        #expect(try RunningCommand(arguments + ["\(folder)/one/1.wav"]).finish().status == 0)
        let other = try RunningCommand(arguments + ["\(folder)/two/1.wav"]).finish()
        #expect(other.status == 1)
        #expect(other.errors.contains("/one/1.wav, expected none or one of"), "\(other.errors)")
        let same = try RunningCommand(arguments + ["\(folder)/two/../one/1.wav"]).finish()
        #expect(same.status == 0 && same.errors.contains("1 were there"), "\(same.errors)")
        let replaced = try RunningCommand(arguments + ["--overwrite", "\(folder)/two/1.wav"])
          .finish()
        #expect(replaced.status == 0, "\(replaced.errors)")
      }
      let recording = "\(folder)/two/1.wav"
      let sound = try Data(contentsOf: URL(fileURLWithPath: recording))
      let onto = try runCommand(
        "transcribe", "--model", Self.model, "--overwrite", "--output", recording, recording)
      #expect(onto.status == 1 && onto.errors.contains("is a recording"), "\(onto.errors)")
      #expect(try Data(contentsOf: URL(fileURLWithPath: recording)) == sound)
    }
  }

  /// A shell that runs `script` with the program and `--model` before it as "$@".
  static func shell(_ script: String, in folder: String) throws -> CommandResult {
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/bash")
    shell.arguments =
      ["-c", "cd '\(folder)'; \(script)", "sh"]
      + RunningCommand.command(["transcribe", "--model", model])
    let (output, errors) = ("\(folder)/shell-output", "\(folder)/shell-errors")
    for path in [output, errors] { try Data().write(to: URL(fileURLWithPath: path)) }
    shell.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
    shell.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errors))
    try shell.run()
    shell.waitUntilExit()
    return CommandResult(
      status: shell.terminationStatus,
      output: try String(contentsOfFile: output, encoding: .utf8),
      errors: try String(contentsOfFile: errors, encoding: .utf8))
  }

  @Test(arguments: [
    "--output /dev/stdout speech.wav | cat", "--output /dev/fd/1 speech.wav | cat",
    "--output link.txt speech.wav | cat", "--output >(cat) speech.wav | cat",
    "- < speech.wav", "/dev/stdin < speech.wav", "<(cat speech.wav)",
  ])
  func pipesAndLinksToThemCarrySoundAndText(rest: String) throws {
    try Self.withRecordings { folder in
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/link.txt", withDestinationPath: "/dev/stdout")
      let plain = try runCommand("transcribe", "--model", Self.model, folder + "/speech.wav")
      let result = try Self.shell("\"$@\" \(rest)", in: folder)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output == plain.output && !plain.output.isEmpty, "\(result.errors)")
    }
  }

  @Test(arguments: ["> /dev/full", ">&-"])
  func textThatCannotBeWrittenIsNoSuccess(output: String) throws {
    try Self.withRecordings { folder in
      let result = try Self.shell("\"$@\" speech.wav \(output)", in: folder)
      #expect(result.status == 1)
      #expect(result.errors.contains("standard output: cannot be written"), "\(result.errors)")
    }
  }

  @Test(arguments: ["2> /dev/full", "2>&-"])
  func messagesThatCannotBeWrittenEndNothing(output: String) throws {
    try Self.withRecordings { folder in
      let result = try Self.shell("\"$@\" speech.wav silence.wav \(output)", in: folder)
      let plain = try Self.shell("\"$@\" speech.wav silence.wav", in: folder)
      #expect(result.status == plain.status)
      #expect(result.output == plain.output && !plain.output.isEmpty)
    }
  }

  @Test func whatComesOutOfAPipeIsNeverThereAlready() throws {
    try Self.withRecordings { folder in
      let script = "cat speech.wav | \"$@\" --output out -; cat silence.wav | \"$@\" --output out -"
      let result = try Self.shell(script, in: folder)
      #expect(
        result.status == 1 && result.errors.contains("found the transcript of"), "\(result.errors)")
    }
  }

  @Test func aTranscriptThatWouldBeAFolderIsRefusedBeforeWorkStarts() throws {
    try withTemporaryFolder { folder in
      try FileManager.default.createDirectory(
        atPath: folder + "/a/1.txt", withIntermediateDirectories: true)
      for name in ["a/1.wav", "a/1.txt/2.wav"] {
        try Self.write(name, SyntheticVoice.speech(seconds: 0.5), in: folder)
      }
      let result = try runCommand(
        "transcribe", "--model", Self.model, "--output", folder + "/out", folder + "/a")
      #expect(result.status == 1)
      #expect(result.errors.contains("out/1.txt: found a folder for"), "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder + "/out"))
    }
  }

  @Test func subtitlesOfSeveralFilesNeedAFolder() throws {
    try Self.withRecordings { folder in
      let result = try runCommand("transcribe", "--model", Self.model, "--format", "srt", folder)
      #expect(result.status != 0)
      #expect(result.errors.contains("Pass --output FOLDER"), "\(result.errors)")
    }
  }

  @Test func whatDoesNotFitIsNamed() throws {
    try Self.withRecordings { folder in
      let speech = folder + "/speech.wav"
      let misfit = Fixture.path("scorers/toy.bytes.scorer")
      let cases: [(arguments: [String], words: [String])] = [
        (["--scorer", misfit, speech], [misfit, Self.model, "bytes"]),
        (["--scorer", Self.model, speech], [Self.model]),
        (["--format", "doc", speech], ["doc", "srt"]),
        (["--weights", folder, speech], ["--weights: found the model \(Self.model)"]),
        ([folder + "/none.wav"], ["none.wav: there is no such file"]),
      ]
      for (arguments, words) in cases {
        let result = try RunningCommand(["transcribe", "--model", Self.model] + arguments).finish()
        #expect(result.status != 0)
        for word in words { #expect(result.errors.contains(word), "\(result.errors)") }
      }
    }
  }
}
