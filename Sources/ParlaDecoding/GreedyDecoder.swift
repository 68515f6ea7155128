import Foundation
public import ParlaTranscripts

/// Reads the most probable label of each frame: CTC's best path.
///
/// Graves et al. 2006, "Connectionist temporal classification", section 3.2. Fast and without
/// settings, but it follows one alignment, where the beam search adds up all that spell the same
/// text.
public struct GreedyDecoder: Sendable {
  /// Makes a greedy decoder.
  public init() {}

  /// The best path of `probabilities`, repeats collapsed and blanks dropped.
  ///
  /// A token's frame is the first of its run. The score is the probability of the path, not of the
  /// text.
  public func decode(_ probabilities: LabelProbabilities) -> Candidate {
    var tokens: [Token] = []
    var naturalLogProbability = 0.0
    var previous = probabilities.blank
    for frame in 0..<probabilities.frameCount {
      let (label, probability) = best(in: frame, of: probabilities)
      naturalLogProbability += log(Double(probability) + Double(Float.leastNormalMagnitude))
      if label != previous, label != probabilities.blank {
        tokens.append(Token(label: label, frame: frame))
      } else if label == previous, label != probabilities.blank, let last = tokens.popLast() {
        tokens.append(Token(label: label, frame: last.frame, endFrame: frame + 1))
      }
      previous = label
    }
    return Candidate(tokens: tokens, naturalLogProbability: naturalLogProbability)
  }

  /// The first of the most probable labels; what is not a number counts as 0, and a frame of zeros
  /// as blank.
  private func best(
    in frame: Int, of probabilities: LabelProbabilities
  ) -> (label: Int, probability: Float) {
    var best = (label: probabilities.blank, probability: Float(0))
    let start = frame * probabilities.labelCount
    for label in 0..<probabilities.labelCount
    where probabilities.values[start + label] > best.probability {
      best = (label, probabilities.values[start + label])
    }
    return best
  }
}
