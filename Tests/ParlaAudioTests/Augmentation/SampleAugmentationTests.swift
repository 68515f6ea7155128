import ParlaTestSupport
import Testing

@testable import ParlaAudio

/// Each by what it promises, on tones.
@Suite struct SampleAugmentationTests {
  private typealias Pipelines = AugmentationPipelineTests

  private func power(_ samples: [Float]) -> Double {
    samples.dropFirst(2000).dropLast(2000).reduce(0) { $0 + Double($1) * Double($1) }
  }

  @Test func aMixHasTheRatioThatWasAskedFor() {
    let sound = Pipelines.tone(440, amplitude: 0.1).samples
    let noise = Pipelines.tone(1000, amplitude: 0.3).samples
    let mixed = Noise.mixed(sound, with: noise, snr: 10)
    let added = zip(mixed, sound).map { $0 - $1 }
    #expect(abs(power(sound) / power(added) - 10) < 0.1)
    let silence = [Float](repeating: 0, count: 8)
    #expect(Overlay.mixed(silence, with: silence, snr: 3) == silence)
    let overlaid = Overlay.mixed(sound, with: noise, snr: 6)
    #expect(abs(Loudness.peak(overlaid) - Loudness.peak(sound)) < 1e-4)
  }

  @Test func echoesComeAtPrimeMultiplesOfTheDelay() {
    var impulse = [Float](repeating: 0, count: 1200)
    impulse[0] = 0.5
    let echoes = Reverb.echoing(impulse, sampleRate: 16000, delay: 20, decay: 20)
    // The dry sound is there six times; 20 dB less once and again.
    #expect(echoes[0] == 0.5)
    expectClose([echoes[320], echoes[640], echoes[583]], [0.5 / 60, 0.5 / 600, 0.5 / 60])
    #expect(echoes[300] == 0)
  }

  @Test func aRoomAnswersAClickAsLongAsItsDecay() {
    var random = AugmentationRandom(SystemRandomNumberGenerator())
    for decay in [0.2, 0.6] {
      let room = Room.Response(
        size: 6, decay: decay, distance: 2, sampleRate: 16000, &random)
      var click = [Float](repeating: 0, count: 16000)
      click[0] = 0.5
      let answer = room.applied(to: click)
      #expect(answer[0] > 0)
      // Schroeder 1965: the power that is still to come falls by 60 dB in the decay; between -5 and -25 dB a third of that.
      var rest = answer.map { Double($0) * Double($0) }
      for index in rest.indices.dropLast().reversed() { rest[index] += rest[index + 1] }
      let start = rest.firstIndex { $0 < rest[0] * 0.05 } ?? 0
      let end = rest.firstIndex { $0 < rest[start] * 0.01 } ?? 0
      let measured = 3 * Double(end - start) / 16000
      #expect(abs(measured / decay - 1) < 0.35, "\(measured) for \(decay)")
    }
  }

  @Test func aTelephoneKeepsTheMiddleOfTheBand() throws {
    let middle = try Telephone.transmitted(Pipelines.tone(1000)).samples
    let deep = try Telephone.transmitted(Pipelines.tone(80)).samples
    let high = try Telephone.transmitted(Pipelines.tone(5000)).samples
    let whole = power(Pipelines.tone(1000).samples)
    #expect(middle.count == 16000)
    #expect(power(middle) / whole > 0.8)
    #expect(power(deep) / whole < 0.02)
    #expect(power(high) / whole < 0.001)
  }

  @Test func aLowerRateAndACodecKeepLengthAndSpeech() throws {
    let sound = Pipelines.tone(440, seconds: 0.7)
    for result in [
      try Resample.resampled(sound, by: 5333), try Codec.coded(sound, bitRate: 24000),
      try Codec.coded(Waveform(samples: sound.samples, sampleRate: 22050), bitRate: 24000),
    ] {
      #expect(result.samples.count == sound.samples.count)
      #expect(abs(power(result.samples) / power(sound.samples) - 1) < 0.1)
    }
    let high = Pipelines.tone(6000)
    #expect(power(try Resample.resampled(high, by: 8000).samples) / power(high.samples) < 1e-4)
  }

  @Test func fasterIsShorterAndHigher() throws {
    let faster = try Speed.played(Pipelines.tone(400), hundredths: 125)
    #expect(faster.samples.count == 12800)
    let expected = Pipelines.tone(500, seconds: 0.8)
    #expect(AugmentationGoldenTests.correlation(faster.samples, expected.samples) > 0.999)
  }

  @Test func masksOfSpecAugmentTakeTheMean() throws {
    let pipeline = try Pipelines.pipeline(
      "spec_augment[domain=features,width=0.5,times=0.2,length=0.1]")
    let plain = try FeatureExtractor(FeatureSettings()).features(of: Pipelines.tone(440))
    var pass = pipeline.pass(Pipelines.context(seed: 3))
    let masked = try pass.augmented(plain)
    let changed = (0..<plain.featureCount).filter { column in
      (0..<plain.frameCount).contains { row in
        let index = row * plain.featureCount + column
        return masked.values[index] != plain.values[index]
      }
    }
    #expect(!changed.isEmpty)
    for column in changed {
      let values = (0..<plain.frameCount).map { plain.values[$0 * plain.featureCount + column] }
      let mean = values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
      for row in 0..<plain.frameCount {
        let value = masked.values[row * plain.featureCount + column]
        #expect(value == values[row] || abs(Double(value) - mean) < 1e-4)
      }
    }
  }
}
