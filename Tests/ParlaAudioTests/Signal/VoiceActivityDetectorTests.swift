import Foundation
import ParlaAudio
import Testing

@Suite struct VoiceActivityDetectorTests {
  static let rate = 16000

  static func noise(_ seconds: Double, _ amplitude: Float, seed: UInt64 = 1) -> [Float] {
    var state = seed
    return (0..<Int(seconds * Double(rate))).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return amplitude * (Float(state >> 40) / Float(1 << 23) - 1)
    }
  }

  static func tone(_ seconds: Double, _ hertz: Double, _ amplitude: Float) -> [Float] {
    (0..<Int(seconds * Double(rate))).map {
      amplitude * Float(sin(2 * .pi * hertz * Double($0) / Double(rate)))
    }
  }

  /// Like a voice: harmonics of a falling pitch, louder and fainter four times a second.
  static func voice(
    _ seconds: Double, amplitude: Float = 0.2, rate: Int = rate
  ) -> [Float] {
    var phase = 0.0
    return (0..<Int(seconds * Double(rate))).map { index in
      let time = Double(index) / Double(rate)
      phase += 2 * .pi * (140 - 10 * time) / Double(rate)
      let harmonics = (1...12).reduce(0.0) { $0 + sin(Double($1) * phase) / Double($1) }
      let loudness = pow(sin(.pi * 4 * time), 2)
      return amplitude * Float(harmonics * loudness) + 0.0005
    }
  }

  static func ranges(_ samples: [Float]) -> [Range<Int>] {
    Waveform(samples: samples, sampleRate: rate).speech()
  }

  static let click = [Float](repeating: 0.5, count: 16) + noise(0.4, 0.001)

  static let silences: [String: [Float]] = [
    "nothing": [], "zeros": tone(5, 100, 0), "faint noise": noise(5, 0.001),
    "loud noise": noise(5, 0.5), "tone": tone(5, 440, 0.3), "hum": tone(5, 50, 0.1),
    "noise that sets in": noise(3, 0.001) + noise(4, 0.1) + noise(3, 0.001),
    "tone that sets in": noise(3, 0.001) + tone(4, 440, 0.3) + noise(3, 0.001),
    "clicks": Array((0..<20).map { _ in click }.joined()),
  ]

  @Test(arguments: silences.keys.sorted()) func silencesAndNoisesAreNoSpeech(name: String) {
    #expect(Self.ranges(Self.silences[name] ?? []) == [])
  }

  @Test func speechIsFoundBetweenSilences() throws {
    let samples =
      Self.noise(4, 0.002) + Self.voice(2) + Self.noise(3, 0.002) + Self.voice(1)
      + Self.noise(2, 0.002)
    let found = Self.ranges(samples)
    #expect(found.count == 2)
    let first = try #require(found.first)
    let last = try #require(found.last)
    #expect(abs(first.lowerBound - 61_000) < 3200 && abs(first.upperBound - 100_800) < 3200)
    #expect(abs(last.lowerBound - 141_000) < 3200 && abs(last.upperBound - 164_800) < 3200)
  }

  @Test func speechAtOnceIsFound() throws {
    let found = Self.ranges(Self.voice(1))
    #expect(found.count == 1)
    #expect(try #require(found.first).lowerBound == 0)
  }

  @Test func faintSpeechIsFound() {
    #expect(Self.ranges(Self.voice(2, amplitude: 0.005)).count == 1)
  }

  @Test(arguments: [8000, 16000, 44100, 48000]) func anyRateIsRecognised(rate: Int) {
    let waveform = Waveform(samples: Self.voice(3, rate: rate), sampleRate: rate)
    #expect(waveform.speech().count == 1)
    #expect(Waveform(samples: Self.noise(3, 0.1), sampleRate: rate).speech() == [])
  }

  @Test(arguments: [1, 160, 333, 4096]) func piecesOfAnySizeGiveTheSameEvents(size: Int) {
    let samples = Self.noise(1, 0.002) + Self.voice(1) + Self.noise(1, 0.002)
    var whole = VoiceActivityDetector(sampleRate: Self.rate)
    let expected = whole.feed(samples) + whole.finish()
    var pieces = VoiceActivityDetector(sampleRate: Self.rate)
    var events: [VoiceActivityDetector.Event] = []
    for start in stride(from: 0, to: samples.count, by: size) {
      events += pieces.feed(Array(samples[start..<min(start + size, samples.count)]))
    }
    #expect(events + pieces.finish() == expected)
    #expect(expected.count == 2)
  }

  @Test func aRecordingWithoutLongSilencesIsOnePiece() {
    let samples =
      Self.noise(0.9, 0.002) + Self.voice(1) + Self.noise(0.9, 0.002) + Self.voice(1)
    let waveform = Waveform(samples: samples, sampleRate: Self.rate)
    #expect(waveform.speechPieces() == [0..<samples.count])
    #expect(waveform.speech().count == 2)
  }

  @Test func longSilencesAreLeftOut() throws {
    let samples = Self.voice(1) + Self.noise(5, 0.002) + Self.voice(1) + Self.noise(3, 0.002)
    let pieces = Waveform(samples: samples, sampleRate: Self.rate).speechPieces(alignment: 320)
    #expect(pieces.count == 2)
    #expect(pieces.map(\.count).reduce(0, +) < 3 * Self.rate)
    #expect(try #require(pieces.last).lowerBound % 320 == 0)
  }

  @Test func longPiecesAreCutAtPauses() {
    let samples = Array((0..<6).map { _ in Self.voice(1) + Self.noise(0.7, 0.002) }.joined())
    let pieces = Waveform(samples: samples, sampleRate: Self.rate).speechPieces(longestSeconds: 4)
    #expect(pieces.count == 3)
    #expect(pieces.allSatisfy { $0.count <= 5 * Self.rate })
  }
}
