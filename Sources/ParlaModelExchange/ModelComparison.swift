package import ParlaTranscripts

/// How far two models' answers to the same recording are from each other.
package struct ModelComparison: Sendable, Equatable {
  /// The largest difference of two probabilities.
  package let largestDifference: Float

  /// The frame where it is.
  package let frameIndex: Int

  /// The label where it is; the blank follows the alphabet.
  package let label: Int

  /// In how many frames the two find another label most probable.
  package let disagreeingFrameCount: Int

  /// How many frames there are.
  package let frameCount: Int

  /// Compares two matrices of the same shape.
  ///
  /// Returns nil when the shapes differ: then the models have other features or alphabets.
  package init?(_ a: LabelProbabilities, _ b: LabelProbabilities) {
    guard a.frameCount == b.frameCount, a.labelCount == b.labelCount else { return nil }
    var largest: (difference: Float, index: Int) = (0, 0)
    for index in a.values.indices {
      let difference = abs(a.values[index] - b.values[index])
      if difference > largest.difference || difference.isNaN { largest = (difference, index) }
    }
    largestDifference = largest.difference
    frameIndex = largest.index / max(a.labelCount, 1)
    label = largest.index % max(a.labelCount, 1)
    frameCount = a.frameCount
    disagreeingFrameCount = (0..<a.frameCount).count { a.bestLabel($0) != b.bestLabel($0) }
  }
}

extension LabelProbabilities {
  fileprivate func bestLabel(_ frame: Int) -> Int? {
    let row = values[frame * labelCount..<(frame + 1) * labelCount]
    return row.indices.max { row[$0] < row[$1] }.map { $0 - row.startIndex }
  }
}
