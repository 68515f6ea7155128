import Foundation
import ParlaFiles
public import ParlaTranscripts

/// The samples that a CSV file lists, or a file of JSON lines (`.jsonl`) as Deepgram's Kur has them.
///
/// Format: DeepSpeech's (`training/deepspeech_training/util/sample_collections.py`): a header that names the columns
/// `wav_filename`, `wav_filesize` and `transcript` in any order, then a row for each recording. Paths are relative to the
/// file's folder or absolute; `wav_filesize` and `speaker` may be missing; other columns are kept.
public struct Manifest: Sendable {
  /// The file.
  public let path: String

  /// The rows, in the file's order.
  public let samples: [Sample]

  /// Reads the file at `path`, its transcripts respelled by `normalizer`, if there is one.
  ///
  /// - Throws: `CorpusError.badRows` when several rows are wrong, else `CorpusError.file`, `.notUTF8`, `.noHeader`, `.missingColumns`, `.duplicateColumn`, `.fieldCount`,
  ///   `.unterminatedQuote`, `.textAfterQuote`, `.noPath`, `.badSize`, `.badLine`, `.noSamples`.
  public init(path: String, normalizer: TranscriptNormalizer? = nil) throws(CorpusError) {
    let data: Data
    do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
      throw .file(.unreadable(path: path, reason: systemReason(error)))
    }
    let (samples, problems) =
      JSONLinesManifest.isOne(path)
      ? JSONLinesManifest.samples(of: data, path: path, normalizer)
      : try Self.rows(of: data, path: path, normalizer)
    if let problem = problems.first {
      throw problems.count == 1 ? problem : .badRows(path: path, problems)
    }
    guard !samples.isEmpty else { throw .noSamples(path: path) }
    self.path = path
    self.samples = samples
  }

  private static func rows(
    of data: Data, path: String, _ normalizer: TranscriptNormalizer?
  ) throws(CorpusError) -> (samples: [Sample], problems: [CorpusError]) {
    var reader = CSVReader(bytes: Array(data), path: path)
    guard let header = try reader.nextRow() else { throw .noHeader(path: path) }
    let columns = try ManifestColumns(header: header.fields, path: path)
    var samples: [Sample] = []
    var problems: [CorpusError] = []
    reading: while true {
      do {
        guard let row = try reader.nextRow() else { break reading }
        samples.append(try columns.sample(from: row, normalizer))
      } catch {
        problems.append(error)
        if error.hidesRows { break reading }
      }
    }
    return (samples, problems)
  }
}

/// Which field of a row means what.
private struct ManifestColumns {
  private let path: String
  private let folder: String
  private let names: [String]
  private let audioPath: Int
  private let transcript: Int
  private let fileSize: Int?
  private let speaker: Int?
  private let others: [Int]

  init(header: [String], path: String) throws(CorpusError) {
    let names = header.map { $0.trimmingCharacters(in: .whitespaces) }
    for (index, name) in names.enumerated() where names[..<index].contains(name) {
      throw .duplicateColumn(path: path, name: name)
    }
    guard let audioPath = names.firstIndex(of: Manifest.audioPathColumn),
      let transcript = names.firstIndex(of: Manifest.transcriptColumn)
    else {
      let expected = [Manifest.audioPathColumn, Manifest.transcriptColumn]
      throw .missingColumns(
        path: path, missing: expected.filter { !names.contains($0) }, found: names)
    }
    self.path = path
    self.names = names
    self.audioPath = audioPath
    self.transcript = transcript
    folder = path.folderPath
    fileSize = names.firstIndex(of: Manifest.fileSizeColumn)
    speaker = names.firstIndex(of: Manifest.speakerColumn)
    let known = [audioPath, transcript, fileSize, speaker]
    others = names.indices.filter { !known.contains($0) }
  }

  func sample(
    from row: CSVReader.Row, _ normalizer: TranscriptNormalizer?
  ) throws(CorpusError) -> Sample {
    guard row.fields.count == names.count else {
      throw .fieldCount(
        path: path, line: row.line, found: row.fields.count, expected: names.count)
    }
    guard !row.fields[audioPath].isEmpty else { throw .noPath(path: path, line: row.line) }
    return Sample(
      audioPath: resolved(row.fields[audioPath]),
      fileSize: try size(of: row),
      transcript: normalizer?.normalize(row.fields[transcript]) ?? row.fields[transcript],
      speaker: speaker.map { row.fields[$0] }.flatMap { $0.isEmpty ? nil : $0 },
      line: row.line,
      otherColumns: Dictionary(uniqueKeysWithValues: others.map { (names[$0], row.fields[$0]) }))
  }

  private func resolved(_ audioPath: String) -> String {
    audioPath.hasPrefix("/") || folder.isEmpty
      ? audioPath : folder.appendingName(audioPath)
  }

  private func size(of row: CSVReader.Row) throws(CorpusError) -> Int? {
    guard let fileSize, !row.fields[fileSize].isEmpty else { return nil }
    guard let size = Int(row.fields[fileSize]), size >= 0 else {
      throw .badSize(path: path, line: row.line, found: row.fields[fileSize])
    }
    return size
  }
}

extension CorpusError {
  /// Whether nobody can tell where the next row begins.
  fileprivate var hidesRows: Bool {
    switch self {
    case .textAfterQuote, .unterminatedQuote: true
    default: false
    }
  }
}

extension Manifest {
  static let audioPathColumn = "wav_filename"
  static let fileSizeColumn = "wav_filesize"
  static let transcriptColumn = "transcript"
  static let speakerColumn = "speaker"
}
