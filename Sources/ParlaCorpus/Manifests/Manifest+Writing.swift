import Foundation
package import ParlaFiles

extension Manifest {
  /// Writes `samples` to the CSV file at `path`, whole or not at all.
  ///
  /// Recordings in the file's folder or below are written with relative paths, so that the folder can be moved. A `speaker`
  /// column is written if any sample has a speaker, and each of the other columns that any sample has.
  ///
  /// - Throws: `CorpusError.file`.
  public static func write(_ samples: [Sample], to path: String) throws(CorpusError) {
    do { try AtomicFile.write(together: [file(path, of: samples)]) } catch { throw .file(error) }
  }

  /// The CSV of `samples` at `path`, to be written together with other files; its text is made piece by piece.
  package static func file(
    _ path: String, of samples: some Collection<Sample>
  ) -> AtomicFile.Part {
    .init(path) { file throws(FileError) in
      try eachPiece(of: samples, path: path, hasTranscripts: true) { text throws(FileError) in
        try file.append(Data(text.utf8))
      }
    }
  }

  /// The text of a CSV of `samples` at `path`.
  static func text(of samples: [Sample], path: String, hasTranscripts: Bool) -> String {
    var text = ""
    eachPiece(of: samples, path: path, hasTranscripts: hasTranscripts) { text += $0 }
    return text
  }

  /// Rows in a piece of a CSV's text.
  private static let pieceLength = 1000

  private static func eachPiece<Failure: Error>(
    of samples: some Collection<Sample>, path: String, hasTranscripts: Bool,
    _ add: (String) throws(Failure) -> Void
  ) throws(Failure) {
    let others = Set(samples.lazy.flatMap(\.otherColumns.keys)).sorted()
    let hasSpeakers = samples.contains { $0.speaker != nil }
    let header = [audioPathColumn, fileSizeColumn] + (hasTranscripts ? [transcriptColumn] : [])
    var text = row(header + (hasSpeakers ? [speakerColumn] : []) + others)
    let folder = absolutePath(path.folderPath)
    var count = 0
    for sample in samples {
      text += row(
        [relative(sample.audioPath, to: folder), sample.fileSize.map(String.init) ?? ""]
          + (hasTranscripts ? [sample.transcript] : [])
          + (hasSpeakers ? [sample.speaker ?? ""] : [])
          + others.map { sample.otherColumns[$0] ?? "" })
      count += 1
      guard count == pieceLength else { continue }
      try add(text)
      (text, count) = ("", 0)
    }
    try add(text)
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
