import Foundation
import ParlaAudio
import ParlaTestSupport
import Testing

/// `parla listen` at the end of a pipe.
@Suite struct ListenTests {
  static func listen(to bytes: [UInt8], _ arguments: String...) throws -> CommandResult {
    try withTemporaryFolder { folder in
      let input = folder + "/sound"
      try Data(bytes).write(to: URL(fileURLWithPath: input))
      let command = ["listen", "--model", TranscribeTests.model] + arguments
      return try RunningCommand(command, inputFile: input).finish()
    }
  }

  static func bytes(_ samples: [Float]) -> [UInt8] {
    samples.flatMap { sample in
      let value = UInt16(bitPattern: Int16(sample * 32767))
      return [UInt8(value & 0xff), UInt8(value >> 8)]
    }
  }

  static let speech = SyntheticVoice.speech(seconds: 1)

  @Test func eachUtteranceIsALine() throws {
    let sound = Self.speech + SyntheticVoice.silence(seconds: 2) + Self.speech
    let result = try Self.listen(to: Self.bytes(sound))
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.split(separator: "\n").count == 2)
    #expect(!result.output.contains("\u{1B}"))
  }

  @Test func partialResultsAreLinesWhereAskedFor() throws {
    let result = try Self.listen(to: Self.bytes(Self.speech), "--partials")
    #expect(result.output.hasPrefix("... "))
  }

  @Test func silenceAndNothingAreNoLines() throws {
    let silence = try Self.listen(to: Self.bytes(SyntheticVoice.silence(seconds: 3)))
    #expect(silence.output == "" && silence.status == 0)
    let nothing = try Self.listen(to: [])
    #expect(nothing.output == "" && nothing.status == 0)
    #expect(nothing.errors.contains("without any sound"), "\(nothing.errors)")
    #expect(!silence.errors.contains("without any sound"), "\(silence.errors)")
  }

  @Test func whatIsNoSoundIsNamed() throws {
    let page = try Self.listen(to: Array("<html><body>404 Not Found</body></html>\n".utf8))
    #expect(
      page.status == 1 && page.errors.contains("found text, expected sound"), "\(page.errors)")
    let header = try Self.listen(to: Array("RIFF....WAVEfmt ".utf8))
    #expect(header.status == 1 && header.errors.contains("breaks off"), "\(header.errors)")
    let folder = try TranscribeTests.shell(
      "\"$1\" listen --model \"$4\" < /", in: NSTemporaryDirectory())
    #expect(folder.status == 1 && folder.errors.contains("Is a directory"), "\(folder.errors)")
  }

  @Test func aWavOfAnotherRateIsRecognisedAsTheSameSound() throws {
    try withTemporaryFolder { folder in
      let slow = try Waveform(samples: Self.speech, sampleRate: 16000).resampled(to: 8000)
      try AudioFile.write(slow, to: folder + "/a.wav")
      let wav = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/a.wav")))
      let recognised = try Self.listen(to: wav)
      #expect(recognised.status == 0, "\(recognised.errors)")
      let raw = try Self.listen(to: Array(wav.dropFirst(44)), "--rate", "8000")
      #expect(recognised.output == raw.output)
      #expect(recognised.output.split(separator: "\n").count == 1)
    }
  }

  @Test(arguments: ["tone.mp3", "tone.flac", "tone.opus"])
  func encodedSoundIsNamedWithTheCommandThatConvertsIt(name: String) throws {
    let sound = try Data(contentsOf: URL(fileURLWithPath: Fixture.path("audio/" + name)))
    let result = try Self.listen(to: [UInt8](sound))
    #expect(result.status != 0 && result.output == "")
    #expect(result.errors.contains("standard input: found "), "\(result.errors)")
    #expect(result.errors.contains("ffmpeg -i IN -f wav -"), "\(result.errors)")
  }

  @Test func anOddByteIsNamedAfterTheText() throws {
    let result = try Self.listen(to: Self.bytes(Self.speech) + [0])
    #expect(result.status != 0)
    #expect(result.output.split(separator: "\n").count == 1)
    #expect(result.errors.contains("found 32001 bytes"), "\(result.errors)")
  }

  @Test func ctrlCEndsWithTheText() throws {
    let pipe = Pipe()
    let command = try RunningCommand(
      ["listen", "--model", TranscribeTests.model, "--partials"], inputPipe: pipe)
    pipe.fileHandleForWriting.write(Data(Self.bytes(Self.speech)))
    // The speech has arrived once a part of it is printed; the pipe stays open.
    while command.isRunning, command.outputSoFar.isEmpty { usleep(20_000) }
    command.send(signal: SIGINT)
    let result = command.finish()
    try pipe.fileHandleForWriting.close()
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.split(separator: "\n").last?.hasPrefix("...") == false)
  }
}
