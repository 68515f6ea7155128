import ParlaAudio
import ParlaFiles

/// In which order the samples of several corpora come.
package enum SampleOrder: String, Sendable, CaseIterable {
  /// One corpus after another, each in its order.
  case listed
  /// By length, as DeepSpeech orders samples: those of a CSV by the size of their files, and several corpora merged by seconds.
  case length

  /// The samples of `manifests` in this order.
  ///
  /// - Throws: `CorpusError.recording`, if the length of a recording is needed but unknown.
  package func samples(of manifests: [Manifest]) throws(CorpusError) -> [Sample] {
    guard self == .length else { return manifests.flatMap(\.samples) }
    let sorted = manifests.map { manifest in
      // Sample databases are in order when they are made.
      manifest.isSampleDatabase
        ? manifest.samples
        : manifest.samples.enumerated().sorted {
          ($0.element.fileSize ?? 0, $0.offset) < ($1.element.fileSize ?? 0, $1.offset)
        }.map(\.element)
    }
    guard sorted.count > 1 else { return sorted.first ?? [] }
    return try Self.merged(sorted)
  }

  /// Of what comes next in each corpus the shortest is taken, of several the one in the corpus that is named first.
  private static func merged(_ corpora: [[Sample]]) throws(CorpusError) -> [Sample] {
    var durations: [[Double]] = []
    for samples in corpora {
      let results = concurrentMap(samples) { sample in
        Result { () throws(AudioError) in try AudioFile.information(sample.audioPath).duration }
      }
      var found: [Double] = []
      for result in results {
        do { found.append(try result.get()) } catch { throw .recording(error) }
      }
      durations.append(found)
    }
    var positions = corpora.map { _ in 0 }
    var merged: [Sample] = []
    while true {
      let open = corpora.indices.filter { positions[$0] < corpora[$0].count }
      guard
        let next = open.min(by: { durations[$0][positions[$0]] < durations[$1][positions[$1]] })
      else { return merged }
      merged.append(corpora[next][positions[next]])
      positions[next] += 1
    }
  }
}

extension Manifest {
  fileprivate var isSampleDatabase: Bool {
    samples.first.map { SoundAddress($0.audioPath) }.map { $0.bytes != nil && $0.name != nil }
      ?? false
  }
}
