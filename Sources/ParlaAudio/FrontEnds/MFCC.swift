package import ParlaDescriptions

/// `mfcc`: mel-frequency cepstral coefficients as TensorFlow 1.15's `Mfcc` kernel, and so DeepSpeech, computes them.
package struct MFCC: FrontEnd {
  package static let kind = "mfcc"
  package static let usualContext = 9

  package let grid: FrameGrid
  package let featureCount: Int
  private let sampleRate: Int

  /// DeepSpeech's: 26 of 32 ms every 20 ms, at 16 kHz.
  init() {
    sampleRate = 16000
    grid = FrameGrid(windowLength: 512, stepLength: 320)
    featureCount = 26
  }

  /// Reads `window`, `step` and `coefficients`.
  package init(_ fields: inout FieldReader, sampleRate: Int) throws(DescriptionProblem) {
    self.sampleRate = sampleRate
    grid = try FrameGrid(&fields, sampleRate: sampleRate, window: 32, step: 20)
    featureCount = try fields.integer(
      "coefficients", "how many coefficients are kept", in: 1...CepstralTransform.channelCount,
      default: 26)
  }

  package var summary: String { "\(featureCount) MFCCs" }

  package func makeComputation() -> any FrameComputation {
    let binCount = SpectralComputation.binCount(windowLength: grid.windowLength)
    return SpectralComputation(
      windowLength: grid.windowLength,
      CepstralTransform(
        coefficientCount: featureCount, binCount: binCount, sampleRate: sampleRate))
  }
}
