import Foundation
import ParlaAudio
import ParlaFiles

/// Recordings without transcripts, such as noises that are mixed into others.
package enum UnlabelledRecordings {
  /// The recordings of `source`: those of a corpus in any form, those in a folder, or a single one.
  ///
  /// Each is checked, so that none is missing later.
  /// - Throws: `AudioError`, `CorpusError`.
  package static func paths(of source: String) throws -> [String] {
    var isFolder: ObjCBool = false
    let exists = unsafe FileManager.default.fileExists(atPath: source, isDirectory: &isFolder)
    let paths: [String]
    if exists, !isFolder.boolValue, AudioFile.isSoundExtension(source.fileExtension) {
      paths = [source]
    } else if exists, isFolder.boolValue, !isCorpus(source) {
      paths = try AudioFile.names(in: source).map { source.appendingName($0) }
    } else if exists || source.hasSuffix("]") || TarShardForm.expanded(source).count > 1 {
      paths = try Manifest(path: source, needsTranscripts: false).samples.map(\.audioPath)
    } else {
      throw AudioError.missing(path: source)
    }
    for path in paths { _ = try AudioFile.information(path) }
    return paths
  }

  private static func isCorpus(_ folder: String) -> Bool {
    guard let place = try? CorpusPlace(folder) else { return false }
    return (try? CorpusForms.form(of: place)) != nil
  }
}
