import ParlaAudio
import ParlaDecoding
import ParlaRecognition
import ParlaTestSupport
import ParlaTranscripts
import Testing

@Suite struct RecordingTranscriberTests {
  static func transcriber() throws -> RecordingTranscriber {
    RecordingTranscriber(try RecognizerTests.recognizer(), leavesOutSilence: true)
  }

  static func sound(_ pieces: [Float]...) -> Waveform {
    Waveform(samples: Array(pieces.joined()), sampleRate: 16000)
  }

  @Test func nothingIsRecognisedInSilence() throws {
    let waveform = Self.sound(SyntheticVoice.silence(seconds: 5))
    let found = try Self.transcriber().transcripts(of: waveform)
    #expect(found.map(\.text) == [""])
    var listening = try Self.transcriber()
    listening.leavesOutSilence = false
    #expect(try listening.transcripts(of: waveform).first?.text != "", "the network says something")
  }

  @Test func aShortRecordingIsRecognisedAsAWhole() throws {
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

  @Test(arguments: [1, 2]) func filesTogetherAreRecognisedAsEachAlone(threads: Int) throws {
    try withTemporaryFolder { folder in
      var transcriber = try Self.transcriber()
      transcriber.recognizer.decoder = BeamSearchDecoder(beamWidth: 8)
      transcriber.threadCount = threads
      transcriber.candidateCount = 2
      let pause = SyntheticVoice.silence(seconds: 2)
      let sounds = [0.3, 3.5, 1, 2.1, 0.8, 1.4].map { seconds in
        Self.sound(
          SyntheticVoice.speech(seconds: seconds), pause, SyntheticVoice.speech(seconds: 1))
      }
      let paths = sounds.indices.map { "\(folder)/\($0).wav" }
      for (sound, path) in zip(sounds, paths) { try AudioFile.write(sound, to: path) }
      let together = transcriber.transcribe(files: paths)
      for (path, recognised) in zip(paths, together) {
        let (alone, recognised) = (try transcriber.transcribe(file: path), try recognised.get())
        #expect(
          recognised.transcript == alone.transcript && recognised.candidates == alone.candidates)
        #expect(recognised.file == path && !recognised.transcript.text.isEmpty)
      }
    }
  }

  @Test func aBadFileKeepsNoOtherFromBeRecognised() throws {
    try withTemporaryFolder { folder in
      let good = Self.sound(SyntheticVoice.speech(seconds: 1))
      var bad = Self.sound(SyntheticVoice.speech(seconds: 1))
      bad.samples[9000] = .nan
      try AudioFile.write(good, to: folder + "/good.wav")
      let transcriber = try Self.transcriber()
      let recognised = transcriber.transcribe(
        files: ["/none.wav", "/good.wav", "/none.flac", "/good.wav"].map { folder + $0 })
      let expected = try transcriber.transcribe(file: folder + "/good.wav").transcript
      #expect(throws: AudioError.self) { try recognised[0].get() }
      #expect(throws: AudioError.self) { try recognised[2].get() }
      #expect(try recognised[1].get().transcript == expected)
      #expect(try recognised[3].get().transcript == expected)
      var listening = transcriber
      listening.leavesOutSilence = false
      #expect(throws: RecognitionError.notANumber(sampleIndex: 9000)) {
        try listening.transcripts(of: bad)
      }
    }
  }

  @Test func aFileTellsItsDurationAndLabels() throws {
    try withTemporaryFolder { folder in
      let waveform = Waveform(samples: SyntheticVoice.speech(seconds: 1), sampleRate: 8000)
      try AudioFile.write(waveform, to: folder + "/a.wav")
      let recognised = try Self.transcriber().transcribe(file: folder + "/a.wav")
      #expect(recognised.duration == 2)
      #expect(recognised.labels.texts == [" ", "a", "b"])
      #expect(recognised.labels.secondsPerFrame == 0.02)
    }
  }

  /// A piece of more than two minutes goes through a stream while it is read, others wait for each other.
  @Test(arguments: [true, false]) func longPiecesAreRecognisedAsTheWholeIs(leavesOut: Bool) throws {
    try withTemporaryFolder { folder in
      let speech = SyntheticVoice.speech(seconds: 2)
      let long = Array(repeatElement(speech, count: 65).joined())
      let pause = SyntheticVoice.silence(seconds: 3)
      let path = folder + "/long.wav"
      let sound = Self.sound(speech, pause, long, pause, speech)
      try AudioFile.write(sound, to: path)
      var transcriber = try Self.transcriber()
      transcriber.leavesOutSilence = leavesOut
      let recognizer = transcriber.recognizer
      let samples = try AudioFile.read(path).samples
      let frameLength = 320
      let ranges =
        leavesOut
        ? Waveform(samples: samples, sampleRate: 16000).speechPieces(alignment: frameLength)
        : [0..<samples.count]
      #expect(ranges.contains { $0.count > 125 * 16000 })
      let pieces = try ranges.map { range in
        let piece = Waveform(samples: Array(samples[range]), sampleRate: 16000)
        return Transcript.Piece(
          candidates: [try recognizer.transcribe(piece)],
          startFrame: range.lowerBound / frameLength)
      }
      let expected = Transcript.joining(
        pieces, spaceLabel: recognizer.alphabet.spaceLabel,
        secondsPerFrame: recognizer.secondsPerFrame)
      #expect(try transcriber.transcribe(file: path).transcript == expected[0])
    }
  }
}
