import ParlaAcousticModel
import ParlaAudio
import ParlaModelDescription
import ParlaNeuralNetwork
import ParlaTestSupport
import ParlaTranscripts
import Testing

@testable import ParlaRecognition

/// Networks in which frames become fewer, wait for others, or need the whole.
@Suite struct GraphRecognitionTests {
  static func model(
    _ layers: String, features: String = "type: mfcc, context: 1"
  ) throws -> AcousticModel {
    let alphabet = try Alphabet(labels: [" ", "a", "b"])
    let yaml = "features: {\(features)}\nmodel:\n\(layers)\n  - dense: {size: 4}"
    let description = try ModelFile(yaml: yaml, path: "a.yaml").description(labelCount: 4)
    return AcousticModel(
      description: description, alphabet: alphabet,
      parameters: Parameters(initializing: description.graph.parameters, seed: 3))
  }

  static let lookingAhead = """
      - convolution_1d: {name: first, channels: 6, size: 5, stride: 2}
      - convolution_1d: {name: second, channels: 6, size: 7}
      - merge: {inputs: [first, second]}
      - recurrent: {type: gru, size: 5}
    """
  static let running =
    "type: log_mel, channels: 3, normalization: running, "
    + "mean: [-2, -3, -4], deviation: [1, 2, 3]"
  static let bothWays = "  - bidirectional: {name: both, type: lstm, size: 5}"

  static func sound(_ count: Int) -> [Float] {
    var generator = SeededGenerator(seed: 4)
    return (0..<count).map { _ in .random(in: -0.5...0.5, using: &generator) }
  }

  /// However sound arrives, the end brings what was held back: probabilities are those of the whole.
  @Test(
    arguments: [
      (lookingAhead, "type: mfcc, context: 1"), (bothWays, "type: mfcc, context: 1"),
      (lookingAhead, running), (bothWays, "type: log_mel, channels: 5, normalization: utterance"),
    ], WeightPrecision.allCases)
  func piecesGiveTheProbabilitiesOfTheWhole(
    network: (layers: String, features: String), precision: WeightPrecision
  ) throws {
    let model = try Self.model(network.layers, features: network.features)
    let recognizer = try Recognizer(model: model, precision: precision)
    // Longer than what goes through the network at once.
    let samples = Self.sound(47_321)
    let whole = try recognizer.labelProbabilities(
      Waveform(samples: samples, sampleRate: recognizer.sampleRate))
    let stretch = Stretch(
      recognizer, RecognitionOptions(decoder: nil), purpose: .probabilities, staysOpen: true)
    var turns = TurnLoop(recognizer)
    turns.plan.add(stretch)
    for start in stride(from: 0, to: samples.count, by: 1777) {
      try stretch.feed(Array(samples[start..<min(start + 1777, samples.count)]))
      turns.run()
    }
    try stretch.end()
    turns.run()
    let pieces = stretch.probabilities
    expectClose(pieces.values, whole.values, absolute: 1e-5)
    guard precision == .float32 else { return }
    let extractor = FeatureExtractor(model.description.features)
    var streaming = StreamingFeatureExtractor(extractor)
    var features = streaming.feed(samples).values
    features += streaming.finish(paddingLastWindow: true).values
    let matrix = FeatureMatrix(
      frameCount: features.count / extractor.settings.featureCount,
      featureCount: extractor.settings.featureCount, values: features)
    let expected = model.probabilities(of: [matrix], compute: Compute(threadCount: 1))[0]
    expectClose(whole.values, expected.values, absolute: 1e-5)
    #expect(expected.frameCount == model.graph.outputLength(matrix.frameCount))
  }

  /// Preset networks give the same text live and from a file, in any precision and next to other streams.
  @Test(arguments: NetworkPreset.allCases, WeightPrecision.allCases)
  func presetsGiveTheSameTextLiveAndFromFiles(
    preset: NetworkPreset, precision: WeightPrecision
  ) throws {
    let alphabet = try Alphabet(labels: [" ", "a", "b"])
    let description = try preset.file.description(
      labelCount: 4, settings: ["n_hidden": precision == .int4 ? "256" : "16"])
    let model = AcousticModel(
      description: description, alphabet: alphabet,
      parameters: Parameters(initializing: description.graph.parameters, seed: 3))
    let recognizer = try Recognizer(model: model, precision: precision)
    let samples = Self.sound(15_321)
    let whole = try recognizer.labelProbabilities(
      Waveform(samples: samples, sampleRate: recognizer.sampleRate))
    let stretches = (0..<2).map { _ in
      Stretch(
        recognizer, RecognitionOptions(decoder: nil), purpose: .probabilities, staysOpen: true)
    }
    var turns = TurnLoop(recognizer)
    for stretch in stretches { turns.plan.add(stretch) }
    for start in stride(from: 0, to: samples.count, by: 1777) {
      let piece = Array(samples[start..<min(start + 1777, samples.count)])
      try stretches[0].feed(piece)
      try stretches[1].feed(piece.reversed())
      turns.run()
    }
    for stretch in stretches { try stretch.end() }
    turns.run()
    // Many frames at once are rounded to bfloat16 where the processor multiplies such numbers.
    let difference: Float = precision == .bfloat16 ? 1e-3 : 1e-5
    expectClose(stretches[0].probabilities.values, whole.values, absolute: difference)
  }

  /// A network that writes `a` where it is loud and a space where it is quiet, a frame for each 40 ms.
  static func loudnessModel() throws -> AcousticModel {
    let yaml = """
      features: {type: log_mel, channels: 1, normalization: fixed, mean: [-3], deviation: [3]}
      model:
        - convolution_1d: {name: first, channels: 1, size: 3, stride: 2}
        - convolution_1d: {name: second, channels: 1, size: 3, stride: 2}
        - dense: {name: labels, size: 3}
      """
    let description = try ModelFile(yaml: yaml, path: "a.yaml").description(labelCount: 3)
    let values: [[Float]] = [[0, 1, 0], [0], [0, 1, 0], [0], [-9, 9, 0], [0, 0, -5]]
    let specifications = description.graph.parameters
    let tensors = zip(specifications, values).map { Tensor(shape: $0.shape, values: $1) }
    return AcousticModel(
      description: description, alphabet: try Alphabet(labels: [" ", "a"]),
      parameters: Parameters(specifications: specifications, tensors: tensors))
  }

  /// Words stand where the sound is, though a frame of the network lasts four of the features.
  @Test(arguments: WeightPrecision.allCases, [640, 5000, 40_000])
  func timesAreThoseOfTheSound(precision: WeightPrecision, piece: Int) throws {
    let recognizer = try Recognizer(model: Self.loudnessModel(), precision: precision)
    #expect(recognizer.secondsPerFrame == 0.04)
    let spoken = [0.4..<0.7, 1.0..<1.2, 1.5..<2.1]
    var samples = Self.sound(40_000)
    for index in samples.indices
    where !spoken.contains(where: { $0.contains(Double(index) / 16000) }) {
      samples[index] = 0
    }
    let stream = try recognizer.makeStream()
    for start in stride(from: 0, to: samples.count, by: piece) {
      try stream.feed(samples[start..<min(start + piece, samples.count)])
    }
    let words = try stream.finish()[0].words
    #expect(words.map(\.text) == ["a", "a", "a"])
    for (word, range) in zip(words, spoken) {
      // A word starts 80 ms before its first label.
      #expect(abs(word.start + 0.08 - range.lowerBound) <= 0.04, "\(word)")
      #expect(abs(word.end - range.upperBound) <= 0.04, "\(word)")
      #expect((0...1).contains(word.confidence ?? -1))
    }
  }

  /// The same in recordings that are cut at silences: pieces are placed in frames of the network, not of the features.
  @Test func timesOfPiecesAreThoseOfTheRecording() throws {
    let recognizer = try Recognizer(model: Self.loudnessModel())
    var samples: [Float] = []
    for _ in 0..<3 {
      samples += SyntheticVoice.silence(seconds: 2) + SyntheticVoice.speech(seconds: 1)
    }
    samples += SyntheticVoice.silence(seconds: 2)
    let sound = Waveform(samples: samples, sampleRate: 16000)
    #expect(sound.speechPieces(alignment: 160).count == 3)
    let words = try recognizer.transcribe(sound).words
    let spoken = [2.0..<3.0, 5.0..<6.0, 8.0..<9.0]
    for word in words {
      let range = spoken.first {
        $0.lowerBound - 0.3 < word.start && word.end < $0.upperBound + 0.3
      }
      #expect(range != nil, "\(word)")
    }
    for range in spoken {
      #expect(words.contains { range.contains($0.end) }, "\(range)")
    }
  }

  /// A network of attention over all frames recognises long sound in windows, with the same result: distant frames hardly matter
  /// here.
  @Test(arguments: [3_000, 960_000, 1_700_001])
  func longSoundGoesInWindowsWithoutSeams(count: Int) throws {
    let layers = """
        - pooling: {type: average, size: 320, stride: 320, padding: valid}
        - dense: {name: wide, size: 4}
        - attention: {name: all, heads: 1}
        - merge: {name: sum, inputs: [wide, all]}
      """
    let model = try Self.model(layers, features: "type: sound")
    let recognizer = try Recognizer(model: model)
    let samples = Self.sound(count)
    let sound = Waveform(samples: samples, sampleRate: 16000)
    let found = try recognizer.labelProbabilities(sound)
    let whole = model.probabilities(
      of: try FeatureExtractor(model.description.features).features(of: sound),
      compute: Compute(threadCount: 1))
    #expect(found.frameCount == count / 320)
    // Each frame of attention is a mean over some thousand.
    expectClose(found.values, whole.values, absolute: 2e-3)
  }

  @Test func whoNeedsTheWholeSaysSoByName() throws {
    let recognizer = try Recognizer(model: Self.model(Self.bothWays))
    let error = #expect(throws: RecognitionError.self) { try recognizer.makeStream() }
    #expect(error == .needsWhole(layers: ["both"]))
    #expect(error?.description.contains("layers both need the whole recording") == true)
    // Before anybody has spoken.
    #expect(throws: RecognitionError.self) { try UtteranceListener(recognizer) }
    #expect(throws: RecognitionError.self) {
      try ScheduledListener(StreamScheduler(recognizer))
    }
    _ = try recognizer.transcribe(Waveform(samples: Self.sound(16_000), sampleRate: 16_000))
    let whole = try Recognizer(
      model: Self.model(Self.lookingAhead, features: "type: log_mel, normalization: utterance"))
    let other = #expect(throws: RecognitionError.self) { try whole.makeStream() }
    #expect(other?.description.contains("normalised over the whole recording") == true)
  }
}
