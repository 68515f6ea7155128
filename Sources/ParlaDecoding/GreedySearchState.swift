import ParlaPlatform
public import ParlaTranscripts

/// A greedy decoding between two frames: feed it probabilities as they arrive, ask for the candidate at any time.
public struct GreedySearchState: Sendable {
  private var tokens: [Token] = []
  /// The log probability of each token at its frame.
  private var scores: [Double] = []
  private var naturalLogProbability = 0.0
  private var previous: Int?

  /// How many frames were fed.
  public private(set) var frameCount = 0

  /// The state before the first frame.
  public init() {}

  /// Advances by the frames of `probabilities`.
  public mutating func step(_ probabilities: LabelProbabilities) {
    for frame in 0..<probabilities.frameCount {
      let (label, probability) = probabilities.bestLabel(in: frame)
      naturalLogProbability += log(Double(probability) + Double(Float.leastNormalMagnitude))
      if label != previous ?? probabilities.blank, label != probabilities.blank {
        tokens.append(Token(label: label, frame: frameCount))
        scores.append(log(Double(probability)))
      } else if label != probabilities.blank, let last = tokens.popLast() {
        tokens.append(Token(label: label, frame: last.frame, endFrame: frameCount + 1))
      }
      previous = label
      frameCount += 1
    }
  }

  /// The text so far.
  public var candidate: Candidate {
    Candidate(tokens: tokens, naturalLogProbability: naturalLogProbability)
  }

  /// The text so far, with the times and confidence of the words.
  public func transcript(
    alphabet: Alphabet, secondsPerFrame: Double,
    calibration: ConfidenceCalibration = .greedy
  ) -> Transcript {
    let confidences = candidate.wordRanges(dividedBy: alphabet.spaceLabel).map { word in
      calibration.confidence(
        of: WordEvidence(
          posterior: 0.5, acousticScore: scores[word].reduce(0, +) / Double(word.count)))
    }
    return Transcript(
      candidate: candidate, alphabet: alphabet, secondsPerFrame: secondsPerFrame,
      wordConfidences: confidences)
  }
}

extension LabelProbabilities {
  /// The first of the most probable labels; what is not a number counts as 0, and a frame of zeros
  /// as blank.
  fileprivate func bestLabel(in frame: Int) -> (label: Int, probability: Float) {
    var best = (label: blank, probability: Float(0))
    let start = frame * labelCount
    for label in 0..<labelCount where values[start + label] > best.probability {
      best = (label, values[start + label])
    }
    return best
  }
}
