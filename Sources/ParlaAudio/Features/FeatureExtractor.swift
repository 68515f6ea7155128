import Foundation

/// Turns sound into feature frames.
///
/// As TensorFlow 1.15's kernels compute them for DeepSpeech (`core/kernels/spectrogram.cc`, `mfcc.cc`, `mfcc_dct.cc`): a
/// periodic Hann window, the power of each frequency, 40 mel channels from 20 Hz to half the rate, logarithm, cosine
/// transform.
public struct FeatureExtractor: Sendable {
  /// What is extracted.
  public let settings: FeatureSettings

  private let window: [Double]
  private let transform: FourierTransform
  private let filterbank: MelFilterbank
  /// [coefficients, channels].
  private let cosines: [Double]

  static let channelCount = 40
  private static let lowestHertz = 20.0
  /// What the logarithm is taken of at least.
  private static let floor = 1e-12

  /// Prepares to extract what `settings` describe.
  ///
  /// - Throws: `AudioError.invalidSetting`.
  public init(_ settings: FeatureSettings) throws(AudioError) {
    try settings.validate()
    self.settings = settings
    let length = settings.windowLength
    window = (0..<length).map { 0.5 - 0.5 * cos(2 * .pi * Double($0) / Double(length)) }
    transform = FourierTransform(length: settings.fourierLength)
    filterbank = MelFilterbank(
      channelCount: Self.channelCount, binCount: settings.fourierLength / 2 + 1,
      sampleRate: settings.sampleRate, lowest: Self.lowestHertz,
      highest: Double(settings.sampleRate) / 2)
    cosines = Self.cosines(coefficientCount: settings.coefficientCount)
  }

  /// The cosine transform [coefficients, channels]: `mfcc_dct.cc`, type II, the first row not scaled apart.
  private static func cosines(coefficientCount: Int) -> [Double] {
    let scale = (2 / Double(channelCount)).squareRoot()
    let step = Double.pi / Double(channelCount)
    return (0..<coefficientCount * channelCount).map { index in
      let (coefficient, channel) = index.quotientAndRemainder(dividingBy: channelCount)
      return scale * cos(Double(coefficient) * step * (Double(channel) + 0.5))
    }
  }

  /// The frames of `waveform`: one for each full window, none for the rest.
  ///
  /// - Throws: `AudioError.wrongSampleRate` unless it has the settings' rate.
  public func features(of waveform: Waveform) throws(AudioError) -> FeatureMatrix {
    guard waveform.sampleRate == settings.sampleRate else {
      throw .wrongSampleRate(found: waveform.sampleRate, expected: settings.sampleRate)
    }
    return features(of: waveform.samples[...])
  }

  /// The frames of `samples` that have the settings' rate.
  func features(of samples: ArraySlice<Float>) -> FeatureMatrix {
    let frameCount = settings.frameCount(sampleCount: samples.count)
    var values: [Float] = []
    values.reserveCapacity(frameCount * settings.featureCount)
    var frame = Frame(self)
    for index in 0..<frameCount {
      let start = samples.startIndex + index * settings.stepLength
      frame.read(samples[start..<start + settings.windowLength], self)
      switch settings.kind {
      case .powerSpectrogram: values += frame.power
      case .mfcc: frame.appendCoefficients(to: &values, self)
      }
    }
    return FeatureMatrix(
      frameCount: frameCount, featureCount: settings.featureCount, values: values)
  }

  /// What one frame is computed in.
  private struct Frame {
    var power: [Float]
    private var signal: [Double]
    private var channels: [Double]
    private var workspace: FourierTransform.Workspace

    init(_ extractor: FeatureExtractor) {
      power = [Float](repeating: 0, count: extractor.settings.fourierLength / 2 + 1)
      signal = [Double](repeating: 0, count: extractor.settings.fourierLength)
      channels = [Double](repeating: 0, count: FeatureExtractor.channelCount)
      workspace = extractor.transform.makeWorkspace()
    }

    mutating func read(_ samples: ArraySlice<Float>, _ extractor: FeatureExtractor) {
      for (index, weight) in extractor.window.enumerated() {
        signal[index] = Double(samples[samples.startIndex + index]) * weight
      }
      extractor.transform.power(of: signal, into: &power, &workspace)
    }

    mutating func appendCoefficients(to values: inout [Float], _ extractor: FeatureExtractor) {
      extractor.filterbank.apply(to: power, into: &channels)
      for index in channels.indices {
        channels[index] = log(max(channels[index], FeatureExtractor.floor))
      }
      for coefficient in 0..<extractor.settings.coefficientCount {
        let row = coefficient * FeatureExtractor.channelCount
        var sum = 0.0
        for index in channels.indices { sum += channels[index] * extractor.cosines[row + index] }
        values.append(Float(sum))
      }
    }
  }
}

extension FeatureSettings {
  /// - Throws: `AudioError.invalidSetting` naming the first impossible setting.
  fileprivate func validate() throws(AudioError) {
    func require(
      _ holds: Bool, _ name: String, _ found: Int, _ expected: String
    ) throws(AudioError) {
      if !holds { throw .invalidSetting(name: name, found: found, expected: expected) }
    }
    let rates = 1000...768_000
    try require(rates.contains(sampleRate), "sample rate", sampleRate, "1000 to 768000 Hz")
    try require(
      (1...1000).contains(windowMilliseconds) && sampleRate * windowMilliseconds % 1000 == 0,
      "window", windowMilliseconds, "1 to 1000 ms that are whole samples at \(sampleRate) Hz")
    try require(windowLength >= 3, "window", windowMilliseconds, "3 samples or more")
    try require(
      (1...1000).contains(stepMilliseconds) && sampleRate * stepMilliseconds % 1000 == 0,
      "step", stepMilliseconds, "1 to 1000 ms that are whole samples at \(sampleRate) Hz")
    try require(
      (1...FeatureExtractor.channelCount).contains(coefficientCount), "coefficients",
      coefficientCount, "1 to \(FeatureExtractor.channelCount)")
    try require((0...1000).contains(contextFrameCount), "context", contextFrameCount, "0 to 1000")
  }
}
