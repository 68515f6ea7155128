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

  /// Writes a CSV for each set, the alphabet and the report; `train`, `dev` and `test` are there always.
  ///
  /// - Throws: `ImportError.corpus`, `.transcripts`, `.file`.
  func write(
    _ kept: [KeptSample], language: String, derived: [String: [Int]],
    leftOut: [ImportReport.LeftOut]
  ) throws(ImportError) -> ImportReport {
    var sets: [String: [Int]] = derived
    for (index, sample) in kept.enumerated() {
      for set in sample.sets { sets[set, default: []].append(index) }
    }
    let others = sets.keys.filter { !Self.parts.contains($0) }.sorted()
    var figures: [ImportReport.Figures] = []
    for name in Self.parts + others {
      let samples = (sets[name] ?? []).map { kept[$0] }
      do { try Manifest.write(samples.map(sample), to: "\(folder)/\(fileName(name)).csv") } catch {
        throw .corpus(error)
      }
      figures.append(.init(name, of: samples.map(clip)))
    }
    try removeOldSets(except: Set((Self.parts + others).map(fileName)))
    let divided = Set(Self.parts.flatMap { sets[$0] ?? [] })
    let report = ImportReport(
      language: language, corpora: [.init(corpus, of: unique(kept))], parts: figures,
      total: .init("together", of: unique(kept)),
      alphabet: try writeAlphabet(
        (divided.isEmpty ? Array(kept.indices) : divided.sorted()).map { kept[$0].transcript }),
      leftOut: leftOut, source: source)
    try write(report)
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

  private func unique(_ kept: [KeptSample]) -> [ImportedClip] {
    var seen: Set<String> = []
    return kept.filter { seen.insert($0.clip.path).inserted }.map(clip)
  }

  /// Removes the CSVs of sets that an earlier import into the same folder had and this one has not.
  private func removeOldSets(except names: Set<String>) throws(ImportError) {
    guard let report = ImportReport.saved(in: folder) else { return }
    for old in report.parts.map({ fileName($0.name) }) where !names.contains(old) {
      try? FileManager.default.removeItem(atPath: "\(folder)/\(old).csv")
    }
  }

  private func writeAlphabet(_ transcripts: [String]) throws(ImportError) -> [String] {
    do {
      let alphabet = try Alphabet.covering(transcripts)
      try alphabet.write(to: folder + "/alphabet.txt")
      return alphabet.labels
    } catch { throw .transcripts(error) }
  }

  private func write(_ report: ImportReport) throws(ImportError) {
    let path = folder + "/import-report.json"
    do { try AtomicFile.write(try report.json(), to: path) } catch let error as FileError {
      throw .file(error)
    } catch { throw .file(.unwritable(path: path, reason: systemReason(error))) }
  }
}
