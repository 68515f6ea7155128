package import ParlaDescriptions
import ParlaPlatform

/// `log_mel`: logarithms of the power in bands that are evenly spaced on the mel scale.
package struct LogMel: FrontEnd {
  package static let kind = "log_mel"

  package let grid: FrameGrid
  private let bands: MelBands
  private let floor: Float

  /// Reads `window`, `step`, those of the bands, and `floor`, which is added to the power before its logarithm is taken.
  package init(_ fields: inout FieldReader, sampleRate: Int) throws(DescriptionProblem) {
    grid = try FrameGrid(&fields, sampleRate: sampleRate, window: 25, step: 10)
    bands = try MelBands(&fields, sampleRate: sampleRate, defaultCount: 40)
    floor = try fields.number("floor", "what is added to the power", above: 0, default: 1e-6)
  }

  package var featureCount: Int { bands.count }

  package var summary: String { "\(featureCount) log-mel channels" }

  package func makeComputation() -> any FrameComputation {
    SpectralComputation(
      windowLength: grid.windowLength,
      Logarithms(bands.filterbank(windowLength: grid.windowLength), floor: Double(floor)))
  }

  /// ln(power + floor) of each band.
  private struct Logarithms: SpectrumTransform {
    private let bank: MelFilterbank
    private let floor: Double
    private var sums: [Double]

    init(_ bank: MelFilterbank, floor: Double) {
      self.bank = bank
      self.floor = floor
      sums = [Double](repeating: 0, count: bank.channelCount + 2)
    }

    mutating func append(_ power: [Float], to values: inout [Float]) {
      bank.sum(power, ofPower: true, into: &sums)
      for channel in 1...bank.channelCount { values.append(Float(log(sums[channel] + floor))) }
    }
  }
}
