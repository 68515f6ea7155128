import Foundation
import ParlaTestSupport
import Testing

@testable import ParlaAudio

@Suite struct AugmentationPipelineTests {
  /// A tone of `seconds` at 16 kHz.
  static func tone(_ hertz: Double, seconds: Float = 1, amplitude: Float = 0.5) -> Waveform {
    Waveform(
      samples: (0..<Int(16000 * seconds)).map { index in
        amplitude * Float(sin(2 * .pi * hertz * Double(index) / 16000))
      }, sampleRate: 16000)
  }

  static func pipeline(_ specifications: String...) throws -> AugmentationPipeline {
    try AugmentationPipeline(specifications) { _ in [Fixture.path("features/syn_noise.wav")] }
  }

  static func context(seed: UInt64 = 1, minimum: Int = 1) -> AugmentationContext {
    AugmentationContext(
      settings: FeatureSettings(), clock: 0, minimumFrameCount: minimum,
      random: Counter(state: seed))
  }

  /// A generator of Knuth's constants.
  struct Counter: RandomNumberGenerator, Sendable {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ (state >> 31)
    }
  }

  static func features(
    _ waveform: Waveform, _ pipeline: AugmentationPipeline, seed: UInt64 = 1, minimum: Int = 1
  ) throws -> FeatureMatrix {
    var pass = pipeline.pass(context(seed: seed, minimum: minimum))
    return try pass.features(of: waveform, FeatureExtractor(FeatureSettings()))
  }

  @Test func theSameRandomNumbersGiveTheSameBitsAndOthersOthers() throws {
    let all = try AugmentationPipeline(
      AugmentationKinds.all.map { kind in
        let needsSource = [Overlay.name, Noise.name].contains(kind.name)
        return kind.name + (needsSource ? "[source=noise]" : "")
      }
    ) { _ in [Fixture.path("features/syn_noise.wav")] }
    #expect(all.entries.count == AugmentationKinds.all.count)
    let sound = Self.tone(440)
    let first = try Self.features(sound, all, seed: 1)
    let (again, other) = (
      try Self.features(sound, all, seed: 1), try Self.features(sound, all, seed: 2)
    )
    #expect(first == again)
    #expect(first != other)
    #expect(!first.values.contains { !$0.isFinite })
  }

  @Test(arguments: [
    "gain[db=1000]", "volume[dbfs=1e9]", "reverb[decay=-1]", "overlay[source=a,snr=-1e9]",
    "overlay[source=a,layers=100000]", "codec[bitrate=1]", "gain[p=-1]",
  ])
  func valuesThatLeaveNoSpeechAreRefused(specification: String) {
    #expect(throws: AudioError.self) { try Self.pipeline(specification) }
  }

  @Test(arguments: [8000, 11_025, 11_127, 22_050, 44_100, 192_000])
  func soundOfAnyRateIsChanged(rate: Int) throws {
    let pipeline = try Self.pipeline("gain[db=-6]", "telephone", "speed[factor=1.1]")
    let sound = Waveform(samples: Self.tone(440).samples, sampleRate: rate)
    var pass = pipeline.pass(
      try AugmentationContext(sampleRate: rate, clock: 0, random: Counter(state: 1)))
    let changed = try pass.sound(of: sound)
    #expect(changed.sampleRate == rate)
    #expect(abs(changed.samples.count - 14_545) < 200)
  }

  @Test func withoutAugmentationsFeaturesAreThoseOfTheExtractor() throws {
    let plain = try FeatureExtractor(FeatureSettings()).features(of: Self.tone(440))
    #expect(try Self.features(Self.tone(440), Self.pipeline()) == plain)
    // By way of the spectrogram the bits are the same.
    let never = try Self.pipeline("pitch[pitch=1]", "dropout[domain=features,rate=0]")
    #expect(try Self.features(Self.tone(440), never) == plain)
  }

  @Test func domainsFollowTheSoundAndKeepTheirOrder() throws {
    let pipeline = try Self.pipeline(
      "add", "pitch", "volume", "tempo", "gain", "add[domain=signal]")
    #expect(
      pipeline.entries.map { type(of: $0.augmentation).name }
        == ["volume", "gain", "add", "pitch", "tempo", "add"])
    #expect(pipeline.pass(Self.context()).needsSound)
    for others in [["add", "multiply"], ["pitch[p=0]", "volume[p=0]"]] {
      let pipeline = try AugmentationPipeline(others) { [$0] }
      #expect(!pipeline.pass(Self.context()).needsSound, "\(others)")
    }
  }

  @Test func neverFewerFramesThanTheTranscriptNeeds() throws {
    let sound = Self.tone(440)
    for specification in ["tempo[factor=3]", "speed[factor=3]"] {
      let pipeline = try Self.pipeline(specification)
      let free = try Self.features(sound, pipeline).frameCount
      #expect((15...17).contains(free), "\(specification): \(free) of 49")
      let held = try Self.features(sound, pipeline, minimum: 40).frameCount
      #expect((40...42).contains(held), "\(specification): \(held)")
    }
    #expect(try Self.features(sound, Self.pipeline("tempo[factor=0.5]")).frameCount == 98)
    #expect(
      try Self.pipeline("tempo[factor=1~0.5]", "speed[factor=0.8]").greatestLengthening == 2.5)
  }

  @Test func recommendedStandsForSeveral() throws {
    let pipeline = try Self.pipeline("recommended", "volume")
    #expect(pipeline.entries.count == AugmentationKinds.recommended.count + 1)
    #expect(pipeline.specifications.last == "volume")
  }

  @Test(arguments: [
    ("volume[dbfs=a]", "found dbfs=a, expected numbers as dbfs=5"),
    ("volume[gain=3]", "found gain=3, expected one of p, dbfs"),
    ("noises", "found the name noises, expected one of overlay, noise"),
    ("volume[dbfs=1", "found \"[dbfs=1\" after the name"),
    ("time_mask[domain=mel]", "domain=signal, domain=spectrogram or domain=features"),
    ("overlay", "expected source=PATH, a folder, a CSV or a sound file"),
    ("tempo[factor=0]", "found factor=0, expected values from 0.1 to 100"),
    ("frequency_mask[n=3~1.5]", "expected whole numbers as n=5"),
  ])
  func whatIsWrongIsNamed(specification: String, message: String) throws {
    let error = #expect(throws: AudioError.self) { try Self.pipeline(specification) }
    let description = error?.description ?? ""
    #expect(description.hasPrefix("The augmentation \"\(specification)\": "))
    #expect(description.contains(message), "\(description)")
  }
}
