/// Word and character error rates over a set of samples, as DeepSpeech and Coqui STT define them.
///
/// Words are divided by white space, characters are Unicode code points, spaces among them. The
/// rate of the set is the sum of edits over the sum of reference lengths, at most 1
/// (`training/deepspeech_training/util/evaluate_tools.py`).
public struct ErrorRate: Sendable, Equatable {
  /// Edits against one sample's reference.
  public struct Edits: Sendable, Equatable {
    /// Insertions, deletions and substitutions.
    public let count: Int

    /// How many words or characters the reference has.
    public let referenceLength: Int

    /// Edits over reference length, not capped; an empty reference counts as one unit long.
    public var rate: Double { Double(count) / Double(max(1, referenceLength)) }
  }

  /// How far one sample's hypothesis is from its reference.
  public struct SampleErrors: Sendable, Equatable {
    /// The edits in words.
    public let words: Edits

    /// The edits in characters.
    public let characters: Edits

    /// Compares `hypothesis` with `reference`.
    public init(reference: String, hypothesis: String) {
      words = Edits(
        from: reference.split(whereSeparator: \.isWhitespace),
        to: hypothesis.split(whereSeparator: \.isWhitespace))
      characters = Edits(
        from: Array(reference.unicodeScalars), to: Array(hypothesis.unicodeScalars))
    }
  }

  private var words = EditSums()
  private var characters = EditSums()

  /// Makes the error rate of no samples.
  public init() {}

  /// Counts a sample, and returns its own errors.
  @discardableResult
  public mutating func add(reference: String, hypothesis: String) -> SampleErrors {
    let errors = SampleErrors(reference: reference, hypothesis: hypothesis)
    words.add(errors.words)
    characters.add(errors.characters)
    return errors
  }

  /// How many samples were counted.
  public var sampleCount: Int { words.sampleCount }

  /// How many words the references have.
  public var wordCount: Int { words.referenceLength }

  /// How many characters the references have.
  public var characterCount: Int { characters.referenceLength }

  /// Word edits over reference words, at most 1.
  public var wordErrorRate: Double { words.rate }

  /// Whether a rate would be above 1, and is given as 1.
  package var isCapped: Bool { words.isCapped || characters.isCapped }

  /// Character edits over reference characters, at most 1.
  public var characterErrorRate: Double { characters.rate }

  /// The 95 % confidence interval of the word error rate for such speech; nil for fewer than two
  /// samples.
  ///
  /// Analytic: normal approximation of a ratio of sums over samples, so that a sample's words may
  /// depend on each other (Cochran 1977, Sampling Techniques, eq. 6.13).
  public var wordErrorRateInterval: ClosedRange<Double>? { words.interval }

  /// The 95 % confidence interval of the character error rate for such speech; nil for fewer than
  /// two samples.
  public var characterErrorRateInterval: ClosedRange<Double>? { characters.interval }

  /// The closing line of an evaluation, the same for one sample: `WER 0.1234  CER 0.0456  (N samples)`.
  public var summary: String {
    "WER \(fourDecimals(wordErrorRate))  CER \(fourDecimals(characterErrorRate))  "
      + "(\(sampleCount) samples)"
  }
}

extension ErrorRate.Edits {
  fileprivate init<Element: Equatable>(from reference: [Element], to hypothesis: [Element]) {
    count = EditDistance.between(reference, hypothesis)
    referenceLength = reference.count
  }
}

/// Sums from which the ratio R = Σe/Σn of edits e to reference lengths n and its variance follow.
private struct EditSums: Sendable, Equatable {
  private(set) var sampleCount = 0
  private(set) var referenceLength = 0
  private var edits = 0
  private var squaredEdits = 0
  private var squaredLengths = 0
  private var products = 0

  mutating func add(_ sample: ErrorRate.Edits) {
    sampleCount += 1
    edits += sample.count
    referenceLength += sample.referenceLength
    squaredEdits += sample.count * sample.count
    squaredLengths += sample.referenceLength * sample.referenceLength
    products += sample.count * sample.referenceLength
  }

  var rate: Double { min(1, uncappedRate) }

  var isCapped: Bool { uncappedRate > 1 }

  private var uncappedRate: Double { Double(edits) / Double(max(1, referenceLength)) }

  /// R ± 1.96 s with s² = N/(N-1) Σ(e - Rn)² / (Σn)².
  var interval: ClosedRange<Double>? {
    guard sampleCount > 1, referenceLength > 0 else { return nil }
    let ratio = uncappedRate
    let squares =
      Double(squaredEdits) - 2 * ratio * Double(products) + ratio * ratio * Double(squaredLengths)
    let correction = Double(sampleCount) / Double(sampleCount - 1)
    let deviation = (correction * max(0, squares)).squareRoot() / Double(referenceLength)
    return max(0, min(1, ratio - 1.96 * deviation))...min(1, ratio + 1.96 * deviation)
  }
}

private func fourDecimals(_ rate: Double) -> String {
  let digits = String(Int((rate * 10_000).rounded()))
  let padded = String(repeating: "0", count: max(0, 5 - digits.count)) + digits
  return "\(padded.dropLast(4)).\(padded.suffix(4))"
}
