/// A table of the values that quantised numbers may take.
///
/// Federico and Bertoldi 2006, "How many bits are needed to store probabilities for phrase-based translation?": the values
/// are sorted and cut into bins of equal population, each represented by its mean (`lm/quantize.cc`).
struct Quantizer {
  /// The value of each code, rising from `reserved` on.
  let centers: [Float]

  /// Codes in front that training does not touch.
  private let reserved: Int

  /// A table of 2^`bits` probabilities.
  init(probabilities: [Float], bits: Int) {
    centers = Self.bins(probabilities, count: 1 << bits)
    reserved = 0
  }

  /// A table of 2^`bits` backoffs, the first two for zero with nothing to follow and for zero with something.
  init(backoffs: [Float], bits: Int) {
    centers = [-0.0, 0] + Self.bins(backoffs.filter { $0 != 0 }, count: 1 << bits - 2)
    reserved = 2
  }

  private static func bins(_ values: [Float], count: Int) -> [Float] {
    let values = values.sorted()
    var centers: [Float] = []
    centers.reserveCapacity(count)
    var start = 0
    for bin in 0..<count {
      let end = values.count * (bin + 1) / count
      if end == start {
        centers.append(centers.last ?? -.infinity)
      } else {
        let sum = values[start..<end].reduce(0.0) { $0 + Double($1) }
        centers.append(Float(sum / Double(Float(end - start))))
      }
      start = end
    }
    return centers
  }

  /// The code whose value is nearest to `probability`.
  func code(of probability: Float) -> UInt64 { nearest(probability) }

  /// The code for `backoff`; zero keeps its sign, which says whether the n-gram is continued.
  func code(ofBackoff backoff: Float) -> UInt64 {
    if backoff == 0 { return backoff.bitPattern == StateWriter.noExtension ? 0 : 1 }
    return nearest(backoff)
  }

  private func nearest(_ value: Float) -> UInt64 {
    var (low, high) = (reserved, centers.count)
    while low < high {
      let middle = (low + high) / 2
      if centers[middle] < value { low = middle + 1 } else { high = middle }
    }
    if low == reserved { return UInt64(reserved) }
    if low == centers.count { return UInt64(centers.count - 1) }
    return UInt64(low) - (value - centers[low - 1] < centers[low] - value ? 1 : 0)
  }
}
