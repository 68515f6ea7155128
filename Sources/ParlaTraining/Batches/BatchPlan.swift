import ParlaNeuralNetwork

/// Which samples are trained on together, and in which order.
///
/// Samples of like length make a batch, so that little is padded. The first epoch goes from short to long (Amodei et al.
/// 2016, "Deep Speech 2", section 3.2, SortaGrad), the others in an order that the seed and the epoch decide.
struct BatchPlan {
  private let batches: [Range<Int>]
  private let seed: UInt64

  /// Plans batches of `batchSize` of `sampleCount` samples, sorted by length.
  init(sampleCount: Int, batchSize: Int, seed: UInt64) {
    batches = stride(from: 0, to: sampleCount, by: batchSize).map {
      $0..<min($0 + batchSize, sampleCount)
    }
    self.seed = seed
  }

  /// The batches of epoch `epoch`, which counts from 0.
  func batches(epoch: Int) -> [Range<Int>] {
    guard epoch > 0 else { return batches }
    var generator = SeededGenerator(mixing: seed, UInt64(epoch))
    return batches.shuffled(using: &generator)
  }
}
