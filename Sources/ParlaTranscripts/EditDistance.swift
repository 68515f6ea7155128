/// How far two sequences are apart.
public enum EditDistance {
  /// The least number of insertions, deletions and substitutions that turn `source` into `target`.
  ///
  /// Levenshtein 1966, by the dynamic programme of Wagner and Fischer 1974; it keeps one row as
  /// long as the shorter sequence.
  public static func between<Element: Equatable>(_ source: [Element], _ target: [Element]) -> Int {
    let (short, long) = source.count < target.count ? (source, target) : (target, source)
    guard !short.isEmpty else { return long.count }
    // row[j] is the distance from the part of `long` seen so far to the first j elements of
    // `short`.
    var row = Array(0...short.count)
    for (index, element) in long.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for column in short.indices {
        let substituted = diagonal + (short[column] == element ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(substituted, diagonal + 1, row[column] + 1)
      }
    }
    return row[short.count]
  }
}
