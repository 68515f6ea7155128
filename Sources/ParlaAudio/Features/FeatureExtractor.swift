/// Turns sound into feature frames.
///
/// Only full windows count: nothing is padded.
public struct FeatureExtractor: Sendable {
  /// The content of the frames and the position of the windows.
  public let settings: FeatureSettings

  private let computation: any FrameComputation

  /// Prepares windows and tables.
  public init(_ settings: FeatureSettings) {
    self.settings = settings
    computation = settings.frontEnd.makeComputation()
  }

  /// The frames of `waveform`, [frames, features], without context.
  ///
  /// - Throws: `AudioError.wrongSampleRate`, unless the waveform has the settings' rate.
  public func features(of waveform: Waveform) throws(AudioError) -> FeatureMatrix {
    var computation = computation
    var values = try frames(of: waveform, width: settings.featureCount) {
      samples, start, values in
      computation.append(samples, from: start, to: &values)
    }
    var rest: [Float] = []
    let start = settings.frameCount(sampleCount: waveform.samples.count) * settings.stepLength
    if settings.normalization.needsWhole, start < waveform.samples.count {
      computation.appendRest(waveform.samples, from: start, to: &rest)
    }
    normalize(&values, rest: rest)
    return FeatureMatrix(values, featureCount: settings.featureCount)
  }

  // MARK: In two steps, for augmentations between them

  /// How many bins the spectrum has that features are made of; nil where they are made of none.
  var binCount: Int? { computation.spectral?.binCount }

  /// The power of each frequency bin in the frames of `waveform`, [frames, bins]; nil where there is no spectrum.
  ///
  /// - Throws: `AudioError.wrongSampleRate`, unless the waveform has the settings' rate.
  func spectrogram(of waveform: Waveform) throws(AudioError) -> FeatureMatrix? {
    guard var spectral = computation.spectral else { return nil }
    let values = try frames(of: waveform, width: spectral.binCount) { samples, start, values in
      spectral.appendPower(samples, from: start, to: &values)
    }
    return FeatureMatrix(values, featureCount: spectral.binCount)
  }

  /// The features whose power spectra are the rows of `spectrogram`, [frames, bins]; less than no power counts as none.
  func features(ofSpectrogram spectrogram: FeatureMatrix) -> FeatureMatrix {
    guard var spectral = computation.spectral else { return spectrogram }
    precondition(spectrogram.featureCount == spectral.binCount, "[frames, bins] values")
    var values: [Float] = []
    values.reserveCapacity(spectrogram.frameCount * settings.featureCount)
    for start in stride(from: 0, to: spectrogram.values.count, by: spectral.binCount) {
      spectral.append(power: spectrogram.values[start..<start + spectral.binCount], to: &values)
    }
    normalize(&values)
    return FeatureMatrix(values, featureCount: settings.featureCount)
  }

  private func frames(
    of waveform: Waveform, width: Int,
    append: (_ samples: [Float], _ start: Int, inout [Float]) -> Void
  ) throws(AudioError) -> [Float] {
    guard waveform.sampleRate == settings.sampleRate else {
      throw .wrongSampleRate(found: waveform.sampleRate, expected: settings.sampleRate)
    }
    let frameCount = settings.frameCount(sampleCount: waveform.samples.count)
    let silence = settings.frontEnd.grid.silence
    let samples = silence.isEmpty ? waveform.samples : silence + waveform.samples
    var values: [Float] = []
    values.reserveCapacity(frameCount * width)
    for frame in 0..<frameCount { append(samples, frame * settings.stepLength, &values) }
    return values
  }

  private func normalize(_ values: inout [Float], rest: [Float] = []) {
    var state = makeNormalization()
    state.normalize(&values, rest: rest)
  }

  // MARK: Piece by piece

  func makeComputation() -> any FrameComputation { computation }

  func makeNormalization() -> FrameNormalization.State {
    FrameNormalization.State(
      settings.normalization, featureCount: settings.featureCount,
      wholeStatistics: settings.frontEnd.wholeStatistics)
  }
}

extension FeatureMatrix {
  init(_ values: [Float], featureCount: Int) {
    self.init(
      frameCount: values.count / featureCount, featureCount: featureCount, values: values)
  }
}
