import ParlaAudio
import ParlaTestSupport
import Testing

@Suite struct StreamingFeatureExtractorTests {
  /// A step longer than the window leaves samples out between windows.
  @Test(
    arguments: [1, 160, 319, 320, 511, 512, 513, 5000, 100_000],
    [
      FeatureSettings(), FeatureSettings(kind: .powerSpectrogram),
      FeatureSettings(windowMilliseconds: 20, stepMilliseconds: 50),
    ])
  func anyChunkingEqualsTheWhole(chunk: Int, settings: FeatureSettings) throws {
    let whole = try AudioFile.read(Fixture.path("features/syn_noise.wav"))
    let waveform = Waveform(samples: Array(whole.samples.prefix(4000)), sampleRate: 16000)
    let extractor = try FeatureExtractor(settings)
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
    let extractor = try FeatureExtractor(FeatureSettings())
    var stream = StreamingFeatureExtractor(extractor)
    #expect(stream.feed(waveform.samples).frameCount == 1)
    let last = stream.finish(paddingLastWindow: true)
    let padded = Waveform(
      samples: waveform.samples + [Float](repeating: 0, count: 1), sampleRate: 16000)
    #expect(last.values == (try Array(extractor.features(of: padded).values.suffix(26))))
  }

  @Test func afterItsEndAStreamStartsAnew() throws {
    let waveform = try AudioFile.read(Fixture.path("features/syn_831.wav"))
    var stream = StreamingFeatureExtractor(try FeatureExtractor(FeatureSettings()))
    let first = stream.feed(waveform.samples)
    #expect(stream.finish().frameCount == 0)
    #expect(stream.feed([]).frameCount == 0)
    #expect(stream.feed(waveform.samples) == first)
    #expect(stream.finish(paddingLastWindow: true).frameCount == 1)
    #expect(stream.finish(paddingLastWindow: true).frameCount == 0)
  }
}
