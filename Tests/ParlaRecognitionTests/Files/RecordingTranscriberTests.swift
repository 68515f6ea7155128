import ParlaAudio
import ParlaRecognition
import ParlaTestSupport
import ParlaTranscripts
import Testing

@Suite struct RecordingTranscriberTests {
  static func transcriber() throws -> RecordingTranscriber {
    RecordingTranscriber(try RecognizerTests.recognizer())
  }

  static func sound(_ pieces: [Float]...) -> Waveform {
    Waveform(samples: Array(pieces.joined()), sampleRate: 16000)
  }

  @Test func nothingIsHeardInSilence() throws {
    let waveform = Self.sound(SyntheticVoice.silence(seconds: 5))
    let found = try Self.transcriber().transcripts(of: waveform)
    #expect(found.map(\.text) == [""])
    var listening = try Self.transcriber()
    listening.leavesOutSilence = false
    #expect(try listening.transcripts(of: waveform).first?.text != "", "the network says something")
  }

  @Test func aShortRecordingIsHeardAsAWhole() throws {
    let transcriber = try Self.transcriber()
    let waveform = Self.sound(
      SyntheticVoice.silence(seconds: 0.5), SyntheticVoice.speech(seconds: 1))
    #expect(
      try transcriber.transcripts(of: waveform) == [transcriber.recognizer.transcribe(waveform)])
  }

  @Test func timesCountFromTheStart() throws {
    let speech = SyntheticVoice.speech(seconds: 1)
    let waveform = Self.sound(
      speech, SyntheticVoice.silence(seconds: 4), speech, SyntheticVoice.silence(seconds: 2))
    let found = try #require(try Self.transcriber().transcripts(of: waveform).first)
    let starts = found.words.map(\.start)
    #expect(starts == starts.sorted())
    #expect(found.words.allSatisfy { !(1.6..<4.7).contains($0.start) && $0.start < 6.4 })
    #expect(found.words.contains { $0.start > 4.7 })
  }

  @Test func threadsChangeNothing() throws {
    let speech = SyntheticVoice.speech(seconds: 0.5)
    let silence = SyntheticVoice.silence(seconds: 2)
    let waveform = Self.sound(speech, silence, speech, silence, speech, silence, speech)
    var transcriber = try Self.transcriber()
    let alone = try transcriber.transcripts(of: waveform)
    transcriber.threadCount = 3
    #expect(try transcriber.transcripts(of: waveform) == alone)
  }

  @Test func aFileTellsItsDurationAndLabels() throws {
    try withTemporaryFolder { folder in
      let waveform = Waveform(samples: SyntheticVoice.speech(seconds: 1), sampleRate: 8000)
      try AudioFile.write(waveform, to: folder + "/a.wav")
      let heard = try Self.transcriber().transcribe(file: folder + "/a.wav")
      #expect(heard.duration == 2)
      #expect(heard.labels.texts == [" ", "a", "b"])
      #expect(heard.labels.secondsPerFrame == 0.02)
    }
  }
}
