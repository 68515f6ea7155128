import Foundation
import ParlaFiles

/// DeepSpeech's CSV (`training/deepspeech_training/util/sample_collections.py`): a header that names the columns `wav_filename`,
/// `wav_filesize` and `transcript` in any order, then a row for each recording.
///
/// Paths are relative to the file's folder or absolute; `wav_filesize` and `speaker` may be missing; other columns are kept.
enum CSVForm: CorpusForm {
  static let name = "csv"
  static let summary = "DeepSpeech's CSV: wav_filename,wav_filesize,transcript"

  static func recognizes(_ place: CorpusPlace) -> Bool { !place.isFolder }

  static func read(_ place: CorpusPlace) throws(CorpusError) -> CorpusContent {
    try content(
      try CorpusText.content(place.path), path: place.path,
      recording: { $0.resolved(in: place.path.folderPath) })
  }

  /// The samples of the CSV `data`; `recording` says where those are that it names.
  static func content(
    _ data: Data, path: String, recording: (String) throws(CorpusError) -> String
  ) throws(CorpusError) -> CorpusContent {
    var table = try CSVTable(data, path: path)
    let columns = try ManifestColumns(table.names, path: path)
    var content = CorpusContent()
    if columns.transcript == nil {
      content.unlabelled = .missingColumns(
        path: path, missing: [Manifest.transcriptColumn], found: table.names)
    }
    content.problems = table.rows { row throws(CorpusError) in
      content.samples.append(try columns.sample(from: row, recording))
    }
    return content
  }

  static func writer(_ path: String, _ style: CorpusStyle) throws(CorpusError) -> any CorpusWriter {
    try ListingWriter(path, sounds: path.withoutExtension) { samples throws(CorpusError) in
      [(path, Manifest.text(of: samples, path: path, hasTranscripts: style.hasTranscripts))]
    }
  }
}

/// The roles of a row's fields.
private struct ManifestColumns {
  let transcript: Int?
  private let path: String
  private let names: [String]
  private let audioPath: Int
  private let fileSize: Int?
  private let speaker: Int?
  private let others: [Int]

  init(_ names: [String], path: String) throws(CorpusError) {
    transcript = names.firstIndex(of: Manifest.transcriptColumn)
    guard let audioPath = names.firstIndex(of: Manifest.audioPathColumn) else {
      let expected = [Manifest.audioPathColumn, Manifest.transcriptColumn]
      throw .missingColumns(
        path: path, missing: expected.filter { !names.contains($0) }, found: names)
    }
    self.path = path
    self.names = names
    self.audioPath = audioPath
    fileSize = names.firstIndex(of: Manifest.fileSizeColumn)
    speaker = names.firstIndex(of: Manifest.speakerColumn)
    let known = [audioPath, transcript, fileSize, speaker]
    others = names.indices.filter { !known.contains($0) }
  }

  func sample(
    from row: CSVReader.Row, _ recording: (String) throws(CorpusError) -> String
  ) throws(CorpusError) -> Sample {
    guard !row.fields[audioPath].isEmpty else { throw .noPath(path: path, line: row.line) }
    return Sample(
      audioPath: try recording(row.fields[audioPath]),
      fileSize: try size(of: row),
      transcript: transcript.map { row.fields[$0] } ?? "",
      speaker: speaker.map { row.fields[$0] }.flatMap { $0.isEmpty ? nil : $0 },
      line: row.line,
      otherColumns: Dictionary(uniqueKeysWithValues: others.map { (names[$0], row.fields[$0]) }))
  }

  private func size(of row: CSVReader.Row) throws(CorpusError) -> Int? {
    guard let fileSize, !row.fields[fileSize].isEmpty else { return nil }
    guard let size = Int(row.fields[fileSize]), size >= 0 else {
      throw .badSize(path: path, line: row.line, found: row.fields[fileSize])
    }
    return size
  }
}
