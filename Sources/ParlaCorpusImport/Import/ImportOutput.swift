import Foundation
import ParlaCorpus
import ParlaFiles
import ParlaTranscripts

/// Writes what describes the clips of an import: manifests, alphabet and report.
struct ImportOutput {
  private let folder: String
  private let language: String
  private let split: SentenceSplit

  /// Writes into `folder`, next to its clips.
  init(folder: String, language: String, split: SentenceSplit) {
    self.folder = folder
    self.language = language
    self.split = split
  }

  /// Where the clips of an import into `folder` are.
  static func clipFolder(in folder: String) -> String { folder + "/clips" }

  /// Divides `clips` into parts, writes all files, and reports.
  func write(
    _ clips: [ImportedClip], of corpora: [String], leftOut: [ImportReport.LeftOut]
  ) throws(ImportError) -> ImportReport {
    let parts = Dictionary(grouping: clips) { split.part(of: $0.transcript) }
    let alphabet: Alphabet
    do { alphabet = try Alphabet.covering(clips.lazy.map(\.transcript)) } catch {
      throw .transcripts(error)
    }
    let report = ImportReport(
      language: language,
      corpora: corpora.map { name in
        ImportReport.Figures(name, of: clips.filter { $0.corpus == name })
      },
      parts: SentenceSplit.Part.allCases.map {
        ImportReport.Figures($0.rawValue, of: parts[$0] ?? [])
      },
      total: ImportReport.Figures("together", of: clips), alphabet: alphabet.labels,
      leftOut: leftOut)
    let files = SentenceSplit.Part.allCases.map { part in
      Manifest.file("\(folder)/\(part.rawValue).csv", of: (parts[part] ?? []).map(sample))
    }
    try report.write(
      to: folder, with: files + [.init("\(folder)/alphabet.txt", text: alphabet.fileText)])
    return report
  }

  private func sample(_ clip: ImportedClip) -> Sample {
    let path = "\(Self.clipFolder(in: folder))/\(clip.name)"
    return Sample(
      audioPath: path, fileSize: FileStamp(path: path)?.byteCount, transcript: clip.transcript,
      speaker: clip.speaker)
  }
}
