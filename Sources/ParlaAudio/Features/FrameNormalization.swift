import ParlaDescriptions

/// How features are brought to one scale: part of a model's description, with the statistics that it needs.
package struct FrameNormalization: Sendable, Equatable {
  /// The value subtracted from each feature, and the divisor that follows.
  package enum Kind: String, CaseIterable, Sendable {
    /// Nothing.
    case none
    /// The mean and the deviation in the recording itself, of which all must be there.
    case utterance
    /// The mean and the deviation of the training's recordings.
    case fixed
    /// The mean so far, and the deviation of the training's recordings.
    case running
  }

  /// The values that are subtracted, and the divisors.
  package let kind: Kind

  /// Of the training's recordings; empty until measured.
  private let mean: [Float]
  private let deviation: [Float]

  /// For how many frames the training's mean counts, and how many frames the mean remembers.
  private let prior: Int
  private let memory: Int

  /// None at all.
  init() {
    kind = .none
    (mean, deviation, prior, memory) = ([], [], 1, 1)
  }

  /// Reads `normalization`, and for some of its kinds `mean`, `deviation`, `prior` and `memory`.
  init(_ fields: inout FieldReader, featureCount: Int) throws(DescriptionProblem) {
    kind = try fields.choice(
      "normalization", "how features are normalised", of: Kind.self, default: Kind.none)
    guard kind == .fixed || kind == .running else {
      (mean, deviation, prior, memory) = ([], [], 1, 1)
      return
    }
    mean = try fields.numbers("mean", "the mean of each feature", count: featureCount) ?? []
    deviation =
      try fields.numbers(
        "deviation", "the standard deviation of each feature", count: featureCount, above: 0) ?? []
    guard mean.isEmpty == deviation.isEmpty else {
      throw DescriptionProblem(
        field: mean.isEmpty ? "deviation" : "mean", found: "one of `mean` and `deviation`",
        expected: "both, or neither, so that they are measured")
    }
    guard kind == .running else {
      (prior, memory) = (1, 1)
      return
    }
    prior = try fields.integer(
      "prior", "for how many frames the mean of the training counts", in: 1...1_000_000,
      default: 100)
    memory = try fields.integer(
      "memory", "how many frames the mean remembers", in: 1...1_000_000, default: 3000)
  }

  /// Whether statistics of the training's recordings are needed that are not there yet.
  var needsStatistics: Bool { (kind == .fixed || kind == .running) && mean.isEmpty }

  /// Whether a recording must be there as a whole.
  var needsWhole: Bool { kind == .utterance }
}

extension FrameNormalization {
  /// Normalises the frames of one recording after another; however they are cut, the result is that of the whole.
  struct State: Sendable {
    private let normalization: FrameNormalization
    private let featureCount: Int
    private let wholeStatistics: WholeStatistics
    private var runningMean: [Float]
    private var frameCount = 0

    init(
      _ normalization: FrameNormalization, featureCount: Int, wholeStatistics: WholeStatistics
    ) {
      self.normalization = normalization
      self.wholeStatistics = wholeStatistics
      self.featureCount = featureCount
      runningMean = normalization.mean
    }

    /// Starts with the next recording.
    mutating func reset() {
      runningMean = normalization.mean
      frameCount = 0
    }

    /// Normalises the frames that `values` hold from `start` on: the next ones, or where all are needed, all; `rest` counts for the
    /// statistics of all, but is in no frame.
    mutating func normalize(_ values: inout [Float], from start: Int = 0, rest: [Float] = []) {
      guard start < values.count else { return }
      switch normalization.kind {
      case .none: return
      case .utterance: normalizeWhole(&values, from: start, rest: rest)
      case .fixed, .running:
        guard !normalization.mean.isEmpty else { return }
        for frame in stride(from: start, to: values.count, by: featureCount) {
          normalizeFrame(&values, at: frame)
        }
      }
    }

    private mutating func normalizeFrame(_ values: inout [Float], at start: Int) {
      if normalization.kind == .running {
        frameCount += 1
        let share = 1 / Float(min(normalization.prior + frameCount, max(normalization.memory, 1)))
        for index in 0..<featureCount {
          runningMean[index] += share * (values[start + index] - runningMean[index])
        }
      }
      for index in 0..<featureCount {
        values[start + index] =
          (values[start + index] - runningMean[index]) / normalization.deviation[index]
      }
    }

    /// What is too even to have a deviation is not divided by next to nothing: 10⁻⁷ is added to the variance.
    private func normalizeWhole(_ values: inout [Float], from start: Int, rest: [Float]) {
      let columnCount = wholeStatistics.columnCount
      var statistics = FeatureStatistics(featureCount: columnCount)
      statistics.add(values[start...])
      statistics.add(rest)
      let means = statistics.means
      let deviations = statistics.variances(freedom: wholeStatistics.freedom).map {
        ($0 + 1e-7).squareRoot()
      }
      var column = 0
      for index in start..<values.count {
        values[index] = Float((Double(values[index]) - means[column]) / deviations[column])
        column = column + 1 == columnCount ? 0 : column + 1
      }
    }
  }
}

/// Mean and deviation of each feature over any number of frames.
package struct FeatureStatistics: Sendable {
  private var sums: [Double]
  private var squares: [Double]
  private var frameCount = 0

  /// Of no frames yet.
  package init(featureCount: Int) {
    sums = [Double](repeating: 0, count: featureCount)
    squares = sums
  }

  /// Adds frames [frames, features].
  package mutating func add(_ values: some Collection<Float>) {
    var column = 0
    for value in values {
      sums[column] += Double(value)
      squares[column] += Double(value) * Double(value)
      column += 1
      if column == sums.count {
        column = 0
        frameCount += 1
      }
    }
  }

  /// Whether there were any frames.
  package var isEmpty: Bool { frameCount == 0 }

  /// The mean of each feature.
  package var means: [Double] { sums.map { $0 / Double(max(frameCount, 1)) } }

  /// The variance of each feature.
  package var variances: [Double] { variances(freedom: 0) }

  /// The same, with the sums of squares divided by `freedom` less than there are frames.
  package func variances(freedom: Int) -> [Double] {
    let count = Double(max(frameCount, 1))
    let factor = count / Double(max(frameCount - freedom, 1))
    return zip(squares, means).map { max($0 / count - $1 * $1, 0) * factor }
  }
}
