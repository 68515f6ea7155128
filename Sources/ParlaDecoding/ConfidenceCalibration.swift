import ParlaPlatform

/// Turns a search's evidence for a word into the probability that the word was said.
///
/// The evidence has two parts. The posterior: the share of the texts in the beam that also have the word
/// at that time, weighted by probability by acoustic model and scorer (Wessel et al. 2001,
/// "Confidence measures for large vocabulary continuous speech recognition", over a beam instead of
/// a lattice). And the acoustic score: the mean natural logarithm of the probabilities of the word's
/// labels at their frames. Neither is the share of correct words, so a
/// logistic regression on words of held-out recordings combines both (Platt 1999).
public struct ConfidenceCalibration: Sendable, Equatable, Codable {
  /// The weight of the posterior's logarithm of the odds.
  public var posterior: Double
  /// The weight of the mean natural log probability of the labels.
  public var acoustic: Double
  /// The constant.
  public var offset: Double

  /// Makes a calibration with these weights.
  public init(posterior: Double, acoustic: Double, offset: Double) {
    self.posterior = posterior
    self.acoustic = acoustic
    self.offset = offset
  }

  /// For searches with a scorer that was not tuned, or with a grammar; fitted to English, a network of
  /// 512 units.
  public static let scorer = Self(posterior: 0.28, acoustic: 0.59, offset: -0.69)

  /// For searches without a scorer; fitted to the same.
  public static let noScorer = Self(posterior: 0.24, acoustic: 4.36, offset: -0.47)

  /// For texts that were read greedily, which have no rivals; fitted to the same.
  public static let greedy = Self(posterior: 0, acoustic: 6.3, offset: 0.82)

  /// Far beyond all that is ever fitted: evidence of 0.01 would decide alone.
  static let largestWeight = 1000.0

  var weights: [Double] { [posterior, acoustic, offset] }

  /// Whether the weights are valid numbers.
  var isSensible: Bool { weights.allSatisfy { abs($0) <= Self.largestWeight } }

  /// - Throws: `DecodingError.invalidOption`.
  func check() throws(DecodingError) {
    guard isSensible else {
      throw .invalidOption(
        name: "confidence weights", found: "\(weights)",
        expected: "numbers up to \(Int(Self.largestWeight))")
    }
  }

  /// The probability, from 0 to 1, that a word with this evidence was said.
  public func confidence(of evidence: WordEvidence) -> Double {
    let sum =
      posterior * evidence.posteriorLogOdds + acoustic * evidence.acousticScore + offset
    // Weights of a strange file may be so large that nothing is left to add up.
    return sum.isNaN ? 0 : 1 / (1 + exp(-sum))
  }
}

/// A search's evidence for a recognised word.
public struct WordEvidence: Sendable, Equatable {
  /// The share of the beam's probability, from 0 to 1, that has the word too.
  public let posterior: Double

  /// The mean natural logarithm of the probabilities of the word's labels.
  public let acousticScore: Double

  /// ln(p / (1 - p)) of the posterior, limited to at least 0.001 away from 0 and 1, the resolution
  /// of a beam.
  public var posteriorLogOdds: Double {
    let bounded = min(max(posterior, 0.001), 0.999)
    return log(bounded / (1 - bounded))
  }

  /// Makes the evidence of a word.
  public init(posterior: Double, acousticScore: Double) {
    self.posterior = posterior
    self.acousticScore = acousticScore
  }
}

// MARK: - Fitting

extension ConfidenceCalibration {
  /// The calibration that makes the outcome for the `words` most probable: for each its evidence
  /// and whether it was said.
  ///
  /// Newton's method with slight regularisation, so that words that are all right or all wrong do not
  /// drive the weights to infinity. Nil for fewer than 50 words, which are too few.
  public static func fitted(
    to words: [(evidence: WordEvidence, wasSaid: Bool)]
  ) -> ConfidenceCalibration? {
    guard words.count >= 50 else { return nil }
    var weights = [0.0, 0, 0]
    for _ in 0..<50 {
      var gradient = weights.map { -0.01 * $0 }
      var curvature = [0.01, 0, 0, 0, 0.01, 0, 0, 0, 0.01]
      for word in words {
        let inputs = [word.evidence.posteriorLogOdds, word.evidence.acousticScore, 1]
        let sum = zip(weights, inputs).reduce(0) { $0 + $1.0 * $1.1 }
        let probability = 1 / (1 + exp(-sum))
        for row in 0..<3 {
          gradient[row] += inputs[row] * ((word.wasSaid ? 1 : 0) - probability)
          for column in 0..<3 {
            curvature[row * 3 + column] +=
              inputs[row] * inputs[column] * probability * (1 - probability)
          }
        }
      }
      let step = solve(curvature, gradient)
      for index in 0..<3 { weights[index] += step[index] }
    }
    let fitted = ConfidenceCalibration(
      posterior: weights[0], acoustic: weights[1], offset: weights[2])
    return fitted.isSensible ? fitted : nil
  }

  /// x of matrix x = vector, three by three, by Cramer's rule.
  private static func solve(_ matrix: [Double], _ vector: [Double]) -> [Double] {
    func determinant(_ m: [Double]) -> Double {
      m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6])
        + m[2] * (m[3] * m[7] - m[4] * m[6])
    }
    let whole = determinant(matrix)
    return (0..<3).map { column in
      var replaced = matrix
      for row in 0..<3 { replaced[row * 3 + column] = vector[row] }
      return determinant(replaced) / whole
    }
  }
}
