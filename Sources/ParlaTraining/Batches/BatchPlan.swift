import ParlaNeuralNetwork

/// Which samples are trained on together, and in which order.
///
/// Samples of like length make a batch, so that little is padded. The first epoch goes from short to long (Amodei et al.
/// 2016, "Deep Speech 2", section 3.2, SortaGrad), the others in an order that the seed and the epoch decide.
struct BatchPlan {
  private let batches: [Range<Int>]
  private let frameCounts: [Int]
  private let seed: UInt64
  private let isReversed: Bool

  /// How large a batch may become.
  enum Size: Equatable {
    /// A number of samples.
    case samples(Int)
    /// A number of frames, padding included; at least one sample.
    case frames(Int)
  }

  /// Plans batches of samples that have `frameCounts`, in ascending order.
  ///
  /// When it `isReversed`, the first epoch goes from long to short instead.
  init(frameCounts: [Int], size: Size, seed: UInt64, isReversed: Bool = false) {
    var batches: [Range<Int>] = []
    var start = 0
    for index in frameCounts.indices {
      let count = index - start
      let isFull =
        switch size {
        case .samples(let limit): count >= limit
        case .frames(let limit): count > 0 && (count + 1) * frameCounts[index] > limit
        }
      if isFull {
        batches.append(start..<index)
        start = index
      }
    }
    if start < frameCounts.count { batches.append(start..<frameCounts.count) }
    self.batches = batches
    self.frameCounts = frameCounts
    self.seed = seed
    self.isReversed = isReversed
  }

  /// How many batches make an epoch.
  var count: Int { batches.count }

  /// The batch with the most frames, padding included: the one that needs the most memory.
  var largest: Range<Int>? { batches.max { paddedFrameCount($0) < paddedFrameCount($1) } }

  /// The batches of epoch `epoch`, which counts from 0.
  func batches(epoch: Int) -> [Range<Int>] {
    guard epoch > 0 else { return isReversed ? batches.reversed() : batches }
    var generator = SeededGenerator(mixing: seed, UInt64(epoch))
    return batches.shuffled(using: &generator)
  }

  /// Frames of a batch, with those that fill the shorter samples up.
  func paddedFrameCount(_ batch: Range<Int>) -> Int {
    batch.isEmpty ? 0 : batch.count * frameCounts[batch.upperBound - 1]
  }
}

/// Into how many parts a batch must be cut so that no part has more than `frameLimit` frames, padding included.
///
/// - Returns: The fewest that do; as many as there are samples when one sample alone has more.
func partCount(sampleCount: Int, longest: Int, frameLimit: Int) -> Int {
  guard sampleCount > 0, longest > 0 else { return 1 }
  let samplesInPart = max(1, frameLimit / longest)
  return (sampleCount + samplesInPart - 1) / samplesInPart
}

/// `range` cut into `count` parts that differ by one element at most.
func parts(of range: Range<Int>, count: Int) -> [Range<Int>] {
  (0..<count).map { part in
    let start = range.lowerBound + range.count * part / count
    return start..<range.lowerBound + range.count * (part + 1) / count
  }
}
