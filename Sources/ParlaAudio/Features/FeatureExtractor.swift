import Foundation

/// Turns sound into feature frames, exactly as DeepSpeech's TensorFlow kernels do.
///
/// Samples are rounded to 16 bits first, as DeepSpeech's are: the same sound gives the same features however it was stored, and
/// what a codec or a resampler leaves out is as quiet as in the recordings that models learn from, not quieter by powers of
/// ten. A window of samples is weighted, transformed to its power spectrum, and for MFCCs summed to mel channels, whose
/// logarithms are cosine-transformed. Only full windows count: nothing is padded.
public struct FeatureExtractor: Sendable {
  /// What the frames hold and how windows lie.
  public let settings: FeatureSettings

  private let window: [Double]
  private let fourierTransform: FourierTransform
  private let cepstralTransform: CepstralTransform?

  /// Prepares windows and tables.
  ///
  /// - Throws: `AudioError.invalidSetting`, naming the setting and what it may be.
  public init(_ settings: FeatureSettings) throws(AudioError) {
    try settings.validate()
    self.settings = settings
    window = Self.hannWindow(length: settings.windowLength)
    let fourierTransform = FourierTransform(length: settings.fourierLength)
    self.fourierTransform = fourierTransform
    cepstralTransform =
      switch settings.kind {
      case .mfcc:
        CepstralTransform(
          coefficientCount: settings.coefficientCount, binCount: fourierTransform.binCount,
          sampleRate: settings.sampleRate)
      case .powerSpectrogram: nil
      }
  }

  /// The frames of `waveform`, [frames, features], without context.
  ///
  /// - Throws: `AudioError.wrongSampleRate`, unless the waveform has the settings' rate.
  public func features(of waveform: Waveform) throws(AudioError) -> FeatureMatrix {
    guard waveform.sampleRate == settings.sampleRate else {
      throw .wrongSampleRate(found: waveform.sampleRate, expected: settings.sampleRate)
    }
    var workspace = makeWorkspace()
    let frameCount = settings.frameCount(sampleCount: waveform.samples.count)
    var values: [Float] = []
    values.reserveCapacity(frameCount * settings.featureCount)
    for frame in 0..<frameCount {
      append(
        waveform.samples, from: frame * settings.stepLength, to: &values, workspace: &workspace)
    }
    return FeatureMatrix(
      frameCount: frameCount, featureCount: settings.featureCount, values: values)
  }

  // MARK: In two steps, for augmentations between them

  /// The power of each frequency bin in the frames of `waveform`, [frames, bins].
  ///
  /// - Throws: `AudioError.wrongSampleRate`, unless the waveform has the settings' rate.
  func spectrogram(of waveform: Waveform) throws(AudioError) -> FeatureMatrix {
    guard waveform.sampleRate == settings.sampleRate else {
      throw .wrongSampleRate(found: waveform.sampleRate, expected: settings.sampleRate)
    }
    var workspace = makeWorkspace()
    let frameCount = settings.frameCount(sampleCount: waveform.samples.count)
    var values: [Float] = []
    values.reserveCapacity(frameCount * settings.binCount)
    for frame in 0..<frameCount {
      computePower(waveform.samples, from: frame * settings.stepLength, workspace: &workspace)
      values.append(contentsOf: workspace.fourier.power)
    }
    return FeatureMatrix(
      frameCount: frameCount, featureCount: settings.binCount, values: values)
  }

  /// The features whose power spectra are the rows of `spectrogram`, [frames, bins]; less than no power counts as none.
  func features(ofSpectrogram spectrogram: FeatureMatrix) -> FeatureMatrix {
    precondition(spectrogram.featureCount == settings.binCount, "[frames, bins] values")
    guard let cepstralTransform else { return spectrogram }
    var workspace = CepstralTransform.Workspace()
    var values: [Float] = []
    values.reserveCapacity(spectrogram.frameCount * settings.featureCount)
    for start in stride(from: 0, to: spectrogram.values.count, by: settings.binCount) {
      cepstralTransform.append(
        spectrogram.values[start..<start + settings.binCount].map { max($0, 0) }, to: &values,
        workspace: &workspace)
    }
    return FeatureMatrix(
      frameCount: spectrogram.frameCount, featureCount: settings.featureCount, values: values)
  }

  // MARK: Frame by frame

  /// The memory of one frame's computation.
  struct Workspace {
    fileprivate var fourier: FourierTransform.Workspace
    fileprivate var cepstral = CepstralTransform.Workspace()
  }

  func makeWorkspace() -> Workspace { Workspace(fourier: fourierTransform.makeWorkspace()) }

  /// Appends to `values` the frame whose window starts at `start`.
  func append(
    _ samples: [Float], from start: Int, to values: inout [Float], workspace: inout Workspace
  ) {
    computePower(samples, from: start, workspace: &workspace)
    if let cepstralTransform {
      cepstralTransform.append(
        workspace.fourier.power, to: &values, workspace: &workspace.cepstral)
    } else {
      values.append(contentsOf: workspace.fourier.power)
    }
  }

  /// Computes the power spectrum of the window that starts at `start`.
  private func computePower(
    _ samples: [Float], from start: Int, workspace: inout Workspace
  ) {
    let length = window.count
    for pair in 0..<length / 2 {
      let index = 2 * pair
      workspace.fourier.setPair(
        pair, Double(SixteenBits.rounded(samples[start + index])) * window[index],
        Double(SixteenBits.rounded(samples[start + index + 1])) * window[index + 1])
    }
    // Zeros fill the signal up to its power of two.
    for pair in length / 2..<fourierTransform.length / 2 { workspace.fourier.setPair(pair, 0, 0) }
    if length % 2 == 1 {
      let last = Double(SixteenBits.rounded(samples[start + length - 1])) * window[length - 1]
      workspace.fourier.setPair(length / 2, last, 0)
    }
    fourierTransform.transform(&workspace.fourier)
  }

  /// The periodic Hann window, 1/2 - 1/2 cos(2πi/N).
  private static func hannWindow(length: Int) -> [Double] {
    (0..<length).map { 0.5 - 0.5 * cos(2 * .pi * Double($0) / Double(length)) }
  }
}
