/// How several processes divide recordings among themselves.
public enum RecordingShares {
  /// The positions of the recordings that each of `count` processes takes, given their sizes in bytes.
  ///
  /// The largest come first, each to the process that has the least so far, so that all end at about the same time: Graham 1969,
  /// "Bounds on Multiprocessing Timing Anomalies".
  public static func divide(sizes: [Int], among count: Int) -> [[Int]] {
    var shares = [[Int]](repeating: [], count: count)
    var loads = [Int](repeating: 0, count: count)
    // Equal ones in their order, so that the outcome does not depend on the sorting.
    for index in sizes.indices.sorted(by: { (-sizes[$0], $0) < (-sizes[$1], $1) }) {
      let least = loads.indices.min { (loads[$0], $0) < (loads[$1], $1) } ?? 0
      shares[least].append(index)
      // An empty file takes its time as well.
      loads[least] += max(sizes[index], 1)
    }
    return shares.map { $0.sorted() }
  }
}
