import ParlaAudio
import ParlaDescriptions
import ParlaFiles
import ParlaTestSupport
import Testing

@Suite struct FeatureExtractorTests {
  @Test(arguments: [
    "syn_512", "syn_831", "syn_dc", "syn_noise", "syn_short511", "syn_sine440", "syn_zero",
  ])
  func mfccEqualsTensorFlow(name: String) throws {
    try expectGolden(name, "mfcc", FeatureSettings(), absolute: 1e-4)
  }

  @Test(arguments: ["syn_512", "syn_831", "syn_dc", "syn_noise", "syn_sine440"])
  func powerSpectrogramEqualsTensorFlow(name: String) throws {
    let settings = try FeatureSettings(kind: "power_spectrogram", [:])
    try expectGolden(name, "spectrogram", settings, absolute: 1e-9)
  }

  @Test func eightKilohertzEqualsAnIndependentComputation() throws {
    let mfcc = try FeatureSettings(["sample_rate": 8000])
    #expect(mfcc.windowLength == 256)
    try expectGolden("chirp_8000", "mfcc", mfcc, absolute: 1e-4)
    let spectrogram = try FeatureSettings(
      kind: "power-spectrogram", ["sample_rate": 8000])
    try expectGolden("chirp_8000", "spectrogram", spectrogram, absolute: 1e-9)
  }

  @Test func fewerCoefficientsAreTheFirstOnes() throws {
    let waveform = try AudioFile.read(Fixture.path("features/syn_831.wav"))
    let all = try FeatureExtractor(FeatureSettings(["coefficients": 40])).features(
      of: waveform)
    let some = try FeatureExtractor(FeatureSettings(["coefficients": 13])).features(
      of: waveform)
    #expect(Array(all.values.prefix(13)) == some.values)
  }

  @Test func oneSampleShortOfAWindowGivesNoFrame() throws {
    let extractor = FeatureExtractor(FeatureSettings())
    for (sampleCount, frameCount) in [(0, 0), (511, 0), (512, 1), (831, 1), (832, 2)] {
      let silence = Waveform(
        samples: [Float](repeating: 0, count: sampleCount), sampleRate: 16000)
      #expect(try extractor.features(of: silence).frameCount == frameCount)
    }
  }

  @Test func wrongSampleRateNamesBothRates() throws {
    let extractor = FeatureExtractor(FeatureSettings())
    let error = #expect(throws: AudioError.wrongSampleRate(found: 8000, expected: 16000)) {
      try extractor.features(of: Waveform(samples: [], sampleRate: 8000))
    }
    #expect(error?.description.contains("8000") == true)
    #expect(error?.description.contains("16000") == true)
  }

  @Test(
    arguments: [
      (["sample_rate": 0], "sample_rate"), (["window": 0], "window"),
      (["window": 1e300], "window"), (["sample_rate": 11025], "window"),
      (["sample_rate": 1000, "window": 3], "window"),
      (["sample_rate": 11025, "window": 40, "step": 10], "step"), (["step": -20], "step"),
      (["coefficients": 41], "coefficients"), (["coefficients": 0], "coefficients"),
      (["context": -1], "context"), (["chanels": 3], "chanels"),
    ] as [([String: FieldValue], String)])
  func impossibleSettingIsNamed(settings: [String: FieldValue], name: String) {
    let error = #expect(throws: AudioError.self) {
      try FeatureSettings(settings)
    }
    guard case .invalidSetting(name, _, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  private func expectGolden(
    _ name: String, _ kind: String, _ settings: FeatureSettings, absolute: Float
  ) throws {
    let waveform = try AudioFile.read(Fixture.path("features/\(name).wav"))
    let expected = try NumPyArray(path: Fixture.path("features/\(name).\(kind).npy"))
    let features = try FeatureExtractor(settings).features(of: waveform)
    #expect([features.frameCount, features.featureCount] == expected.shape)
    expectClose(features.values, expected.values, absolute: absolute, relative: 1e-5)
  }
}
