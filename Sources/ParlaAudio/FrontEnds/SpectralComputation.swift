import ParlaPlatform

/// A power spectrum on its way to features.
package protocol SpectrumTransform: Sendable {
  /// Appends what `power`, the power of each frequency bin, becomes.
  mutating func append(_ power: [Float], to values: inout [Float])
}

/// Frames by way of a power spectrum: a window of samples is weighted, transformed, and becomes features.
///
/// Samples are rounded to 16 bits first, as DeepSpeech's are: the same sound gives the same features however it was stored, and
/// what a codec or a resampler leaves out is as quiet as in the recordings that models learn from, not quieter by powers of
/// ten.
package struct SpectralComputation: FrameComputation {
  private let window: [Double]
  private let fourierTransform: FourierTransform
  private var workspace: FourierTransform.Workspace
  private var transform: (any SpectrumTransform)?

  /// Frames of `windowLength` samples under a periodic Hann window; without a `transform` the power itself.
  init(windowLength: Int, _ transform: (any SpectrumTransform)?) {
    window = (0..<windowLength).map {
      0.5 - 0.5 * cos(2 * .pi * Double($0) / Double(windowLength))
    }
    fourierTransform = FourierTransform(length: Self.fourierLength(windowLength))
    workspace = fourierTransform.makeWorkspace()
    self.transform = transform
  }

  package var spectral: SpectralComputation? { self }

  /// Bins of the power spectrum of `windowLength` samples.
  static func binCount(windowLength: Int) -> Int { fourierLength(windowLength) / 2 + 1 }

  /// Bins of the power spectrum.
  var binCount: Int { fourierTransform.binCount }

  /// The smallest power of two that holds a window.
  static func fourierLength(_ windowLength: Int) -> Int {
    var length = 4
    while length < windowLength { length *= 2 }
    return length
  }

  package mutating func append(_ samples: [Float], from start: Int, to values: inout [Float]) {
    computePower(samples, from: start)
    if transform == nil {
      values.append(contentsOf: workspace.power)
    } else {
      transform?.append(workspace.power, to: &values)
    }
  }

  /// Appends the power of each bin in the window that starts at `start`.
  mutating func appendPower(_ samples: [Float], from start: Int, to values: inout [Float]) {
    computePower(samples, from: start)
    values.append(contentsOf: workspace.power)
  }

  /// Appends the features whose power spectrum is `power`; less than no power counts as none.
  mutating func append(power: ArraySlice<Float>, to values: inout [Float]) {
    if transform == nil {
      values.append(contentsOf: power)
    } else {
      transform?.append(power.map { max($0, 0) }, to: &values)
    }
  }

  private mutating func computePower(_ samples: [Float], from start: Int) {
    let length = window.count
    for pair in 0..<length / 2 {
      let index = 2 * pair
      workspace.setPair(
        pair, Double(SixteenBits.rounded(samples[start + index])) * window[index],
        Double(SixteenBits.rounded(samples[start + index + 1])) * window[index + 1])
    }
    // Zeros fill the signal up to its power of two.
    for pair in length / 2..<fourierTransform.length / 2 { workspace.setPair(pair, 0, 0) }
    if length % 2 == 1 {
      let last = Double(SixteenBits.rounded(samples[start + length - 1])) * window[length - 1]
      workspace.setPair(length / 2, last, 0)
    }
    fourierTransform.transform(&workspace)
  }
}
