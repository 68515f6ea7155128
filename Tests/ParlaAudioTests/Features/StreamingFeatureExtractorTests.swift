import ParlaAudio
import ParlaDescriptions
import ParlaTestSupport
import Testing

@Suite struct StreamingFeatureExtractorTests {
  /// Statistics of some training.
  private static func known(_ normalization: String) -> [String: FieldValue] {
    [
      "normalization": .text(normalization),
      "mean": .list((0..<40).map { .number(Double($0) / 10 - 6) }),
      "deviation": .list((0..<40).map { .number(1 + Double($0) / 20) }),
    ]
  }

  /// A step longer than the window leaves samples out between windows.
  @Test(
    arguments: [1, 160, 319, 320, 511, 512, 513, 5000, 100_000],
    [
      ("mfcc", [:]), ("power_spectrogram", [:]),
      ("mfcc", ["window": 20, "step": 50]), ("sound", [:]),
      ("sound", ["frame": 7, "normalization": "utterance"]), ("log_mel", [:]),
      ("log_mel", ["normalization": "utterance"]),
      ("log_mel", Self.known("fixed")), ("log_mel", Self.known("running")),
    ] as [(String, [String: FieldValue])])
  func anyChunkingEqualsTheWhole(chunk: Int, described: (String, [String: FieldValue])) throws {
    let settings = try FeatureSettings(kind: described.0, described.1)
    let whole = try AudioFile.read(Fixture.path("features/syn_noise.wav"))
    let waveform = Waveform(samples: Array(whole.samples.prefix(4000)), sampleRate: 16000)
    let extractor = FeatureExtractor(settings)
    var stream = StreamingFeatureExtractor(extractor)
    var values: [Float] = []
    for start in stride(from: 0, to: waveform.samples.count, by: chunk) {
      let piece = waveform.samples.dropFirst(start).prefix(chunk)
      values += stream.feed(Array(piece)).values
    }
    values += stream.finish().values
    #expect(values == (try extractor.features(of: waveform).values))
  }

  @Test func paddingGivesOneMoreFrameOfWhatIsLeft() throws {
    let waveform = try AudioFile.read(Fixture.path("features/syn_831.wav"))
    let extractor = FeatureExtractor(FeatureSettings())
    var stream = StreamingFeatureExtractor(extractor)
    #expect(stream.feed(waveform.samples).frameCount == 1)
    let last = stream.finish(paddingLastWindow: true)
    let padded = Waveform(
      samples: waveform.samples + [Float](repeating: 0, count: 1), sampleRate: 16000)
    #expect(last.values == (try Array(extractor.features(of: padded).values.suffix(26))))
  }

  @Test func afterItsEndAStreamStartsAgain() throws {
    let waveform = try AudioFile.read(Fixture.path("features/syn_831.wav"))
    var stream = StreamingFeatureExtractor(FeatureExtractor(FeatureSettings()))
    let first = stream.feed(waveform.samples)
    #expect(stream.finish().frameCount == 0)
    #expect(stream.feed([]).frameCount == 0)
    #expect(stream.feed(waveform.samples) == first)
    #expect(stream.finish(paddingLastWindow: true).frameCount == 1)
    #expect(stream.finish(paddingLastWindow: true).frameCount == 0)
  }
}
