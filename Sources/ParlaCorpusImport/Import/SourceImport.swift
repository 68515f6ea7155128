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
    var listing = try importer.listing(in: tree, settings.request)
    if !settings.columns.isEmpty, listing.tables.isEmpty {
      throw .columnsWithoutTable(source: source, importer: importer.name)
    }
    try choose(from: &listing.samples)
    let wanted = try usable(listing.samples, tree, &tally)
    let lock = try lockedFolder(outputFolder)
    defer { withExtendedLifetime(lock) {} }
    let outcomes = try makeClips(wanted.requests, tree, progress)
    var kept: [KeptSample] = []
    kept.reserveCapacity(wanted.candidates.count)
    for candidate in wanted.candidates {
      if let sample = judged(candidate, outcomes[candidate.request], &tally) { kept.append(sample) }
    }
    kept = withParts(kept)
    guard !kept.isEmpty else {
      throw .nothingToImport(
        corpora: [importer.name], leftOut: tally.result, hasOptions: true)
    }
    let output = SourceImportOutput(folder: outputFolder, corpus: importer.name, source: place)
    let report = try output.write(
      kept, language: settings.language ?? "", derived: importer.derivedSets(of: kept),
      leftOut: tally.result, tables: listing.tables, emptyByChoice: emptyByChoice)
    return Result(report: report, leftOut: tally.all)
  }

  // MARK: Texts

  /// A sample with a transcript, and the position of the clip that it needs.
  private struct Candidate {
    let listed: ListedSample
    let transcript: String
    let request: Int
  }

  /// Leaves the samples in the sets that were asked for; what they have in common is held once.
  ///
  /// - Throws: `ImportError.unknownSet`.
  private func choose(from listed: inout [ListedSample]) throws(ImportError) {
    var names = SharedNames()
    // One after the other in the same list: there are never two lists of all.
    for index in listed.indices { listed[index] = listed[index].sharing(with: &names) }
    guard !settings.sets.isEmpty else { return }
    let known = Set(listed.lazy.flatMap(\.sets))
    if let unknown = settings.sets.first(where: { !known.contains($0) }) {
      throw .unknownSet(name: unknown, known: known.sorted())
    }
    listed = listed.compactMap { sample in
      guard !sample.sets.isEmpty else { return sample }
      var sample = sample
      sample.sets.removeAll { !settings.sets.contains($0) }
      return sample.sets.isEmpty ? nil : sample
    }
  }

  private func usable(
    _ listed: [ListedSample], _ tree: SourceTree, _ tally: inout LeftOutTally
  ) throws(ImportError) -> (candidates: [Candidate], requests: [ClipRequest]) {
    var patterns: [Regex<AnyRegexOutput>] = []
    for pattern in settings.skipped {
      do { patterns.append(try Regex(pattern)) } catch { throw .badPattern(pattern: pattern) }
    }
    var names = ClipNames()
    // A recording with several texts or in several sets becomes one clip, for the widest of their limits.
    var positions: [String: Int] = [:]
    var requests: [ClipRequest] = []
    var candidates: [Candidate] = []
    candidates.reserveCapacity(listed.count)
    for sample in listed {
      let missing = sample.audio.first { !tree.has($0) }
      let isSkipped = patterns.contains { pattern in
        sample.audio.contains { $0.contains(pattern) }
      }
      let reason =
        isSkipped
        ? .skipped
        : sample.flaw ?? (sample.text.isEmpty ? .noText : nil)
          ?? (missing != nil ? .noRecording : nil)
      if let reason {
        tally.add(reason, sample)
        continue
      }
      switch rules.text.transcript(of: sample.text) {
      case .failure(let reason): tally.add(reason, sample)
      case .success(let transcript):
        let request = request(sample, transcript, name: names.name(of: sample))
        let position = positions[request.name]
        if let position {
          requests[position].widen(by: request)
        } else {
          positions[request.name] = requests.count
          requests.append(request)
        }
        candidates.append(
          Candidate(
            listed: sample, transcript: transcript, request: position ?? requests.count - 1))
      }
    }
    return (candidates, requests)
  }

  private func request(
    _ sample: ListedSample, _ transcript: String, name: String
  ) -> ClipRequest {
    let isTraining = sample.sets.isEmpty || sample.sets.contains { $0 != "dev" && $0 != "test" }
    let longest = rules.longestIsForTraining && !isTraining ? .infinity : rules.longestSeconds
    // A little less than the rule, which rounds; it judges again.
    let needed = rules.millisecondsPerCharacter * Double(transcript.unicodeScalars.count) / 1000
    let shortest = max(rules.shortestSeconds, needed - 0.001, 0)
    return ClipRequest(
      audio: sample.audio, segment: sample.segment, name: name,
      wanted: min(shortest, longest)...longest,
      needsFormat: rules.requiredRate != nil || rules.requiredChannels != nil)
  }

  // MARK: Clips

  private func makeClips(
    _ requests: [ClipRequest], _ tree: SourceTree, _ progress: @escaping ImportProgress.Handler
  ) throws(ImportError) -> [ClipOutcome] {
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

  /// The sample with its clip, in the sets whose rules it keeps; nil if there is none.
  private func judged(
    _ candidate: Candidate, _ outcome: ClipOutcome, _ tally: inout LeftOutTally
  ) -> KeptSample? {
    let clip: Clip
    switch outcome {
    case .leftOut(.unreadable, _)
    where candidate.listed.audio.contains(where: SourceFile.isConvertible):
      tally.add(.mustBeConverted, candidate.listed)
      return nil
    case .leftOut(let reason, let detail):
      tally.add(reason, candidate.listed, detail: detail)
      return nil
    case .clip(let made): clip = made
    }
    if let rate = rules.requiredRate, clip.sourceRate != rate {
      tally.add(.otherFormat, candidate.listed, detail: "\(clip.sourceRate) Hz")
      return nil
    }
    if let channels = rules.requiredChannels, clip.sourceChannels != channels {
      tally.add(.otherFormat, candidate.listed, detail: "\(clip.sourceChannels) channels")
      return nil
    }
    var sets: [String] = []
    var reason: LeftOutReason?
    for set in candidate.listed.sets.isEmpty ? ["train"] : candidate.listed.sets {
      if let found = rules.reasonToLeaveOut(
        transcript: candidate.transcript, seconds: clip.seconds, from: set)
      {
        reason = found
      } else {
        sets.append(set)
      }
    }
    if sets.isEmpty, let reason {
      tally.add(reason, candidate.listed, detail: "\((clip.seconds * 100).rounded() / 100) s")
      return nil
    }
    return KeptSample(
      listed: candidate.listed, transcript: rules.text.written(candidate.transcript), clip: clip,
      sets: candidate.listed.sets.isEmpty ? [] : sets)
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
  private func withParts(_ kept: [KeptSample]) -> [KeptSample] {
    let isOriginal = settings.asOriginal || settings.split == .original
    let forced = [.speaker, .sentence, .none].contains(settings.split)
    if isOriginal, let parts = importer.originalParts(of: kept) {
      return zip(kept, parts).map { $0.0.moved(to: $0.1) }
    }
    let open = kept.indices.filter { index in
      forced ? kept[index].sets.isEmpty || kept[index].isInPart : kept[index].sets.isEmpty
    }
    let parts = SampleSplit.parts(
      open.map { .init(transcript: kept[$0].transcript, speaker: kept[$0].listed.speaker) },
      by: settings.split)
    var kept = kept
    for (index, part) in zip(open, parts) { kept[index] = kept[index].moved(to: part.rawValue) }
    return kept
  }
}

extension KeptSample {
  private static let parts: Set<String> = ["train", "dev", "test"]

  /// Whether the corpus counts it to train, dev or test.
  fileprivate var isInPart: Bool { sets.contains { Self.parts.contains($0) } }

  /// The sample in `part` instead of the one in which it is.
  fileprivate func moved(to part: String) -> KeptSample {
    var moved = self
    moved.sets = [part] + sets.filter { !Self.parts.contains($0) }
    return moved
  }
}
