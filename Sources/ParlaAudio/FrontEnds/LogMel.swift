package import ParlaDescriptions
import ParlaPlatform

/// `log_mel`: logarithms of the power in bands that are evenly spaced on the mel scale.
package struct LogMel: FrontEnd {
  package static let kind = "log_mel"

  package let grid: FrameGrid
  package let featureCount: Int
  private let lowest: Float
  private let highest: Float
  private let floor: Float
  private let sampleRate: Int

  /// Reads `window`, `step`, `channels`, the edges `lowest` and `highest` of all bands in hertz, and `floor`, which is added to
  /// the power before its logarithm is taken.
  package init(_ fields: inout FieldReader, sampleRate: Int) throws(DescriptionProblem) {
    self.sampleRate = sampleRate
    grid = try FrameGrid(&fields, sampleRate: sampleRate, window: 25, step: 10)
    featureCount = try fields.integer("channels", "how many bands", in: 1...1000, default: 40)
    let half = Double(sampleRate) / 2
    lowest = try fields.number(
      "lowest", "where the lowest band begins, in hertz", from: 0, below: half, default: 20)
    highest = try fields.number(
      "highest", "where the highest band ends, in hertz", above: Double(lowest), default: half)
    guard Double(highest) <= half else {
      throw DescriptionProblem(
        field: "highest", found: "\(highest)",
        expected: "half the sample rate at most, \(FieldValue.number(half).spelling)")
    }
    floor = try fields.number("floor", "what is added to the power", above: 0, default: 1e-6)
  }

  package var summary: String { "\(featureCount) log-mel channels" }

  package func makeComputation() -> any FrameComputation {
    let bank = MelFilterbank(
      channelCount: featureCount,
      binCount: SpectralComputation.binCount(windowLength: grid.windowLength),
      sampleRate: sampleRate, lowerEdge: Double(lowest), upperEdge: Double(highest),
      takesAllBins: true)
    return SpectralComputation(
      windowLength: grid.windowLength, Logarithms(bank, floor: Double(floor)))
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
