package import ParlaDescriptions

/// `sound`: the samples themselves, for networks that begin with convolutions over them.
package struct RawSound: FrontEnd {
  package static let kind = "sound"

  package let featureCount: Int

  /// Reads `frame`: how many samples make one, none of them twice.
  package init(_ fields: inout FieldReader, sampleRate: Int) throws(DescriptionProblem) {
    featureCount = try fields.integer(
      "frame", "how many samples a frame has", in: 1...1 << 16, default: 1)
  }

  package var grid: FrameGrid { FrameGrid(windowLength: featureCount, stepLength: featureCount) }

  package var summary: String {
    featureCount == 1 ? "samples" : "frames of \(featureCount) samples"
  }

  package func makeComputation() -> any FrameComputation { Samples(count: featureCount) }

  private struct Samples: FrameComputation {
    let count: Int

    mutating func append(_ samples: [Float], from start: Int, to values: inout [Float]) {
      for sample in samples[start..<start + count] { values.append(SixteenBits.rounded(sample)) }
    }
  }
}
