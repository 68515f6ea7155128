package import ParlaDescriptions
import ParlaPlatform

/// `power_spectrogram`: the power of each frequency bin, as TensorFlow 1.15's `AudioSpectrogram` kernel computes it, or its
/// logarithm.
package struct PowerSpectrogram: FrontEnd {
  package static let kind = "power_spectrogram"
  package static let usualContext = 9

  package let grid: FrameGrid
  private let takesLogarithm: Bool
  private let floor: Float

  /// Reads `window`, `step`, `log` and, for it, `floor`, which is added to the power before its logarithm is taken.
  package init(_ fields: inout FieldReader, sampleRate: Int) throws(DescriptionProblem) {
    grid = try FrameGrid(&fields, sampleRate: sampleRate, window: 32, step: 20)
    takesLogarithm = try fields.flag("log", "whether logarithms are taken", default: false)
    floor =
      takesLogarithm
      ? try fields.number("floor", "what is added to the power", above: 0, default: 1e-6) : 0
  }

  package var featureCount: Int { SpectralComputation.binCount(windowLength: grid.windowLength) }

  package var isSpectrogram: Bool { !takesLogarithm }

  package var summary: String {
    "\(takesLogarithm ? "logarithms of " : "")the power of \(featureCount) frequency bins"
  }

  package func makeComputation() -> any FrameComputation {
    SpectralComputation(
      windowLength: grid.windowLength, takesLogarithm ? Logarithms(floor: floor) : nil)
  }

  /// ln(power + floor) of each bin.
  private struct Logarithms: SpectrumTransform {
    let floor: Float

    mutating func append(_ power: [Float], to values: inout [Float]) {
      for power in power { values.append(logf(power + floor)) }
    }
  }
}
