package import ParlaDescriptions
import ParlaPlatform

/// `kur_spec`: the logarithm of the power density of frequency bins of 50 Hz, as Deepgram's Kur computes it (`type: spec`).
///
/// Windows of 20 ms every 10 ms under a symmetric Hann window; ``KurFeatures`` does the same to what a file stores, at its own rate.
package struct KurSpectrum: FrontEnd {
  package static let kind = "kur_spec"

  package let grid: FrameGrid
  package let featureCount: Int
  private let sampleRate: Int

  /// Reads `max_frequency`, in hertz.
  package init(_ fields: inout FieldReader, sampleRate: Int) throws(DescriptionProblem) {
    self.sampleRate = sampleRate
    let length = sampleRate / 50
    guard length >= 4 else {
      throw DescriptionProblem(
        field: "sample_rate", found: "\(sampleRate)", expected: "200 Hz or more")
    }
    grid = FrameGrid(windowLength: length, stepLength: sampleRate / 100)
    let highest = try fields.number(
      "max_frequency", "the highest frequency that counts, in hertz", above: 0,
      default: Double(sampleRate) / 2)
    featureCount = min(length / 2 + 1, Int(highest / 50 + 0.5) + 1)
  }

  package var summary: String { "logarithms of the power of \(featureCount) bins of 50 Hz" }

  package func makeComputation() -> any FrameComputation {
    Computation(
      spectrum: KurSpectrumFrame(sampleRate: sampleRate, binCount: featureCount),
      length: grid.windowLength)
  }

  private struct Computation: FrameComputation {
    let spectrum: KurSpectrumFrame
    let length: Int

    mutating func append(_ samples: [Float], from start: Int, to values: inout [Float]) {
      let frame = spectrum.frame(
        (0..<length).map { Double(SixteenBits.rounded(samples[start + $0])) })
      values += frame.map { Float($0) }
    }
  }
}

/// A window of sound, full scale being 1, as the logarithms ln(P + 1e-14) of its power density.
struct KurSpectrumFrame: Sendable {
  private let window: [Double]
  private let scale: Double
  private let spectrum: PowerSpectrum
  private let binCount: Int

  init(sampleRate: Int, binCount: Int) {
    let length = Int(0.02 * Double(sampleRate))
    window = (0..<length).map { index in
      0.5 - 0.5 * cos(2 * .pi * Double(index) / Double(max(length - 1, 1)))
    }
    scale = window.reduce(0) { $0 + $1 * $1 } * Double(sampleRate)
    spectrum = PowerSpectrum(length: length)
    self.binCount = binCount
  }

  func frame(_ samples: [Double]) -> [Double] {
    let power = spectrum.power(of: window.indices.map { samples[$0] * window[$0] })
    let last = spectrum.binCount - 1
    return (0..<binCount).map { bin in
      log(power[bin] * (bin == 0 || bin == last ? 1 : 2) / scale + 1e-14)
    }
  }
}
