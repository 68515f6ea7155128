import ParlaAudio
import ParlaDecoding
import ParlaRecognition
import ParlaTestSupport
import ParlaTranscripts
import Testing

@Suite struct RecognitionStreamTests {
  static let sound = RecognizerTests.noise(seconds: 2.3, sampleRate: 16000).samples

  /// Feeds `samples` in pieces of `pieceLength`.
  static func recognise(
    _ samples: [Float], pieceLength: Int,
    _ options: RecognitionOptions = RecognitionOptions(decoder: nil)
  ) throws -> [Transcript] {
    let stream = try RecognizerTests.recognizer().makeStream(options: options)
    for start in stride(from: 0, to: samples.count, by: pieceLength) {
      try stream.feed(samples[start..<min(start + pieceLength, samples.count)])
    }
    return try stream.finish(count: 3)
  }

  @Test(arguments: [1, 100, 320, 511, 512, 5000, 16000])
  func anyPiecesAreRecognisedAsTheWhole(pieceLength: Int) throws {
    let samples = Array(Self.sound.prefix(pieceLength == 1 ? 4000 : Self.sound.count))
    let options = RecognitionOptions(decoder: BeamSearchDecoder(beamWidth: 20))
    let whole = try Self.recognise(samples, pieceLength: samples.count, options)
    #expect(whole.count == 3)
    #expect(try Self.recognise(samples, pieceLength: pieceLength, options) == whole)
    let greedy = try Self.recognise(samples, pieceLength: samples.count)
    #expect(try Self.recognise(samples, pieceLength: pieceLength) == greedy)
  }

  @Test(arguments: [1, 3, 16, 50]) func stepsOfAnyLengthGiveTheSameText(frames: Int) throws {
    let options = RecognitionOptions(decoder: nil, framesPerStep: frames)
    let recognised = try Self.recognise(Self.sound, pieceLength: 320, options)
    let whole = try RecognizerTests.recognizer().transcribe(
      Waveform(samples: Self.sound, sampleRate: 16000))
    #expect(recognised.map(\.text) == [whole.text])
    #expect(recognised.map(\.words) == [whole.words])
  }

  @Test func integersAreRecognisedAsTheirFractions() throws {
    let integers = Self.sound.map { Int16($0 * 32768) }
    let stream = try RecognizerTests.recognizer().makeStream()
    try stream.feed(int16: integers)
    let recognised = try stream.finish()
    #expect(
      try recognised
        == Self.recognise(integers.map { Float($0) / 32768 }, pieceLength: integers.count))
  }

  @Test func askingInBetweenChangesNothing() throws {
    let stream = try RecognizerTests.recognizer().makeStream()
    for start in stride(from: 0, to: Self.sound.count, by: 4000) {
      try stream.feed(Self.sound[start..<min(start + 4000, Self.sound.count)])
      let decoded = stream.intermediate()[0]
      let all = stream.intermediateFlushing()[0]
      #expect(decoded.words.count <= all.words.count + 1)
    }
    let flushed = stream.intermediateFlushing()
    let recognised = try stream.finish()
    #expect(flushed == recognised)
    #expect(try recognised == Self.recognise(Self.sound, pieceLength: Self.sound.count))
    #expect(stream.intermediate() == recognised)
  }

  @Test func whatIsDecodedLagsBehindByItsContextAndAStep() throws {
    let stream = try RecognizerTests.recognizer().makeStream(
      options: RecognitionOptions(decoder: nil, framesPerStep: 16))
    // 25 frames: 16 with nine after each.
    try stream.feed(Self.sound.prefix(512 + 24 * 320 - 1))
    #expect(stream.decodedFrameCount == 0)
    try stream.feed(CollectionOfOne(0.1))
    #expect(stream.decodedFrameCount == 16)
    _ = try stream.finish()
    #expect(stream.decodedFrameCount == 26)
  }

  @Test func nothingIsTakenAfterTheEnd() throws {
    let stream = try RecognizerTests.recognizer().makeStream()
    #expect(try stream.finish().map(\.text) == [""])
    #expect(throws: RecognitionError.finished) { try stream.feed([0.5]) }
    #expect(throws: RecognitionError.finished) { try stream.feed(int16: [5]) }
    #expect(throws: RecognitionError.finished) { try stream.finish() }
    #expect(stream.intermediateFlushing().map(\.text) == [""])
  }

  @Test func aScorerOfAnotherAlphabetIsRefused() throws {
    let recognizer = try RecognizerTests.recognizer()
    let path = Fixture.path("scorers/toy.scorer")
    let letters = try Alphabet(labels: [" ", "a", "b", "c", "d", "e", "f"])
    let decoder = BeamSearchDecoder(scorer: try Scorer(path: path, alphabet: letters))
    #expect(
      throws: RecognitionError.otherAlphabet(
        scorer: path, found: "\" abcdef\"", expected: "\" ab\"")
    ) { try recognizer.makeStream(options: RecognitionOptions(decoder: decoder)) }
    let bytes = Fixture.path("scorers/toy.bytes.scorer")
    let inBytes = BeamSearchDecoder(scorer: try Scorer(path: bytes, alphabet: nil))
    #expect(
      throws: RecognitionError.otherAlphabet(
        scorer: bytes, found: "bytes", expected: "\" ab\"")
    ) { try recognizer.makeStream(options: RecognitionOptions(decoder: inBytes)) }
    var searching = recognizer
    searching.decoder = inBytes
    #expect(
      throws: RecognitionError.otherAlphabet(
        scorer: bytes, found: "bytes", expected: "\" ab\"")
    ) { try searching.transcribe(RecognizerTests.noise(seconds: 0.1, sampleRate: 16000)) }
  }

  @Test func whatIsNotANumberIsNamed() throws {
    let stream = try RecognizerTests.recognizer().makeStream()
    try stream.feed([Float](repeating: 0, count: 1000))
    #expect(throws: RecognitionError.notANumber(sampleIndex: 1002)) {
      try stream.feed([0, 0, .nan, .infinity])
    }
    try stream.feed([0, 0])
    _ = try stream.finish()
  }
}
