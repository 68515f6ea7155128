extension FeatureSettings {
  /// Makes sure that features can be computed with these settings.
  ///
  /// - Throws: `AudioError.invalidSetting`, naming the setting and what it may be.
  package func validate() throws(AudioError) {
    try Self.require("sampleRate", sampleRate, in: 100...1_000_000)
    try Self.require("windowMilliseconds", windowMilliseconds, in: 1...10_000)
    try Self.require("stepMilliseconds", stepMilliseconds, in: 1...10_000)
    try Self.require("contextFrameCount", contextFrameCount, in: 0...1000)
    if kind == .mfcc {
      try Self.require("coefficientCount", coefficientCount, in: 1...CepstralTransform.channelCount)
    }
    try requireWholeSamples("windowMilliseconds", windowMilliseconds)
    try requireWholeSamples("stepMilliseconds", stepMilliseconds)
    guard windowLength >= 4 else {
      throw .invalidSetting(
        name: "windowMilliseconds", found: windowMilliseconds,
        expected: "a window of 4 samples or more")
    }
  }

  private static func require(
    _ name: String, _ value: Int, in range: ClosedRange<Int>
  ) throws(AudioError) {
    guard range.contains(value) else {
      throw .invalidSetting(
        name: name, found: value, expected: "\(range.lowerBound) to \(range.upperBound)")
    }
  }

  private func requireWholeSamples(_ name: String, _ milliseconds: Int) throws(AudioError) {
    guard sampleRate * milliseconds % 1000 == 0 else {
      throw .invalidSetting(
        name: name, found: milliseconds, expected: "a whole number of samples at \(sampleRate) Hz")
    }
  }
}
