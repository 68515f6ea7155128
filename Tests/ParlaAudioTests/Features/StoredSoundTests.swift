import Foundation
import ParlaTestSupport
import Testing

@testable import ParlaAudio

/// The same sound gives the same features however it was stored.
@Suite struct StoredSoundTests {
  static func features(_ waveform: Waveform) throws -> FeatureMatrix {
    try FeatureExtractor(FeatureSettings()).features(of: waveform)
  }

  @Test func everySixteenBitSampleStays() {
    for value in Int16.min...Int16.max {
      let sample = Float(value) / 32768
      guard SixteenBits.rounded(sample) == sample, SixteenBits.integer(sample) == value else {
        Issue.record("\(value) becomes \(SixteenBits.rounded(sample))")
        return
      }
    }
  }

  @Test func othersAreRoundedAndClipped() {
    let step: Float = 1 / 32768
    for (sample, expected) in [
      (0.4 * step, 0), (-0.4 * step, 0), (0.6 * step, step), (-100.6 * step, -101 * step),
      (0.5 + 0.3 * step, 0.5), (1, 1 - step), (7, 1 - step), (-7, -1),
    ] as [(Float, Float)] {
      #expect(SixteenBits.rounded(sample) == expected)
    }
  }

  @Test(arguments: ["tone.ogg", "tone.opus", "tone.mp3", "tone.sph", "tone-ulaw.wav"])
  func aCopyInSixteenBitsHasTheSameFeatures(name: String) throws {
    let sound = try AudioFile.read(Fixture.path("audio/" + name), sampleRate: 16000)
    try withTemporaryFolder { folder in
      try AudioFile.write(sound, to: folder + "/copy.wav")
      let copy = try AudioFile.read(folder + "/copy.wav")
      expectClose(
        try Self.features(sound).values, try Self.features(copy).values, absolute: 1e-4)
    }
  }

  /// What a resampler leaves out would be 10^-7 of the rest, which no 16-bit recording has.
  @Test func theEmptyBandOfASlowRecordingIsNotQuieterThanSixteenBits() throws {
    let fast = Waveform(samples: SyntheticVoice.speech(seconds: 2), sampleRate: 16000)
    try withTemporaryFolder { folder in
      try AudioFile.write(fast.resampled(to: 8000), to: folder + "/slow.wav")
      let slow = try AudioFile.read(folder + "/slow.wav", sampleRate: 16000)
      try AudioFile.write(slow, to: folder + "/fast.wav")
      let (a, b) = (
        try Self.features(slow), try Self.features(AudioFile.read(folder + "/fast.wav"))
      )
      let differences = (0..<a.frameCount).map {
        abs(a.values[$0 * a.featureCount] - b.values[$0 * b.featureCount])
      }
      #expect(differences.reduce(0, +) / Float(a.frameCount) < 2)
      #expect(differences.filter { $0 > 2 }.count * 100 <= a.frameCount)
    }
  }

  @Test func piecesAndFilesHaveTheSameFeatures() throws {
    let sound = Waveform(samples: SyntheticVoice.speech(seconds: 1), sampleRate: 8000)
    try withTemporaryFolder { folder in
      let path = folder + "/a.wav"
      try AudioFile.write(sound, to: path)
      let whole = try Self.features(AudioFile.read(path, sampleRate: 16000))
      var source = LiveSource(name: "pipe", rate: 16000, target: 16000)
      var stream = StreamingFeatureExtractor(FeatureExtractor(FeatureSettings()))
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
      var values: [Float] = []
      for start in stride(from: 0, to: bytes.count, by: 501) {
        let piece = Array(bytes[start..<min(start + 501, bytes.count)])
        values += stream.feed(try source.feed(piece)).values
      }
      values += stream.feed(try source.rest()).values
      #expect(values == whole.values)
    }
  }
}
