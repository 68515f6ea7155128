import Foundation
import ParlaCorpus
import ParlaFiles
import ParlaTranscripts

/// Writes what describes the samples of an import: manifests, alphabet and report.
struct SourceImportOutput {
  private let folder: String
  private let corpus: String
  private let source: String

  /// Writes into `folder` what came of `corpus` at `source`.
  init(folder: String, corpus: String, source: String) {
    self.folder = folder
    self.corpus = corpus
    self.source = source
  }

  private static let parts = ["train", "dev", "test"]

  /// Writes a CSV for each set, the alphabet and the report, all or none of them; `train`, `dev` and `test` are there always.
  ///
  /// - Throws: `ImportError.transcripts`, `.file`.
  func write(
    _ kept: KeptSamples, language: String, derived: [String: [Int]],
    leftOut: [ImportReport.LeftOut], tables: [ImportReport.TableColumns] = [],
    emptyByChoice: [String] = []
  ) throws(ImportError) -> ImportReport {
    var sets = derived.mapValues { $0.map { Int32($0) } }
    for index in kept.indices {
      for set in kept.sets(index) { sets[set, default: []].append(Int32(index)) }
    }
    let others = sets.keys.filter { !Self.parts.contains($0) }.sorted()
    var figures: [ImportReport.Figures] = []
    var files: [AtomicFile.Part] = []
    for name in Self.parts + others {
      let own = (sets[name] ?? []).lazy.map { kept[Int($0)] }
      files.append(
        Manifest.file("\(folder)/\(fileName(name)).csv", of: own.map(sample)))
      figures.append(.init(name, of: own.map(clip)))
    }
    let divided = Self.parts.lazy.flatMap { sets[$0] ?? [] }.map { kept[Int($0)].transcript }
    let alphabet =
      try divided.isEmpty ? alphabet(kept.lazy.map(\.transcript)) : alphabet(divided)
    let total = ImportReport.Figures(
      "together", of: kept.firstOfClips.lazy.map { clip(kept[Int($0)]) })
    var report = ImportReport(
      language: language, corpora: [total.named(corpus)], parts: figures, total: total,
      alphabet: alphabet.labels, leftOut: leftOut, source: source)
    report.tables = tables.isEmpty ? nil : tables
    let empty = figures.filter { $0.clips == 0 && emptyByChoice.contains($0.name) }.map(\.name)
    report.emptyByChoice = empty.isEmpty ? nil : empty
    let old = ImportReport.saved(in: folder)
    files.append(.init("\(folder)/alphabet.txt", text: alphabet.fileText))
    try report.write(to: folder, with: files)
    if let old { removeSets(of: old, except: Set((Self.parts + others).map(fileName))) }
    return report
  }

  private func fileName(_ set: String) -> String {
    String(set.map { $0.isLetter || $0.isNumber || "-_.".contains($0) ? $0 : "-" })
  }

  private func sample(_ kept: KeptSample) -> Sample {
    Sample(
      audioPath: kept.clip.path.hasPrefix("/") ? kept.clip.path : "\(folder)/\(kept.clip.path)",
      fileSize: kept.clip.byteCount, transcript: kept.transcript, speaker: kept.listed.speaker,
      otherColumns: kept.listed.columns)
  }

  private func clip(_ kept: KeptSample) -> ImportedClip {
    ImportedClip(
      corpus: corpus, name: kept.clip.path, transcript: kept.transcript,
      speaker: kept.listed.speaker ?? "", seconds: kept.clip.seconds)
  }

  /// Removes the CSVs of sets that an `earlier` import into the same folder had and this one has not.
  private func removeSets(of earlier: ImportReport, except names: Set<String>) {
    for old in earlier.parts.map({ fileName($0.name) }) where !names.contains(old) {
      try? FileManager.default.removeItem(atPath: "\(folder)/\(old).csv")
    }
  }

  private func alphabet(
    _ transcripts: some Sequence<String>
  ) throws(ImportError) -> Alphabet {
    do { return try Alphabet.covering(transcripts) } catch { throw .transcripts(error) }
  }
}
