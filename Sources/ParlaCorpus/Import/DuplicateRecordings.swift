import Foundation

/// Finds recordings whose bytes stand under several names.
///
/// Files are compared whole only where their sizes and their middles agree, so that large corpora need not be read.
enum DuplicateRecordings {
  /// The indices of those `paths` whose file has the same bytes as one before it, each with the index of the first.
  ///
  /// Files that cannot be read are no duplicates.
  static func find(in paths: [String]) -> [(index: Int, first: Int)] {
    let looks = concurrentMap(paths) { Look(path: $0) }
    var groups: [Look: [Int]] = [:]
    for (index, look) in looks.enumerated() {
      if let look { groups[look, default: []].append(index) }
    }
    let duplicates = groups.values.filter { $0.count > 1 }.flatMap { equals(in: $0, paths) }
    return duplicates.sorted { $0.index < $1.index }
  }

  private static func equals(in indices: [Int], _ paths: [String]) -> [(index: Int, first: Int)] {
    var firstWithContent: [Data: Int] = [:]
    return indices.compactMap { index in
      guard let content = FileManager.default.contents(atPath: paths[index]) else { return nil }
      if let first = firstWithContent[content] { return (index, first) }
      firstWithContent[content] = index
      return nil
    }
  }

  /// What can be seen of a file quickly.
  private struct Look: Hashable, Sendable {
    private let byteCount: UInt64
    private let middle: Data

    init?(path: String) {
      guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
      do {
        byteCount = try handle.seekToEnd()
        try handle.seek(toOffset: byteCount / 2)
        middle = try handle.read(upToCount: 4096) ?? Data()
        try handle.close()
      } catch { return nil }
    }
  }
}
