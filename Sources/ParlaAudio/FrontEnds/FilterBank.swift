package import ParlaDescriptions
import ParlaPlatform

/// `fbank`: Kaldi's filter bank, with some successive frames together as one, as Wav2Vec2-BERT is given it.
///
/// Kaldi, `feat/feature-fbank.cc`, and transformers 5.17, `feature_extraction_seamless_m4t.py`: samples of 16 bits without their mean,
/// pre-emphasised, under a Povey window; the power in bands that are evenly spaced on the mel scale; its logarithm.
package struct FilterBank: FrontEnd {
  package static let kind = "fbank"

  package let grid: FrameGrid
  private let single: FrameGrid
  private let bands: MelBands
  private let together: Int
  private let floor: Float
  private let preemphasis: Float

  /// Reads `window`, `step`, those of the bands, `together`, how many frames are one, `preemphasis`, and `floor`, below which no power counts.
  package init(_ fields: inout FieldReader, sampleRate: Int) throws(DescriptionProblem) {
    single = try FrameGrid(&fields, sampleRate: sampleRate, window: 25, step: 10)
    bands = try MelBands(&fields, sampleRate: sampleRate, defaultCount: 80)
    together = try fields.integer("together", "how many frames are one", in: 1...100, default: 2)
    grid = FrameGrid(
      windowLength: single.windowLength + (together - 1) * single.stepLength,
      stepLength: together * single.stepLength)
    floor = try fields.number(
      "floor", "the least power that counts", above: 0, default: 1.192092955078125e-7)
    preemphasis = try fields.number(
      "preemphasis", "how much of a sample is taken off the next one", from: 0, below: 1,
      default: 0.97)
  }

  package var featureCount: Int { bands.count * together }

  /// Each band has statistics of its own, whichever frame of those that are one it is in.
  package var wholeStatistics: WholeStatistics {
    WholeStatistics(columnCount: bands.count, freedom: 1)
  }

  package var fillsLastWindow: Bool { false }

  package var summary: String {
    "\(bands.count) channels of Kaldi's filter bank, \(together) frames each"
  }

  package func makeComputation() -> any FrameComputation {
    Computation(
      single: single, together: together, preemphasis: Double(preemphasis), floor: Double(floor),
      bank: bands.filterbank(windowLength: single.windowLength))
  }

  private struct Computation: FrameComputation {
    private let single: FrameGrid
    private let together: Int
    private let preemphasis: Double
    private let floor: Double
    private let bank: MelFilterbank
    private let window: [Double]
    private let fourierTransform: FourierTransform
    private var workspace: FourierTransform.Workspace
    private var sums: [Double]

    init(
      single: FrameGrid, together: Int, preemphasis: Double, floor: Double, bank: MelFilterbank
    ) {
      (self.single, self.together, self.preemphasis) = (single, together, preemphasis)
      (self.floor, self.bank) = (floor, bank)
      let length = single.windowLength
      window = (0..<length).map {
        pow(0.5 - 0.5 * cos(2 * .pi * Double($0) / Double(length - 1)), 0.85)
      }
      fourierTransform = FourierTransform(length: SpectralComputation.fourierLength(length))
      workspace = fourierTransform.makeWorkspace()
      sums = [Double](repeating: 0, count: bank.channelCount + 2)
    }

    mutating func append(_ samples: [Float], from start: Int, to values: inout [Float]) {
      for frame in 0..<together {
        appendOne(samples, from: start + frame * single.stepLength, to: &values)
      }
    }

    /// The frames that are there of those that would be one.
    mutating func appendRest(_ samples: [Float], from start: Int, to values: inout [Float]) {
      for frame in 0..<single.frameCount(sampleCount: samples.count - start) {
        appendOne(samples, from: start + frame * single.stepLength, to: &values)
      }
    }

    private mutating func appendOne(
      _ samples: [Float], from start: Int, to values: inout [Float]
    ) {
      let length = single.windowLength
      let mean =
        samples[start..<start + length].reduce(0.0) { $0 + Double($1) * 32768 } / Double(length)
      var before: Double?
      func next(_ index: Int) -> Double {
        guard index < length else { return 0 }
        let sample = Double(samples[start + index]) * 32768 - mean
        defer { before = sample }
        return (sample - preemphasis * (before ?? sample)) * window[index]
      }
      for pair in 0..<fourierTransform.length / 2 {
        let even = next(2 * pair)
        workspace.setPair(pair, even, next(2 * pair + 1))
      }
      fourierTransform.transform(&workspace)
      bank.sum(workspace.power, ofPower: true, into: &sums)
      for channel in 1...bank.channelCount {
        values.append(Float(log(max(sums[channel], floor))))
      }
    }
  }
}
