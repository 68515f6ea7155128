import Foundation
import ParlaFiles

/// Divides corpora into train, dev and test.
package enum CorpusDivision {
  /// How many samples each part has.
  package struct Counts: Sendable, Encodable, Equatable {
    package let train: Int
    package let dev: Int
    package let test: Int
  }

  /// Writes train.csv, dev.csv and test.csv of the corpora at `sources` into `folder`, and a record of what was divided.
  ///
  /// As with imports, the files of an earlier division of the same corpora are replaced, and no others.
  ///
  /// - Throws: `CorpusError`; `.otherSplit` where other files would be replaced.
  package static func write(
    _ sources: [String], to folder: String, by choice: SplitChoice
  ) throws(CorpusError) -> Counts {
    try checkEarlier(in: folder, sources)
    var samples: [Sample] = []
    for source in sources { samples += try Manifest(path: source).samples }
    let parts = SampleSplit.parts(
      samples.map { .init(transcript: $0.transcript, speaker: $0.speaker) }, by: choice)
    var counts: [SentenceSplit.Part: Int] = [:]
    var files: [AtomicFile.Part] = []
    for part in SentenceSplit.Part.allCases {
      let own = zip(samples, parts).filter { $0.1 == part }.map(\.0)
      counts[part] = own.count
      files.append(Manifest.file(folder.appendingName("\(part.rawValue).csv"), of: own))
    }
    try write(files, with: Record(sources: sources.map(absolutePath)), to: folder)
    return Counts(
      train: counts[.train] ?? 0, dev: counts[.dev] ?? 0, test: counts[.test] ?? 0)
  }

  /// What was divided into the CSVs in the same folder.
  private struct Record: Codable {
    static let name = "split-report.json"
    let sources: [String]
  }

  private static func checkEarlier(
    in folder: String, _ sources: [String]
  ) throws(CorpusError) {
    let names = SentenceSplit.Part.allCases.map { "\($0.rawValue).csv" }.filter {
      FileKind(folder.appendingName($0)) != nil
    }
    guard !names.isEmpty else { return }
    let record = FileManager.default.contents(atPath: folder.appendingName(Record.name))
      .flatMap { try? JSONDecoder().decode(Record.self, from: $0) }
    var lists: [String] = []
    for source in sources { lists.append(absolutePath(try CorpusSelection(source).path)) }
    let own = Set(names.map { absolutePath(folder.appendingName($0)) })
    guard let record, Set(record.sources).isSubset(of: sources.map(absolutePath)),
      own.isDisjoint(with: lists)
    else { throw .otherSplit(folder: folder, names: names) }
  }

  private static func write(
    _ files: [AtomicFile.Part], with record: Record, to folder: String
  ) throws(CorpusError) {
    let path = folder.appendingName(Record.name)
    do {
      try AtomicFile.prepare(path)
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .withoutEscapingSlashes]
      let content = try encoder.encode(record) + Data("\n".utf8)
      // The record gets its name first, so that a division that was killed can be repeated.
      try AtomicFile.write(together: files + [.init(path, content: content)])
    } catch let error as FileError { throw .file(error) } catch {
      throw .file(.unwritable(path: path, reason: systemReason(error)))
    }
  }
}
