import ParlaFiles

/// Divides corpora into train, dev and test.
package enum CorpusDivision {
  /// How many samples each part has.
  package struct Counts: Sendable, Encodable, Equatable {
    package let train: Int
    package let dev: Int
    package let test: Int
  }

  /// Writes train.csv, dev.csv and test.csv of the corpora at `sources` into `folder`.
  ///
  /// - Throws: `CorpusError`.
  package static func write(
    _ sources: [String], to folder: String, by choice: SplitChoice
  ) throws(CorpusError) -> Counts {
    var samples: [Sample] = []
    for source in sources { samples += try Manifest(path: source).samples }
    let parts = SampleSplit.parts(
      samples.map { .init(transcript: $0.transcript, speaker: $0.speaker) }, by: choice)
    var counts: [SentenceSplit.Part: Int] = [:]
    for part in SentenceSplit.Part.allCases {
      let own = zip(samples, parts).filter { $0.1 == part }.map(\.0)
      counts[part] = own.count
      let path = folder.appendingName("\(part.rawValue).csv")
      do { try AtomicFile.prepare(path) } catch { throw .file(error) }
      try Manifest.write(own, to: path)
    }
    return Counts(
      train: counts[.train] ?? 0, dev: counts[.dev] ?? 0, test: counts[.test] ?? 0)
  }
}
