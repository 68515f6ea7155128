import Foundation
public import ParlaCorpus

/// Brings the recordings of one or several corpora in one language into a folder that a model can be trained on.
///
/// The folder then contains `clips/`, `train.csv`, `dev.csv`, `test.csv`, `alphabet.txt` and `import-report.json`. The import can
/// be repeated: downloads and conversions are kept, and the result is the same.
public struct CorpusImport: Sendable {
  /// The corpora to import.
  public let importers: [any DebianImporter]

  /// In which language, as in ISO 639-1.
  public let language: String

  /// The folder for the result.
  public let outputFolder: String

  /// The folder with the unpacked packages; nil to download them.
  public var sourceFolder: String?

  /// The folder for downloaded packages.
  public var downloadFolder: String

  /// How sentences are split into parts.
  public var split = SentenceSplit.standard

  /// How long and how fast a recording may be.
  public var limits = ImportLimits()

  /// Makes an import of `importers`' recordings in `language` into `outputFolder`.
  ///
  /// - Throws: `ImportError.unsupportedLanguage`.
  public init(
    importers: [any DebianImporter], language: String, outputFolder: String
  ) throws(ImportError) {
    for importer in importers where !importer.languages.contains(language) {
      throw .unsupportedLanguage(
        importer: importer.name, language: language, supported: importer.languages)
    }
    self.importers = importers.indices.filter { index in
      !importers[..<index].contains { $0.name == importers[index].name }
    }.map { importers[$0] }
    self.language = language
    self.outputFolder = outputFolder
    downloadFolder = outputFolder + "/downloads"
  }

  /// Runs the import and returns a report.
  ///
  /// - Throws: `ImportError`, if a package cannot be downloaded, a folder lacks the corpus, or a file cannot be written;
  ///   unusable recordings are skipped and counted.
  public func run(
    progress: @escaping ImportProgress.Handler = { _ in }
  ) throws(ImportError) -> ImportReport {
    try ImportReport.checkEarlier(
      in: outputFolder, corpora: importers.map(\.name), source: nil)
    let lock = try lockedFolder(outputFolder)
    defer { withExtendedLifetime(lock) {} }
    var tally = LeftOutTally()
    let root = try unpackedPackages(progress)
    var listed: [Listed] = []
    for importer in importers {
      listed += try importer.utterances(in: root, language: language)
        .map { Listed(importer.name, $0) }
    }
    let cleaned = cleaned(listed, &tally)
    let spoken = withoutDuplicates(cleaned, files: cleaned.map(\.utterance.audioPath), &tally)
    let clips = withoutOddDurations(try convert(spoken, &tally, progress), &tally)
    guard !clips.isEmpty else {
      throw .nothingToImport(
        corpora: importers.map(\.name), leftOut: tally.result, hasOptions: false)
    }
    try SampleWriter.removeClips(in: clipFolder, except: Set(clips.map(\.name)))
    let output = ImportOutput(folder: outputFolder, language: language, split: split)
    return try output.write(clips, of: importers.map(\.name), leftOut: tally.result)
  }

  // MARK: Listing

  /// An utterance that a corpus lists, with what becomes known of it: its text cleaned, its clip's length.
  private struct Listed {
    let corpus: String
    let utterance: Utterance
    var transcript = ""
    var measurement: SampleWriter.Measurement?

    init(_ corpus: String, _ utterance: Utterance) {
      self.corpus = corpus
      self.utterance = utterance
    }

    var speaker: String { "\(corpus)-\(utterance.speaker)" }

    var example: String { "\(corpus) \(utterance.key): \(utterance.text)" }
  }

  private func unpackedPackages(
    _ progress: @escaping ImportProgress.Handler
  ) throws(ImportError) -> String {
    if let sourceFolder { return sourceFolder }
    let lock = try lockedFolder(downloadFolder)
    defer { withExtendedLifetime(lock) {} }
    let packages = DebianPackages(folder: downloadFolder)
    try packages.unpack(
      importers.flatMap { $0.packages(for: language) }, progress: progress)
    return packages.root
  }

  // MARK: Cleaning

  private func cleaned(_ listed: [Listed], _ tally: inout LeftOutTally) -> [Listed] {
    let table = LanguageTables.table(language)
    var paths: Set<String> = []
    var kept: [Listed] = []
    for var entry in listed {
      switch transcript(of: entry.utterance, table, &paths) {
      case .failure(let reason): tally.add(reason, entry.example)
      case .success(let transcript):
        entry.transcript = transcript
        kept.append(entry)
      }
    }
    return kept
  }

  private func transcript(
    of utterance: Utterance, _ table: TextTable, _ paths: inout Set<String>
  ) -> Result<String, LeftOutReason> {
    if let flaw = utterance.flaw { return .failure(flaw) }
    if utterance.text.isEmpty { return .failure(.noText) }
    guard FileManager.default.fileExists(atPath: utterance.audioPath) else {
      return .failure(.noRecording)
    }
    return table.transcript(of: utterance.text).flatMap { transcript in
      paths.insert(utterance.audioPath).inserted ? .success(transcript) : .failure(.secondText)
    }
  }

  // MARK: Converting

  private var clipFolder: String { ImportOutput.clipFolder(in: outputFolder) }

  /// The utterances that became clips; two recordings may differ in their files only and become the same clip.
  private func convert(
    _ listed: [Listed], _ tally: inout LeftOutTally, _ progress: ImportProgress.Handler
  ) throws(ImportError) -> [Listed] {
    let sources = listed.map { entry in
      SampleWriter.Source(
        audioPath: entry.utterance.audioPath, transcript: entry.transcript,
        clipName: clipName(entry))
    }
    let writer = SampleWriter(folder: clipFolder, limits: limits)
    var converted: [Listed] = []
    for (entry, outcome) in zip(listed, try writer.write(sources, progress: progress)) {
      switch outcome {
      case .leftOut(let reason, let detail): tally.add(reason, detail ?? entry.example)
      case .clip(let measurement):
        converted.append(entry)
        converted[converted.count - 1].measurement = measurement
      }
    }
    return withoutDuplicates(
      converted, files: converted.map { "\(clipFolder)/\(clipName($0))" }, &tally)
  }

  private func withoutDuplicates(
    _ listed: [Listed], files: [String], _ tally: inout LeftOutTally
  ) -> [Listed] {
    let duplicates = DuplicateRecordings.find(in: files)
    for (index, _) in duplicates { tally.add(.duplicateRecording, listed[index].example) }
    let left = Set(duplicates.map(\.index))
    return listed.indices.filter { !left.contains($0) }.map { listed[$0] }
  }

  /// The clips that are usable; durations are compared within a speaker.
  private func withoutOddDurations(
    _ listed: [Listed], _ tally: inout LeftOutTally
  ) -> [ImportedClip] {
    let readings = listed.map { entry in
      OddDurations.Reading(
        speaker: entry.speaker, characterCount: entry.transcript.count,
        seconds: entry.measurement?.speechSeconds ?? 0)
    }
    let odd = OddDurations.find(in: readings)
    for index in odd.sorted() { tally.add(.oddDuration, listed[index].example) }
    return listed.indices.filter { !odd.contains($0) }.map { index in
      let entry = listed[index]
      return ImportedClip(
        corpus: entry.corpus, name: clipName(entry), transcript: entry.transcript,
        speaker: entry.speaker, seconds: entry.measurement?.seconds ?? 0)
    }
  }

  /// One name for each recording: the key with dots for its slashes, and its other special characters in hexadecimal.
  private func clipName(_ entry: Listed) -> String {
    let words = entry.utterance.key.split(separator: "/").map { word in
      word.addingPercentEncoding(withAllowedCharacters: Self.plainCharacters) ?? String(word)
    }
    return "\(entry.corpus)-\(language).\(words.joined(separator: ".")).wav"
  }

  private static let plainCharacters = CharacterSet(
    charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
}
