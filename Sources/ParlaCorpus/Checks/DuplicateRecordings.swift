import Foundation
import ParlaFiles

/// Finds recordings whose bytes stand under several names.
///
/// Files are compared whole only where their sizes and their middles agree, so that large corpora need not be read; of each
/// file that is read, a digest is kept and no content, so that they need no memory either.
package enum DuplicateRecordings {
  /// The indices of those `paths` whose file has the same bytes as one before it, each with the index of the first.
  ///
  /// Files that cannot be read are no duplicates.
  package static func find(in paths: [String]) -> [(index: Int, first: Int)] {
    let looks = concurrentMap(paths) { Look(path: $0) }
    var groups: [Look: [Int]] = [:]
    for (index, look) in looks.enumerated() {
      if let look { groups[look, default: []].append(index) }
    }
    let similar = groups.values.filter { $0.count > 1 }.flatMap(\.self).sorted()
    let digests = concurrentMap(similar) { ContentDigest(ofFile: paths[$0]) }
    var firstWithContent: [ContentDigest: Int] = [:]
    return zip(similar, digests).compactMap { index, digest in
      guard let digest else { return nil }
      if let first = firstWithContent[digest] { return (index, first) }
      firstWithContent[digest] = index
      return nil
    }
  }

  /// What can be seen of a file quickly.
  private struct Look: Hashable, Sendable {
    private let byteCount: UInt64
    private let middle: ContentDigest

    init?(path: String) {
      guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
      do {
        byteCount = try handle.seekToEnd()
        try handle.seek(toOffset: byteCount / 2)
        var middle = ContentDigest()
        middle.add(try handle.read(upToCount: 4096) ?? Data())
        self.middle = middle
        try handle.close()
      } catch { return nil }
    }
  }
}

extension ContentDigest {
  /// The digest of the file at `path`, read piece by piece; nil when it cannot be read.
  fileprivate init?(ofFile path: String) {
    guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
    self.init()
    do {
      while let piece = try handle.read(upToCount: 1 << 16), !piece.isEmpty { add(piece) }
      try handle.close()
    } catch { return nil }
  }
}
