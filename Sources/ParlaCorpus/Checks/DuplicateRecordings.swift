import Foundation
import ParlaAudio
import ParlaFiles

/// Finds recordings with the same bytes under several names.
///
/// Files are compared completely only if their sizes and their middles agree, so that large corpora need not be read; for each
/// file that is read, only a digest is kept, so memory use is small too.
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

  /// What a training should be warned of that learns from `train` and is measured on `others`: recordings that are in both.
  package static func warning(train: [Manifest], others: [Manifest]) -> String? {
    func entries(_ manifests: [Manifest]) -> [(place: String, path: String)] {
      manifests.flatMap { manifest in
        manifest.samples.map { ("\(manifest.path):\($0.line)", $0.audioPath) }
      }
    }
    let learnt = entries(train)
    let all = learnt + entries(others)
    guard all.count > learnt.count else { return nil }
    let shared = find(in: all.map(\.path)).filter {
      $0.first < learnt.count && $0.index >= learnt.count
    }
    guard let example = shared.first else { return nil }
    let count = shared.count == 1 ? "1 recording is" : "\(shared.count) recordings are"
    return
      "Warning: \(count) both trained on and measured on, so that error rates are better than they should be, such as "
      + "\(all[example.index].path): \(all[example.first].place) and \(all[example.index].place). Remove them from one."
  }

  /// What can be seen of a file quickly.
  private struct Look: Hashable, Sendable {
    private let byteCount: UInt64
    private let middle: ContentDigest

    init?(path: String) {
      let address = SoundAddress(path)
      guard let handle = try? FileContent.handle(address.path) else { return nil }
      do {
        let bytes = address.bytes?.clamped(to: 0..<Int(try handle.seekToEnd()))
        let start = UInt64(bytes?.lowerBound ?? 0)
        byteCount = try bytes.map { UInt64($0.count) } ?? handle.seekToEnd()
        try handle.seek(toOffset: start + byteCount / 2)
        var middle = ContentDigest()
        middle.add(try handle.read(upToCount: 4096) ?? Data())
        if address.isPassage { middle.add(Data(address.description.utf8)) }
        self.middle = middle
        try handle.close()
      } catch { return nil }
    }
  }
}

extension ContentDigest {
  /// The digest of the recording at `path`, read piece by piece; nil when it cannot be read.
  ///
  /// Passages of one recording are different ones where their times are.
  fileprivate init?(ofFile path: String) {
    let address = SoundAddress(path)
    guard let handle = try? FileContent.handle(address.path) else { return nil }
    self.init()
    if address.isPassage {
      add(Data(address.description.utf8))
      return
    }
    do {
      try handle.seek(toOffset: UInt64(address.bytes?.lowerBound ?? 0))
      var rest = address.bytes?.count ?? .max
      while rest > 0, let piece = try handle.read(upToCount: min(rest, 1 << 16)), !piece.isEmpty {
        add(piece)
        rest -= piece.count
      }
      try handle.close()
    } catch { return nil }
  }
}
