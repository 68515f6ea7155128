package import ParlaDescriptions

/// `kur_mfcc`: mel-frequency cepstral coefficients as Deepgram's Kur has them (`type: mfcc`).
///
/// ``KurFeatures`` does the same to what a file stores, and fills a last window that is not full.
package struct KurCepstrum: FrontEnd {
  package static let kind = "kur_mfcc"

  package let grid: FrameGrid
  private let cepstra: KurCepstra

  /// Reads `max_frequency`, in hertz.
  package init(_ fields: inout FieldReader, sampleRate: Int) throws(DescriptionProblem) {
    guard sampleRate >= 200 else {
      throw DescriptionProblem(
        field: "sample_rate", found: "\(sampleRate)", expected: "200 Hz or more")
    }
    let highest = try fields.number(
      "max_frequency", "the highest frequency that counts, in hertz", above: 0,
      default: Double(sampleRate) / 2)
    cepstra = KurCepstra(sampleRate: sampleRate, Double(highest))
    grid = FrameGrid(
      windowLength: cepstra.windowLength, stepLength: cepstra.stepLength, historyLength: 1)
  }

  package var featureCount: Int { KurCepstra.coefficientCount }

  package var summary: String { "\(featureCount) cepstral coefficients" }

  package func makeComputation() -> any FrameComputation {
    Computation(cepstra: cepstra, sampleCount: grid.historyLength + grid.windowLength)
  }

  private struct Computation: FrameComputation {
    let cepstra: KurCepstra
    let sampleCount: Int

    mutating func append(_ samples: [Float], from start: Int, to values: inout [Float]) {
      // Whole numbers, as files of 16 bits store them.
      let stored = samples[start..<start + sampleCount].map {
        Double(SixteenBits.rounded($0)) * 32768
      }
      values += cepstra.coefficients(of: stored).map { Float($0) }
    }
  }
}
