import ParlaAudio
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
    let settings = FeatureSettings(kind: .powerSpectrogram)
    try expectGolden(name, "spectrogram", settings, absolute: 1e-9)
  }

  @Test func eightKilohertzEqualsAnIndependentComputation() throws {
    let mfcc = FeatureSettings(sampleRate: 8000)
    #expect(mfcc.windowLength == 256)
    try expectGolden("chirp_8000", "mfcc", mfcc, absolute: 1e-4)
    let spectrogram = FeatureSettings(kind: .powerSpectrogram, sampleRate: 8000)
    try expectGolden("chirp_8000", "spectrogram", spectrogram, absolute: 1e-9)
  }

  @Test func fewerCoefficientsAreTheFirstOnes() throws {
    let waveform = try AudioFile.read(Fixture.path("features/syn_831.wav"))
    let all = try FeatureExtractor(FeatureSettings(coefficientCount: 40)).features(of: waveform)
    let some = try FeatureExtractor(FeatureSettings(coefficientCount: 13)).features(of: waveform)
    #expect(Array(all.values.prefix(13)) == some.values)
  }

  @Test func oneSampleShortOfAWindowGivesNoFrame() throws {
    let extractor = try FeatureExtractor(FeatureSettings())
    for (sampleCount, frameCount) in [(0, 0), (511, 0), (512, 1), (831, 1), (832, 2)] {
      let silence = Waveform(
        samples: [Float](repeating: 0, count: sampleCount), sampleRate: 16000)
      #expect(try extractor.features(of: silence).frameCount == frameCount)
    }
  }

  @Test func wrongSampleRateNamesBothRates() throws {
    let extractor = try FeatureExtractor(FeatureSettings())
    let error = #expect(throws: AudioError.wrongSampleRate(found: 8000, expected: 16000)) {
      try extractor.features(of: Waveform(samples: [], sampleRate: 8000))
    }
    #expect(error?.description.contains("8000") == true)
    #expect(error?.description.contains("16000") == true)
  }

  @Test(arguments: [
    (FeatureSettings(sampleRate: 0), "sampleRate"),
    (FeatureSettings(sampleRate: 16000, windowMilliseconds: 0), "windowMilliseconds"),
    (FeatureSettings(sampleRate: 16000, windowMilliseconds: .max), "windowMilliseconds"),
    (FeatureSettings(sampleRate: 11025, windowMilliseconds: 32), "windowMilliseconds"),
    (FeatureSettings(sampleRate: 1000, windowMilliseconds: 3), "windowMilliseconds"),
    (
      FeatureSettings(sampleRate: 11025, windowMilliseconds: 40, stepMilliseconds: 10),
      "stepMilliseconds"
    ),
    (FeatureSettings(stepMilliseconds: -20), "stepMilliseconds"),
    (FeatureSettings(coefficientCount: 41), "coefficientCount"),
    (FeatureSettings(coefficientCount: 0), "coefficientCount"),
    (FeatureSettings(contextFrameCount: -1), "contextFrameCount"),
  ])
  func impossibleSettingIsNamed(settings: FeatureSettings, name: String) {
    let error = #expect(throws: AudioError.self) { try FeatureExtractor(settings) }
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
