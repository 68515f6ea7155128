import Foundation
import ParlaAudio

/// Prints what a second of sound costs on the way to features, in milliseconds of one core.
@main struct FeatureBenchmark {
  static let seconds = 30

  static func main() throws {
    var state: UInt64 = 1
    let samples = (0..<seconds * 16000).map { _ -> Float in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(state >> 40) / Float(1 << 24) - 0.5
    }
    let waveform = Waveform(samples: samples, sampleRate: 16000)
    let mfcc = FeatureExtractor(FeatureSettings())
    try measure("MFCC") { try mfcc.features(of: waveform).values.count }
    let spectrogram = FeatureExtractor(try FeatureSettings(kind: "power_spectrogram", [:]))
    try measure("power spectrogram") { try spectrogram.features(of: waveform).values.count }
    try measure("MFCC in 20 ms pieces") {
      var stream = StreamingFeatureExtractor(mfcc)
      return stride(from: 0, to: samples.count, by: 320).reduce(0) { count, start in
        count + stream.feed(Array(samples[start..<start + 320])).values.count
      }
    }
    try measure("resampling to 8 kHz") { try waveform.resampled(to: 8000).samples.count }
  }

  /// Runs `body` on the sound a few times and prints the best run.
  static func measure(_ name: String, _ body: () throws -> Int) throws {
    var best = Double.infinity
    var checksum = 0
    for _ in 0..<10 {
      let start = clock()
      checksum &+= try body()
      best = min(best, Double(clock() - start) / Double(CLOCKS_PER_SEC))
    }
    let label = name.padding(toLength: 24, withPad: " ", startingAt: 0)
    let cost = String(format: "%.3f", best / Double(seconds) * 1000)
    print("\(label)\(cost) ms per second of sound  (\(checksum / 10) numbers)")
  }
}
