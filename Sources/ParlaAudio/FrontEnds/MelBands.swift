import ParlaDescriptions

/// Bands that are evenly spaced on the mel scale, as the fields of a front end give them.
struct MelBands {
  /// How many there are.
  let count: Int
  private let lowest: Float
  private let highest: Float
  private let sampleRate: Int

  /// Reads `channels`, how many bands there are, `lowest` and `highest`, the edges of all in hertz.
  init(
    _ fields: inout FieldReader, sampleRate: Int, defaultCount: Int
  ) throws(DescriptionProblem) {
    self.sampleRate = sampleRate
    count = try fields.integer("channels", "how many bands", in: 1...1000, default: defaultCount)
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
  }

  /// The filters over the spectrum of a window.
  func filterbank(windowLength: Int) -> MelFilterbank {
    MelFilterbank(
      channelCount: count,
      binCount: SpectralComputation.binCount(windowLength: windowLength),
      sampleRate: sampleRate, lowerEdge: Double(lowest), upperEdge: Double(highest),
      takesAllBins: true)
  }
}
