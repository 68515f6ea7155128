/// An order in which the entries of a batch are alike, though batches come as they may.
///
/// Kur 0.7, `kur/utils/neighbor_sort.py`: each batch begins at one end of what is left, and takes entries at random of those near
/// enough; the neighbourhood grows until there are as many as needed.
struct NeighborhoodSort {
  let key: String
  /// How far apart entries of a batch may be; a tenth of the whole range if 0.
  let size: Double
  /// By what share the neighbourhood grows; 0.4 if 0.
  let growth: Double

  /// The places of entries with these `values`, in the order in which they come.
  func places(
    _ values: [Double], batchSize: Int, _ random: inout MersenneTwister
  ) -> [Int] {
    var left = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
    guard let lowest = left.first, let highest = left.last else { return [] }
    let range = values[highest] - values[lowest]
    let wanted = 2 * (size > 0 ? size : range / 10)
    let factor = 1 + (growth > 0 ? growth : 0.4)
    let wholeCount = values.count / batchSize
    let batchOrder = random.permutation(wholeCount)
    var result = [Int](repeating: 0, count: values.count)
    var number = 0
    while !left.isEmpty {
      let needed = min(batchSize, left.count)
      let seedPlace = random.next() % 2 == 0 ? 0 : left.count - 1
      let seed = values[left[seedPlace]]
      var reach = max(wanted / 2, .leastNormalMagnitude)
      var candidates: [Int] = []
      repeat {
        candidates = left.indices.filter { abs(values[left[$0]] - seed) <= reach }
        reach *= factor
      } while candidates.count < needed
      var chosen = random.permutation(candidates.count).prefix(needed).map { candidates[$0] }
      if !chosen.contains(seedPlace) { chosen[0] = seedPlace }
      let place = number < wholeCount ? batchOrder[number] : number
      for (index, choice) in chosen.enumerated() {
        result[place * batchSize + index] = left[choice]
      }
      let taken = Set(chosen)
      left = left.indices.filter { !taken.contains($0) }.map { left[$0] }
      number += 1
    }
    return result
  }
}
