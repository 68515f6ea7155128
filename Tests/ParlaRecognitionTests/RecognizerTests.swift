import ParlaAcousticModel
import ParlaAudio
import ParlaDecoding
import ParlaNeuralNetwork
import ParlaRecognition
import ParlaTestSupport
import ParlaTranscripts
import Testing

@Suite struct RecognizerTests {
  static func recognizer(
    precision: WeightPrecision = .float32, threadCount: Int = 1
  ) throws -> Recognizer {
    let alphabet = try Alphabet(labels: [" ", "a", "b"])
    let description = try ModelDescription.deepSpeech(
      labelCount: alphabet.labelCount, settings: ["n_hidden": "6"])
    let model = AcousticModel(
      description: description, alphabet: alphabet,
      parameters: Parameters(initializing: description.graph.parameters, seed: 3))
    return try Recognizer(model: model, precision: precision, threadCount: threadCount)
  }

  static func noise(seconds: Double, sampleRate: Int, seed: UInt64 = 7) -> Waveform {
    var generator = SeededGenerator(seed: seed)
    let samples = (0..<Int(seconds * Double(sampleRate))).map { _ in
      Float.random(in: -0.5...0.5, using: &generator)
    }
    return Waveform(samples: samples, sampleRate: sampleRate)
  }

  @Test func nothingIsHeardInNothing() throws {
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

  @Test func anyRateIsHeard() throws {
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

  @Test func aFileIsHeardAsItsWaveformIs() throws {
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
