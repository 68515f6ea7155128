import ParlaAudio
import ParlaDescriptions
import ParlaFiles
import ParlaTestSupport
import Testing

struct KurFeaturesTests {
  private static let clips = [
    "chirp", "float32", "int32", "uint8", "odd_rate_11025", "zeros", "noise_exact_frames",
    "too_short_319",
  ]

  private func path(_ name: String) -> String { Fixture.path("kur/features/\(name)") }

  private func expectGolden(
    _ clip: String, _ golden: String, _ features: KurFeatures, absolute: Float = 1e-5
  ) throws {
    let expected = try NumPyArray(path: path("\(clip).\(golden).npy"))
    let sound = try StoredSound(path: path("\(clip).wav"), asKurDid: true)
    let frames = try features.frames(of: sound)
    #expect([frames.count, frames.first?.count ?? 0] == expected.shape, "\(clip) \(golden)")
    expectClose(
      frames.joined().map { Float($0) }, expected.values, absolute: absolute, relative: 2e-6)
  }

  @Test(arguments: clips) func spectrogramsAreThoseOfKur(clip: String) throws {
    guard clip != "too_short_319" else { return }
    let features = KurFeatures(.spectrogram, highestFrequency: 8000)
    if clip != "chirp" { try expectGolden(clip, "spec", features) }
    try expectGolden(
      clip, "spec_cut1200", KurFeatures(.spectrogram, highestFrequency: 1200))
  }

  @Test(arguments: clips) func cepstraAreThoseOfKur(clip: String) throws {
    // Kur computes in 32 bits where a file has floating-point numbers of 32 bits.
    let absolute: Float = clip == "float32" ? 1e-4 : 1e-5
    try expectGolden(clip, "mfcc", KurFeatures(.mfcc), absolute: absolute)
    try expectGolden(
      clip, "mfcc_cut1200", KurFeatures(.mfcc, highestFrequency: 1200), absolute: absolute)
  }

  @Test func theFrontEndComputesTheSame() throws {
    let settings = try FeatureSettings(
      kind: "kur_spec", ["max_frequency": .number(1200), "context": .number(0)])
    let features = try FeatureExtractor(settings).features(of: AudioFile.read(path("chirp.wav")))
    let expected = try NumPyArray(path: path("chirp.spec_cut1200.npy"))
    #expect([features.frameCount, features.featureCount] == expected.shape)
    expectClose(features.values, expected.values, absolute: 1e-5, relative: 2e-6)
  }

  @Test func theFrontEndOfCepstraComputesTheSame() throws {
    let settings = try FeatureSettings(
      kind: "kur_mfcc", ["max_frequency": .number(1200), "context": .number(0)])
    let extractor = FeatureExtractor(settings)
    let waveform = try AudioFile.read(path("chirp.wav"))
    let features = try extractor.features(of: waveform)
    let expected = try NumPyArray(path: path("chirp.mfcc_cut1200.npy"))
    // The last window is not full, and so none here.
    #expect([features.frameCount + 1, features.featureCount] == expected.shape)
    expectClose(
      features.values, Array(expected.values.prefix(features.values.count)), absolute: 1e-5,
      relative: 2e-6)
    for length in [1, 159, 161, 4000] {
      var stream = StreamingFeatureExtractor(extractor)
      var values: [Float] = []
      for start in stride(from: 0, to: waveform.samples.count, by: length) {
        let end = min(start + length, waveform.samples.count)
        values += stream.feed(Array(waveform.samples[start..<end])).values
      }
      #expect(values == features.values, "\(length)")
      #expect(stream.finish(paddingLastWindow: true).frameCount == 1)
      #expect(stream.feed(waveform.samples).values == features.values)
    }
  }

  @Test func soundShorterThanAWindowHasNoSpectrogram() throws {
    let sound = try StoredSound(path: path("too_short_319.wav"))
    #expect(throws: AudioError.tooShort(found: 319, expected: 320)) {
      _ = try KurFeatures(.spectrogram).frames(of: sound)
    }
  }

  @Test func floatingPointAndEightBitsAreAsLoudAsOtherSound() throws {
    for clip in ["float32", "uint8"] {
      let sound = try StoredSound(path: path("\(clip).wav"))
      let waveform = try AudioFile.read(path("\(clip).wav"))
      let scaled = sound.samples.map { Float($0 / sound.fullScale) }
      expectClose(scaled, waveform.samples, absolute: 1e-6)
    }
  }

  @Test func normalisationLearnsWhatItAppliesTo() throws {
    let frames = (0..<60).map { index in
      let x = Double(index * 37 % 60) / 7
      let y = Double(index * 17 % 60) / 5
      return [x, x + 0.1 * y, 3, y - 2 * x]
    }
    let statistics = try #require(FeatureNormalization.Statistics(of: frames))
    #expect(statistics.deviation[2] == 1)
    #expect(statistics.scales.last == 0)
    let normalized = frames.map(FeatureNormalization(statistics).normalized)
    let again = try #require(FeatureNormalization.Statistics(of: normalized))
    for (index, mean) in again.mean.enumerated() { #expect(abs(mean) < 1e-9, "\(index)") }
    // Three of four features vary, in three directions, each by one in the end.
    let variances = again.scales.map { $0 == 0 ? 0 : 1 / ($0 * $0) }
    expectClose(variances.prefix(2).map(Float.init), [1, 1], absolute: 1e-6)
    #expect(FeatureNormalization.Statistics(of: Array(frames.prefix(3))) == nil)
  }
}
