import Foundation
import ParlaAudio
import ParlaFiles

/// Recordings without transcripts, such as noises that are mixed into others.
package enum UnlabelledRecordings {
  /// The sound files that `source` stands for: those in a folder, those in the column `wav_filename` of a CSV, or the one that it is.
  ///
  /// Each is looked at, so that nothing is missing when it is needed.
  /// - Throws: `AudioError`, `CorpusError`.
  package static func paths(of source: String) throws -> [String] {
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: source, isDirectory: &isFolder) else {
      throw AudioError.missing(path: source)
    }
    let paths =
      if isFolder.boolValue {
        try AudioFile.names(in: source).map { source.appendingName($0) }
      } else if source.fileExtension.lowercased() == "csv" {
        try listed(in: source)
      } else {
        [source]
      }
    for path in paths { _ = try AudioFile.information(path) }
    return paths
  }

  private static func listed(in path: String) throws(CorpusError) -> [String] {
    let data: Data
    do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
      throw .file(.unreadable(path: path, reason: systemReason(error)))
    }
    var reader = CSVReader(bytes: Array(data), path: path)
    guard let header = try reader.nextRow() else { throw .noHeader(path: path) }
    let names = header.fields.map { $0.trimmingCharacters(in: .whitespaces) }
    guard let column = names.firstIndex(of: Manifest.audioPathColumn) else {
      throw .missingColumns(path: path, missing: [Manifest.audioPathColumn], found: names)
    }
    let folder = path.folderPath
    var paths: [String] = []
    while let row = try reader.nextRow() {
      guard row.fields.count == names.count else {
        throw .fieldCount(
          path: path, line: row.line, found: row.fields.count, expected: names.count)
      }
      let name = row.fields[column]
      guard !name.isEmpty else { throw .noPath(path: path, line: row.line) }
      paths.append(
        name.hasPrefix("/") || folder.isEmpty
          ? name : folder.appendingName(name))
    }
    guard !paths.isEmpty else { throw .noSamples(path: path) }
    return paths
  }
}
