/// How sound becomes feature frames; part of every model, since a model is of use only with the features it learnt.
public struct FeatureSettings: Sendable, Equatable, Codable {
  /// What a frame holds.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// Mel-frequency cepstral coefficients as TensorFlow 1.15's `Mfcc` kernel computes them.
    case mfcc
    /// Power of each frequency bin, as TensorFlow 1.15's `AudioSpectrogram` kernel computes it.
    case powerSpectrogram = "power-spectrogram"
  }

  /// What a frame holds.
  public var kind: Kind

  /// Samples a second that the features are computed from, in hertz.
  public var sampleRate: Int

  /// Length of the analysis window in milliseconds.
  public var windowMilliseconds: Int

  /// Distance between the starts of successive windows in milliseconds.
  public var stepMilliseconds: Int

  /// How many cepstral coefficients are kept (MFCC only).
  public var coefficientCount: Int

  /// How many frames before and after a frame the network sees beside it; zeros stand beyond the ends.
  public var contextFrameCount: Int

  /// DeepSpeech's features: 26 MFCCs of 32 ms windows every 20 ms, with 9 frames on each side.
  public init(
    kind: Kind = .mfcc, sampleRate: Int = 16000, windowMilliseconds: Int = 32,
    stepMilliseconds: Int = 20, coefficientCount: Int = 26, contextFrameCount: Int = 9
  ) {
    self.kind = kind
    self.sampleRate = sampleRate
    self.windowMilliseconds = windowMilliseconds
    self.stepMilliseconds = stepMilliseconds
    self.coefficientCount = coefficientCount
    self.contextFrameCount = contextFrameCount
  }

  /// Samples in an analysis window.
  public var windowLength: Int { sampleRate * windowMilliseconds / 1000 }

  /// Samples between the starts of successive windows.
  public var stepLength: Int { sampleRate * stepMilliseconds / 1000 }

  /// Numbers in one frame, without its context.
  public var featureCount: Int {
    switch kind {
    case .mfcc: coefficientCount
    case .powerSpectrogram: binCount
    }
  }

  /// Numbers that the network sees for one frame, its context included.
  public var inputCount: Int { featureCount * (2 * contextFrameCount + 1) }

  /// Length of the Fourier transform: the smallest power of two that holds a window.
  public var fourierLength: Int {
    var length = 1
    while length < windowLength { length *= 2 }
    return length
  }

  /// Bins of the power spectrum.
  var binCount: Int { fourierLength / 2 + 1 }

  /// How many frames `sampleCount` samples give: full windows only, no padding.
  public func frameCount(sampleCount: Int) -> Int {
    sampleCount < windowLength ? 0 : 1 + (sampleCount - windowLength) / stepLength
  }
}
