/// Changes to the transcripts of a corpus, as the page of `parla corpus clean` saves them.
///
/// A CSV whose rows have, besides the recording and the new transcript, the columns `before`, which is the present transcript, and
/// `left_out`, which is "yes" where the sample is to be left out.
package struct TranscriptCorrections: Sendable {
  /// What a change is made to.
  private struct Key: Hashable {
    let recording: String
    let transcript: String
  }

  private let path: String
  private let changes: [Sample]

  private static let beforeColumn = "before"
  private static let leftOutColumn = "left_out"

  /// Reads the list at `path`.
  ///
  /// - Throws: as `Manifest` does; `CorpusError.missingColumns` if it does not have the transcripts from before.
  package init(path: String) throws(CorpusError) {
    self.path = path
    changes = try Manifest(path: path).samples
    if let columns = changes.first?.otherColumns, columns[Self.beforeColumn] == nil {
      throw .missingColumns(
        path: path, missing: [Self.beforeColumn],
        found: [Manifest.audioPathColumn, Manifest.transcriptColumn] + columns.keys.sorted())
    }
  }

  /// What came of it.
  struct Result {
    /// All samples, corrected, without those that are left out.
    let samples: [Sample]
    /// How many have another transcript.
    let count: Int
    /// Changes that fit no sample: the list with the line, and the recording.
    let unused: [String]
  }

  /// Applies the changes to all `samples` that have the recording and the transcript from before.
  func applied(to samples: [Sample]) -> Result {
    var indices: [Key: Int] = [:]
    for (index, change) in changes.enumerated() {
      let before = change.otherColumns[Self.beforeColumn] ?? ""
      indices[Key(recording: Self.place(of: change.audioPath), transcript: before)] = index
    }
    var (corrected, count, used) = ([Sample](), 0, Set<Int>())
    for sample in samples {
      let key = Key(recording: Self.place(of: sample.audioPath), transcript: sample.transcript)
      guard let index = indices[key] else {
        corrected.append(sample)
        continue
      }
      used.insert(index)
      let change = changes[index]
      guard change.otherColumns[Self.leftOutColumn] != "yes" else { continue }
      corrected.append(sample.with(transcript: change.transcript))
      count += 1
    }
    let unused = changes.indices.filter { !used.contains($0) }.map { index in
      "\(path):\(changes[index].line): \(changes[index].audioPath)"
    }
    return Result(samples: corrected, count: count, unused: unused)
  }

  /// The recording at `path` as a list in any folder names it.
  package static func place(of path: String) -> String {
    path.hasPrefix("file:") || WebMirror.isAddress(path) ? path : absolutePath(path)
  }
}
