import Foundation

/// Sound that a detector takes for speech, and silence that it does not.
public enum SyntheticVoice {
  /// Like a voice, at 16 kHz: harmonics of a falling pitch, louder and fainter four times a second.
  public static func speech(seconds: Double) -> [Float] {
    var phase = 0.0
    return (0..<Int(seconds * 16000)).map { index in
      let time = Double(index) / 16000
      phase += 2 * .pi * (140 - 10 * time) / 16000
      let harmonics = (1...12).reduce(0.0) { $0 + sin(Double($1) * phase) / Double($1) }
      return Float(0.2 * harmonics * pow(sin(.pi * 4 * time), 2))
    }
  }

  /// Faint noise, at 16 kHz.
  public static func silence(seconds: Double) -> [Float] {
    var state: UInt64 = 1
    return (0..<Int(seconds * 16000)).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return 0.001 * (Float(state >> 40) / Float(1 << 23) - 1)
    }
  }
}
