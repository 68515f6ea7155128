import Foundation
import ParlaFiles

extension Manifest {
  /// Writes `samples` to the CSV file at `path`, whole or not at all.
  ///
  /// Recordings in the file's folder or below are written with relative paths, so that the folder can be moved. A `speaker`
  /// column is written if any sample has a speaker, and each of the other columns that any sample has.
  ///
  /// - Throws: `CorpusError.file`.
  public static func write(_ samples: [Sample], to path: String) throws(CorpusError) {
    do {
      try AtomicFile.write(
        Data(text(of: samples, path: path, hasTranscripts: true).utf8), to: path)
    } catch { throw .file(error) }
  }

  /// The text of a CSV of `samples` at `path`.
  static func text(of samples: [Sample], path: String, hasTranscripts: Bool) -> String {
    let others = Set(samples.flatMap(\.otherColumns.keys)).sorted()
    let hasSpeakers = samples.contains { $0.speaker != nil }
    let header = [audioPathColumn, fileSizeColumn] + (hasTranscripts ? [transcriptColumn] : [])
    var text = row(header + (hasSpeakers ? [speakerColumn] : []) + others)
    let folder = absolutePath(path.folderPath)
    for sample in samples {
      text += row(
        [relative(sample.audioPath, to: folder), sample.fileSize.map(String.init) ?? ""]
          + (hasTranscripts ? [sample.transcript] : [])
          + (hasSpeakers ? [sample.speaker ?? ""] : [])
          + others.map { sample.otherColumns[$0] ?? "" })
    }
    return text
  }

  private static func row(_ fields: [String]) -> String {
    fields.map(quotedIfNeeded).joined(separator: ",") + "\n"
  }

  /// RFC 4180, rules 6 and 7; by code points, since "\r\n" is one character.
  private static func quotedIfNeeded(_ field: String) -> String {
    guard field.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else {
      return field
    }
    return "\"\(field.replacing("\"", with: "\"\""))\""
  }

  /// `audioPath` as a file in `folder` names it: relative if it is in that folder.
  static func relative(_ audioPath: String, to folder: String) -> String {
    let audioPath = absolutePath(audioPath)
    let prefix = folder.hasSuffix("/") ? folder : folder + "/"
    return audioPath.hasPrefix(prefix) ? String(audioPath.dropFirst(prefix.count)) : audioPath
  }
}
