package import ParlaDescriptions

/// `sound`: the samples themselves, for networks that begin with convolutions over them.
package struct RawSound: FrontEnd {
  package static let kind = "sound"

  package let featureCount: Int
  private let isExact: Bool

  /// Reads `frame`: how many samples make one, none of them twice; and `exact`: whether they are left as they are, not rounded to 16
  /// bits.
  package init(_ fields: inout FieldReader, sampleRate: Int) throws(DescriptionProblem) {
    featureCount = try fields.integer(
      "frame", "how many samples a frame has", in: 1...1 << 16, default: 1)
    isExact = try fields.flag(
      "exact", "whether samples are left as they are, not rounded to 16 bits", default: false)
  }

  package var grid: FrameGrid { FrameGrid(windowLength: featureCount, stepLength: featureCount) }

  package var summary: String {
    featureCount == 1 ? "samples" : "frames of \(featureCount) samples"
  }

  package func makeComputation() -> any FrameComputation {
    Samples(count: featureCount, isExact: isExact)
  }

  private struct Samples: FrameComputation {
    let count: Int
    let isExact: Bool

    mutating func append(_ samples: [Float], from start: Int, to values: inout [Float]) {
      if isExact {
        values += samples[start..<start + count]
        return
      }
      for sample in samples[start..<start + count] { values.append(SixteenBits.rounded(sample)) }
    }
  }
}
