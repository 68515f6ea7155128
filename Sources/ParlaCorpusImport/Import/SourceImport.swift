import Foundation
import ParlaCorpus
import ParlaFiles
import ParlaTranscripts

/// Brings a corpus from a folder or its archives into CSV files that a model can be trained on.
///
/// It can be killed and started again at any time: the clips that are there stay, and the result is the same.
package struct SourceImport {
  private let importer: any SourceImporter
  private let source: String
  private let outputFolder: String
  private let settings: SourceImportSettings
  private let rules: ImportRules

  /// Makes an import of the corpus called `name` from the folder or archive at `source` into `outputFolder`.
  ///
  /// - Throws: `ImportError.unknownImporter`.
  package init(
    _ name: String, source: String, outputFolder: String, settings: SourceImportSettings = .init()
  ) throws(ImportError) {
    let importer = try ImporterList.named(name)
    guard let importer = importer as? any SourceImporter else {
      throw .notTogether(names: [name, "--source of a downloaded corpus"])
    }
    self.importer = importer
    self.source = source
    self.outputFolder = absolutePath(outputFolder)
    self.settings = settings
    rules = settings.rules(of: importer)
  }

  /// What came of an import.
  package struct Result: Sendable {
    /// Counts of kept and skipped samples.
    package let report: ImportReport
    /// All skipped samples.
    package let leftOut: [LeftOutSample]
  }

  /// Runs the import and returns a report.
  ///
  /// - Throws: `ImportError`, if the source is not the corpus or cannot be read, or a file cannot be written; unusable
  ///   samples are skipped and counted.
  package func run(
    progress: @escaping ImportProgress.Handler = { _ in }
  ) throws(ImportError) -> Result {
    let place = absolutePath(source)
    guard place != outputFolder else { throw .intoSource(folder: outputFolder) }
    try ImportReport.checkEarlier(in: outputFolder, corpora: [importer.name], source: place)
    progress(.listing(source: source))
    // What is damaged is refused before anything is written.
    let tree = try SourceTree(source, excluding: outputFolder, isThorough: true)
    for file in tree.leftOut { progress(.leftOut(path: file.path, reason: "\(file)")) }
    if tree.isOneRecording { throw .oneRecording(path: source) }
    guard importer.recognizes(tree) else {
      guard tree.hasRecordings else { throw tree.lackOfRecordings }
      throw .notRecognised(
        source: source, importer: importer.name, expected: importer.layout,
        guesses: ImporterList.guesses(for: tree).filter { $0 != importer.name })
    }
    var tally = LeftOutTally()
    let (rows, tables) = try usable(in: tree, &tally)
    let lock = try lockedFolder(outputFolder)
    defer { withExtendedLifetime(lock) {} }
    let outcomes = try makeClips(rows.requests, tree, progress)
    let kept = withParts(judged(rows, outcomes, &tally))
    guard !kept.isEmpty else {
      throw .nothingToImport(
        corpora: [importer.name], leftOut: tally.result, hasOptions: true)
    }
    let output = SourceImportOutput(folder: outputFolder, corpus: importer.name, source: place)
    let report = try output.write(
      kept, language: settings.language ?? "", derived: importer.derivedSets(of: kept),
      leftOut: tally.result, tables: tables, emptyByChoice: emptyByChoice)
    return Result(report: report, leftOut: tally.all)
  }

  // MARK: Texts

  /// The samples that have a transcript and a recording, in the sets that were asked for; and the tables that the importer names.
  ///
  /// - Throws: `ImportError.unknownSet`, `.badPattern`, `.columnsWithoutTable`, or what the importer throws.
  private func usable(
    in tree: SourceTree, _ tally: inout LeftOutTally
  ) throws(ImportError) -> (SampleRows, [ImportReport.TableColumns]) {
    var patterns: [Regex<AnyRegexOutput>] = []
    for pattern in settings.skipped {
      do { patterns.append(try Regex(pattern)) } catch { throw .badPattern(pattern: pattern) }
    }
    var rows = SampleRows(
      of: tree, needsFormat: rules.requiredRate != nil || rules.requiredChannels != nil)
    var known: Set<String> = []
    let tables = try importer.eachSample(in: tree, settings.request) { listed in
      var sample = listed
      if !settings.sets.isEmpty, !sample.sets.isEmpty {
        known.formUnion(sample.sets)
        sample.sets.removeAll { !settings.sets.contains($0) }
        guard !sample.sets.isEmpty else { return }
      }
      if let reason = flaw(of: sample, tree, patterns) {
        tally.add(reason, sample)
        return
      }
      switch rows.transcript(of: sample.text).map(Swift.Result.success)
        ?? rules.text.transcript(of: sample.text)
      {
      case .failure(let reason): tally.add(reason, sample)
      case .success(let transcript):
        let wanted = wantedSeconds(of: sample, transcript)
        rows.append(sample, transcript: transcript, wanted: wanted)
      }
    }
    if !settings.columns.isEmpty, tables.isEmpty {
      throw .columnsWithoutTable(source: source, importer: importer.name)
    }
    if let unknown = settings.sets.first(where: { !known.contains($0) }) {
      throw .unknownSet(name: unknown, known: known.sorted())
    }
    return (rows, tables)
  }

  /// Why `sample` cannot be used, whatever its text says; nil if it can.
  private func flaw(
    of sample: ListedSample, _ tree: SourceTree, _ patterns: [Regex<AnyRegexOutput>]
  ) -> LeftOutReason? {
    let isSkipped = patterns.contains { pattern in
      sample.audio.contains { $0.contains(pattern) }
    }
    if isSkipped { return .skipped }
    if let flaw = sample.flaw { return flaw }
    if sample.text.isEmpty { return .noText }
    return sample.audio.allSatisfy(tree.has) ? nil : .noRecording
  }

  /// The lengths of a clip with which `sample` can be used.
  private func wantedSeconds(
    of sample: ListedSample, _ transcript: String
  ) -> ClosedRange<Double> {
    let isTraining = sample.sets.isEmpty || sample.sets.contains { $0 != "dev" && $0 != "test" }
    let longest = rules.longestIsForTraining && !isTraining ? .infinity : rules.longestSeconds
    // A little less than the rule, which rounds; it judges again.
    let needed = rules.millisecondsPerCharacter * Double(transcript.unicodeScalars.count) / 1000
    let shortest = max(rules.shortestSeconds, needed - 0.001, 0)
    return min(shortest, longest)...longest
  }

  // MARK: Clips

  private func makeClips(
    _ requests: ClipRequests, _ tree: SourceTree, _ progress: @escaping ImportProgress.Handler
  ) throws(ImportError) -> ClipOutcomes {
    try makeFolder(outputFolder)
    let needed = SpaceEstimate.bytes(for: requests, tree, settings.audio)
    let free = SpaceEstimate.free(in: outputFolder)
    progress(.planned(recordings: requests.count, byteCount: needed, free: free))
    if let free, needed > free { throw .noRoom(folder: outputFolder, needed: needed, free: free) }
    let maker = ClipMaker(
      tree: tree, walk: SourceWalk(root: source, excluding: outputFolder),
      outputFolder: outputFolder, form: settings.audio, sampleRate: settings.sampleRate)
    return try maker.make(requests, progress: progress)
  }

  /// Those of the `rows` that have a clip, in the sets whose rules they keep.
  private func judged(
    _ rows: SampleRows, _ outcomes: ClipOutcomes, _ tally: inout LeftOutTally
  ) -> KeptSamples {
    var kept = KeptSamples(of: rows, outcomes, rules.text)
    for row in 0..<rows.count {
      let listed = rows.listed(row)
      let outcome = outcomes[rows.request(row)] ?? .leftOut(.noRecording, detail: "")
      switch judged(listed, rows.transcript(row), outcome) {
      case .failure(let problem): tally.add(problem.reason, listed, detail: problem.detail)
      case .success(let sets): kept.append(row: row, sets: sets)
      }
    }
    return kept
  }

  /// Why a sample is skipped.
  private struct Problem: Error {
    let reason: LeftOutReason
    var detail = ""
  }

  /// The sets in which a sample is kept; none if the corpus does not say.
  private func judged(
    _ listed: ListedSample, _ transcript: String, _ outcome: ClipOutcome
  ) -> Swift.Result<[String], Problem> {
    let clip: Clip
    switch outcome {
    case .leftOut(.unreadable, _)
    where listed.audio.contains(where: SourceFile.isConvertible):
      return .failure(Problem(reason: .mustBeConverted))
    case .leftOut(let reason, let detail):
      return .failure(Problem(reason: reason, detail: detail))
    case .clip(let made): clip = made
    }
    if let rate = rules.requiredRate, clip.sourceRate != rate {
      return .failure(Problem(reason: .otherFormat, detail: "\(clip.sourceRate) Hz"))
    }
    if let channels = rules.requiredChannels, clip.sourceChannels != channels {
      return .failure(Problem(reason: .otherFormat, detail: "\(clip.sourceChannels) channels"))
    }
    var sets: [String] = []
    var reason: LeftOutReason?
    for set in listed.sets.isEmpty ? ["train"] : listed.sets {
      if let found = rules.reasonToLeaveOut(
        transcript: transcript, seconds: clip.seconds, from: set)
      {
        reason = found
      } else {
        sets.append(set)
      }
    }
    if sets.isEmpty, let reason {
      let seconds = (clip.seconds * 100).rounded() / 100
      return .failure(Problem(reason: reason, detail: "\(seconds) s"))
    }
    return .success(listed.sets.isEmpty ? [] : sets)
  }

  // MARK: Sets

  /// Which of train, dev and test get nothing since that was asked for.
  private var emptyByChoice: [String] {
    switch settings.split {
    case .none: ["dev", "test"]
    case .speaker, .sentence: []
    case .auto, .original:
      settings.sets.isEmpty
        ? [] : ["train", "dev", "test"].filter { !settings.sets.contains($0) }
    }
  }

  /// The samples with the parts that were asked for.
  private func withParts(_ kept: KeptSamples) -> KeptSamples {
    let isOriginal = settings.asOriginal || settings.split == .original
    let forced = [.speaker, .sentence, .none].contains(settings.split)
    var moved = kept
    if isOriginal, let parts = importer.originalParts(of: kept) {
      for (index, part) in zip(kept.indices, parts) { moved.move(index, toPart: part) }
      return moved
    }
    let open = kept.indices.filter { index in
      let sets = kept.sets(index)
      return sets.isEmpty || forced && sets.contains { KeptSamples.parts.contains($0) }
    }
    let parts = SampleSplit.parts(
      open.map { index in
        let sample = kept[index]
        return .init(transcript: sample.transcript, speaker: sample.listed.speaker)
      }, by: settings.split)
    for (index, part) in zip(open, parts) { moved.move(index, toPart: part.rawValue) }
    return moved
  }
}

extension KeptSamples {
  fileprivate static let parts: Set<String> = ["train", "dev", "test"]

  /// Brings the sample at `position` into `part` instead of the one in which it is.
  fileprivate mutating func move(_ position: Int, toPart part: String) {
    move(position, to: [part] + sets(position).filter { !Self.parts.contains($0) })
  }
}
