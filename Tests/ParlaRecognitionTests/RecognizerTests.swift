import ParlaAcousticModel
import ParlaAudio
import ParlaDecoding
import ParlaModelDescription
import ParlaNeuralNetwork
import ParlaRecognition
import ParlaTestSupport
import ParlaTranscripts
import Testing

@Suite struct RecognizerTests {
  /// A recogniser of three letters that reads greedily, all of the sound.
  static func recognizer(
    precision: WeightPrecision = .float32, threadCount: Int = 1
  ) throws -> Recognizer {
    var recognizer = try Recognizer(
      model: model(), precision: precision, threadCount: threadCount)
    recognizer.decoder = nil
    recognizer.leavesOutSilence = false
    return recognizer
  }

  private static func model(metadata: ModelMetadata? = nil) throws -> AcousticModel {
    let alphabet = try Alphabet(labels: [" ", "a", "b"])
    let description = try ModelDescription.deepSpeech(
      labelCount: alphabet.labelCount, settings: ["n_hidden": "6"])
    return AcousticModel(
      description: description, alphabet: alphabet,
      parameters: Parameters(initializing: description.graph.parameters, seed: 3),
      metadata: metadata)
  }

  @Test func whereNothingIsSaidItRecognizesAsTheProgramDoes() throws {
    let recognizer = try Recognizer(model: Self.model())
    #expect(recognizer.decoder == BeamSearchDecoder(beamWidth: 500))
    #expect(recognizer.leavesOutSilence)
    let advised = try Recognizer(model: Self.model(metadata: ModelMetadata(beamWidth: 7)))
    #expect(advised.decoder?.beamWidth == 7)
    // A second of silence between two sounds is left out, by the recogniser as by the transcriber of files.
    let noise = Self.noise(seconds: 1, sampleRate: 16000).samples
    let silence = [Float](repeating: 0, count: 48000)
    let waveform = Waveform(samples: noise + silence + noise, sampleRate: 16000)
    let found = try advised.transcribe(waveform)
    #expect(try found == RecordingTranscriber(advised).transcripts(of: waveform).first)
    var whole = advised
    whole.leavesOutSilence = false
    #expect(try whole.transcribe(waveform) != found)
  }

  static func noise(seconds: Double, sampleRate: Int, seed: UInt64 = 7) -> Waveform {
    var generator = SeededGenerator(seed: seed)
    let samples = (0..<Int(seconds * Double(sampleRate))).map { _ in
      Float.random(in: -0.5...0.5, using: &generator)
    }
    return Waveform(samples: samples, sampleRate: sampleRate)
  }

  @Test func nothingIsRecognisedInNothing() throws {
    let recognizer = try Self.recognizer()
    let nothing = Waveform(samples: [], sampleRate: 16000)
    #expect(try recognizer.transcribe(nothing).text == "")
    #expect(try recognizer.labelProbabilities(nothing).frameCount == 0)
  }

  @Test(arguments: [1, 511, 512, 513]) func theLastWindowIsFilledUp(count: Int) throws {
    let waveform = Waveform(samples: [Float](repeating: 0, count: count), sampleRate: 16000)
    let found = try Self.recognizer().labelProbabilities(waveform)
    #expect(found.frameCount == (count < 512 ? 1 : 2))
  }

  @Test func anyRateIsRecognised() throws {
    let recognizer = try Self.recognizer()
    for rate in [8000, 16000, 44100] {
      let probabilities = try recognizer.labelProbabilities(
        Self.noise(seconds: 1, sampleRate: rate))
      #expect(probabilities.frameCount == 50)
      #expect(probabilities.labelCount == 4)
      for frame in 0..<50 {
        let sum = probabilities.values[4 * frame..<4 * frame + 4].reduce(0, +)
        #expect(abs(sum - 1) < 1e-5)
      }
    }
  }

  @Test func aFileIsRecognisedAsItsWaveformIs() throws {
    try withTemporaryFolder { folder in
      let recognizer = try Self.recognizer()
      let waveform = Self.noise(seconds: 0.5, sampleRate: 16000)
      try AudioFile.write(waveform, to: folder + "/a.wav")
      let read = try AudioFile.read(folder + "/a.wav")
      #expect(
        try recognizer.transcribe(file: folder + "/a.wav") == recognizer.transcribe(read))
    }
  }

  @Test func beamSearchGivesSeveralCandidatesBestFirst() throws {
    var recognizer = try Self.recognizer()
    recognizer.decoder = BeamSearchDecoder(beamWidth: 20)
    let found = try recognizer.candidates(Self.noise(seconds: 1, sampleRate: 16000), count: 3)
    #expect(found.count == 3)
    #expect(found.map(\.naturalLogProbability) == found.map(\.naturalLogProbability).sorted(by: >))
  }
}
