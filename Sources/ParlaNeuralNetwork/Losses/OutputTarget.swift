import ParlaPlatform

/// The target of one of a graph's outputs, which itself has probabilities or numbers.
package enum OutputTarget: Sendable {
  /// Labels of each sequence, to be spelled in its frames; the output has probabilities, the blank's being the last.
  ///
  /// They are read as Keras does: ln(p + 1e-8) count as logits. The loss is multiplied by `scale`.
  case labels([[Int32]], frameCounts: [Int], scale: Float = 1)
  /// Numbers, [frames, batch, features]: the loss is the mean of squared differences.
  case values(Tensor)
  /// Shares of classes, [frames, batch, classes]: the loss is the mean of -Σ share ln p.
  case classes(Tensor)

  /// No probability counts as less, nor as more than what it leaves of 1.
  private static let leastProbability: Float = 1e-7

  /// Added to the probabilities of labels.
  private static let logarithmOffset: Float = 1e-8

  /// The loss of each sequence of `output`, and the gradient of `weight` times their sum with respect to the output.
  package func loss(
    of output: Sequences, weight: Float, compute: Compute
  ) -> (losses: [Double], gradient: Tensor) {
    switch self {
    case .labels(let labels, let frameCounts, let scale):
      var logits = output.values
      for index in 0..<logits.count { logits[index] = log(logits[index] + Self.logarithmOffset) }
      let loss = CTCLoss(
        logits: logits, labels: labels, frameCounts: frameCounts, weight: weight * scale,
        compute: compute)
      var gradient = loss.logitsGradient
      for index in 0..<gradient.count {
        gradient[index] /= output.values[index] + Self.logarithmOffset
      }
      return (loss.losses.map { $0 * Double(scale) }, gradient)
    case .values(let targets):
      return mean(output, targets, perFeature: true, weight) { value, target in
        let difference = value - target
        return (difference * difference, 2 * difference)
      }
    case .classes(let targets):
      return mean(output, targets, perFeature: false, weight) { value, target in
        let probability = min(max(value, Self.leastProbability), 1 - Self.leastProbability)
        return (-target * log(probability), value == probability ? -target / probability : 0)
      }
    }
  }

  /// The mean over frames, and over features too, of what `term` makes of a number and what it should be, with its slope.
  private func mean(
    _ output: Sequences, _ targets: Tensor, perFeature: Bool, _ weight: Float,
    _ term: (_ value: Float, _ target: Float) -> (loss: Float, slope: Float)
  ) -> (losses: [Double], gradient: Tensor) {
    precondition(targets.shape == output.values.shape, "a target for each number")
    let (frameCount, count, featureCount) = (
      output.frameCount, output.count, output.featureCount
    )
    var losses = [Double](repeating: 0, count: count)
    var gradient = Tensor(unwritten: output.values.shape)
    let share = 1 / Float(frameCount * (perFeature ? featureCount : 1))
    for index in 0..<gradient.count {
      let (loss, slope) = term(output.values[index], targets[index])
      losses[index / featureCount % count] += Double(loss * share)
      gradient[index] = weight * share * slope
    }
    return (losses, gradient)
  }
}
