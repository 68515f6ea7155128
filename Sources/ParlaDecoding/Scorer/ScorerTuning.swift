import ParlaPlatform
public import ParlaTranscripts

/// Finds the weights of a scorer that make the fewest errors on recordings with known text.
///
/// The acoustic model has done its part once, before; each trial decodes its output again. Half of the
/// trials are drawn evenly from the ranges, the others around the best so far, ever closer
/// (Bergstra and Bengio 2012 for why drawing beats a grid; the closing in is a plain (1+1) evolution
/// strategy). The same seed gives the same trials.
public struct ScorerTuning: Sendable {
  /// The range of alpha that is searched.
  public var alphas = 0.0...5.0
  /// The range of beta that is searched.
  public var betas = 0.0...5.0

  /// How many pairs of weights are tried, the scorer's own first.
  public var trialCount = 60

  /// The random seed.
  public var seed: UInt64 = 1

  /// How many threads decode; nil for one a processor.
  public var threadCount: Int?

  /// A pair of weights and the errors that are made with it.
  public struct Trial: Sendable, Equatable, Codable {
    /// The weight of the language model.
    public let alpha: Double
    /// The score added for each word.
    public let beta: Double
    /// Errors relative to the number of words said, or of characters if those are the units.
    public let errorRate: Double
  }

  /// Makes a search over the original's usual ranges.
  public init() {}

  /// Tries weights of `scorer` on `recordings` with their `references` and returns all trials in their
  /// order; `progress` is called after each with the best so far.
  ///
  /// - Throws: `DecodingError.invalidOption` when there is nothing to tune on; what `progress` throws.
  public func run(
    _ scorer: Scorer, decoder: BeamSearchDecoder, recordings: [LabelProbabilities],
    references: [String], progress: (Trial, _ best: Trial) throws -> Void = { _, _ in }
  ) throws -> [Trial] {
    guard !recordings.isEmpty, recordings.count == references.count, trialCount >= 1 else {
      throw DecodingError.invalidOption(
        name: "tuning", found: "\(recordings.count) recordings, \(references.count) transcripts",
        expected: "as many of both, and at least one")
    }
    var random = Generator(state: seed)
    var trials: [Trial] = []
    var best: Trial?
    for number in 0..<trialCount {
      let weights = weights(number, scorer: scorer, best: best, using: &random)
      let trial = errors(
        scorer.weighted(alpha: weights.alpha, beta: weights.beta), decoder: decoder, recordings,
        references)
      trials.append(trial)
      if trial.errorRate < best?.errorRate ?? .infinity { best = trial }
      try progress(trial, best ?? trial)
    }
    return trials
  }

  /// The trial in whose neighbourhood the fewest errors are made; nil without trials.
  ///
  /// Errors are averaged over the trials with a Gaussian of a twentieth of the ranges, so that it is
  /// not the luck of a few words that decides.
  public func best(of trials: [Trial]) -> Trial? {
    func smoothed(_ center: Trial) -> Double {
      var (sum, weightSum) = (0.0, 0.0)
      for trial in trials {
        let alpha = (trial.alpha - center.alpha) / (alphas.upperBound - alphas.lowerBound)
        let beta = (trial.beta - center.beta) / (betas.upperBound - betas.lowerBound)
        let weight = exp(-(alpha * alpha + beta * beta) * 200)
        sum += weight * trial.errorRate
        weightSum += weight
      }
      return sum / weightSum
    }
    return trials.map { ($0, smoothed($0)) }.min { $0.1 < $1.1 }?.0
  }

  private func weights(
    _ number: Int, scorer: Scorer, best: Trial?, using random: inout Generator
  ) -> (alpha: Double, beta: Double) {
    guard number > 0, let best else { return (scorer.alpha, scorer.beta) }
    let drawn = (trialCount + 1) / 2
    guard number >= drawn else {
      return (Double.random(in: alphas, using: &random), Double.random(in: betas, using: &random))
    }
    let width = 0.25 * Double(trialCount - number) / Double(trialCount - drawn)
    func near(_ center: Double, _ range: ClosedRange<Double>) -> Double {
      let reach = width * (range.upperBound - range.lowerBound)
      let value = center + Double.random(in: -reach...reach, using: &random)
      return min(max(value, range.lowerBound), range.upperBound)
    }
    return (near(best.alpha, alphas), near(best.beta, betas))
  }

  private func errors(
    _ scorer: Scorer, decoder: BeamSearchDecoder, _ recordings: [LabelProbabilities],
    _ references: [String]
  ) -> Trial {
    var decoder = decoder
    decoder.scorer = scorer
    var errors = ErrorRate()
    let decoded = decoder.decode(batch: recordings, threadCount: threadCount)
    for (candidates, reference) in zip(decoded, references) {
      let text = scorer.units.text(candidates.first?.tokens.map(\.label) ?? [])
      _ = errors.add(reference: reference, hypothesis: text)
    }
    let rate =
      scorer.units.kind == .words ? errors.wordErrorRate : errors.characterErrorRate
    return Trial(alpha: scorer.alpha, beta: scorer.beta, errorRate: rate)
  }

  /// SplitMix64 of Steele, Lea and Flood 2014.
  private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
  }
}
