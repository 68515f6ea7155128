import Foundation
import ParlaAudio
import ParlaCorpus
import ParlaFiles

/// Makes clips of recordings: several at a time on all processors, those of archives while these are read.
struct ClipMaker {
  private let tree: SourceTree
  private let walk: SourceWalk
  private let outputFolder: String
  private let form: AudioForm
  private let sampleRate: Int

  /// Makes clips in `form` of the recordings of `tree` into `outputFolder`.
  init(
    tree: SourceTree, walk: SourceWalk, outputFolder: String, form: AudioForm, sampleRate: Int
  ) {
    self.tree = tree
    self.walk = walk
    self.outputFolder = outputFolder
    self.form = form
    self.sampleRate = sampleRate
  }

  /// The clips of the same recordings: read once, cut as often as is wanted.
  struct Group: Sendable {
    let audio: [String]
    let requests: [(index: Int, request: ClipRequest)]

    /// Those of the `requests` at `positions`, of which there is one at least.
    init(_ positions: [Int], of requests: ClipRequests) {
      audio = requests[positions[0]].audio
      self.requests = positions.map { ($0, requests[$0]) }
    }
  }

  /// What becomes of each of the `requests`; what was made before, of the same files in the same way, stays.
  ///
  /// - Throws: `ImportError.file`, `.audio`, `.archiveBroken`.
  func make(
    _ requests: ClipRequests, progress: @escaping ImportProgress.Handler
  ) throws(ImportError) -> ClipOutcomes {
    try makeFolder(folder)
    try removeIncoming()
    var outcomes = ClipOutcomes(of: requests)
    let journal = try ClipJournal(
      folder: folder,
      settings: .init(source: absolutePath(tree.root), form: form, sampleRate: sampleRate)
    ) { entry in
      guard let position = requests.position(named: entry.name) else { return }
      outcomes[position] = known(requests[position], entry)
    }
    var done = outcomes.knownCount
    progress(.converting(done: done, total: requests.count))
    func take(_ made: [Made]) throws(ImportError) {
      var entries: [ClipJournal.Entry] = []
      for (index, result) in made {
        let outcome = try result.get()
        outcomes[index] = outcome
        entries.append(entry(requests[index], outcome))
      }
      try journal.append(entries)
      done += made.count
      progress(.converting(done: done, total: requests.count))
    }
    let groups = ClipGroups(of: requests) { !outcomes.isKnown($0) }
    let isPlain: (Int32) -> Bool = { first in
      requests.recordings.allAreFiles(requests.audio(Int(first)))
    }
    let plain = groups.firsts.filter(isPlain)
    for start in stride(from: 0, to: plain.count, by: Self.batchSize) {
      let batch = plain[start..<min(start + Self.batchSize, plain.count)].map {
        Group(groups.positions($0), of: requests)
      }
      try take(concurrentMap(batch) { self.cut($0, files: []) }.flatMap(\.self))
    }
    let packed = groups.firsts.filter { !isPlain($0) }
    try makeArchived(packed, groups, of: requests, take)
    // Once for all clips, before anything names them: a disk that is waited for after each would be the slowest part.
    if !groups.firsts.isEmpty { sync() }
    return outcomes
  }

  /// A result by the request's index.
  typealias Made = (index: Int, result: Result<ClipOutcome, ImportError>)

  private static let batchSize = 128

  var folder: String { "\(outputFolder)/clips" }

  private var incomingFolder: String { "\(folder)/.incoming" }

  private func removeIncoming() throws(ImportError) {
    guard FileManager.default.fileExists(atPath: incomingFolder) else { return }
    do { try FileManager.default.removeItem(atPath: incomingFolder) } catch {
      throw .file(.unwritable(path: incomingFolder, reason: systemReason(error)))
    }
  }

  // MARK: Journal

  private func known(_ request: ClipRequest, _ entry: ClipJournal.Entry) -> ClipOutcome? {
    guard entry.stamp == stamp(request) else { return nil }
    if let reason = entry.reason { return .leftOut(reason, detail: entry.detail ?? "") }
    guard let clip = entry.clip else { return nil }
    if !request.wanted.contains(clip.seconds) { return .clip(clip) }
    let path = clip.path.hasPrefix("/") ? clip.path : "\(outputFolder)/\(clip.path)"
    return clip.byteCount > 0 && FileStamp(path: path)?.byteCount == clip.byteCount
      && (!request.needsFormat || clip.sourceRate > 0) ? .clip(clip) : nil
  }

  private func entry(_ request: ClipRequest, _ outcome: ClipOutcome) -> ClipJournal.Entry {
    switch outcome {
    case .clip(let clip): .init(name: request.name, stamp: stamp(request), clip: clip)
    case .leftOut(let reason, let detail):
      .init(name: request.name, stamp: stamp(request), reason: reason, detail: detail)
    }
  }

  private func stamp(_ request: ClipRequest) -> String {
    request.audio.map { path in
      guard let file = tree.file(path) else { return "-" }
      let modified = file.plainPath.flatMap(FileStamp.init)?.modified ?? 0
      return "\(file.byteCount) \(modified)"
    }.joined(separator: ",")
  }

  // MARK: Archives

  /// Copies recordings out of their archives, one after the other, while those before are cut; `firsts` are those of `groups`.
  private func makeArchived(
    _ firsts: [Int32], _ groups: ClipGroups, of requests: ClipRequests,
    _ take: ([Made]) throws(ImportError) -> Void
  ) throws(ImportError) {
    guard !firsts.isEmpty else { return }
    let incoming: TemporaryFolder
    do { incoming = try TemporaryFolder(path: incomingFolder) } catch { throw .file(error) }
    var waiting = WaitingGroups(firsts, of: requests, in: tree)
    // Copies that other recordings of their group still wait for, or other groups.
    var copies: [String: String] = [:]
    var copyCount = 0
    let pipeline = ClipPipeline { batch in
      concurrentMap(batch) { self.cut($0.group, files: $0.files) }.flatMap(\.self)
    }
    defer {
      pipeline.wait()
      withExtendedLifetime(incoming) {}
    }
    var batch: [ClipPipeline.Job] = []
    try walk.visitArchives { path, _, archive throws(ImportError) in
      let users = waiting.users(of: path)
      guard !users.isEmpty else { return }
      let copy = "\(incomingFolder)/\(copyCount)-\(path.fileStem.utf8.count).\(path.ending)"
      copyCount += 1
      try archive.copy(to: copy)
      copies[path] = copy
      for first in users where waiting.isComplete(first) {
        let group = Group(groups.positions(first), of: requests)
        batch.append(.init(group: group, files: group.audio.map { copies[$0] ?? "" }))
        if users.count == 1, group.audio.count == 1 { copies[path] = nil }
      }
      guard batch.count >= 2 * Processors.count else { return }
      if let made = pipeline.exchange(batch) { try take(made) }
      batch = []
    }
    if let made = pipeline.exchange(batch) { try take(made) }
    if let made = pipeline.exchange([]) { try take(made) }
  }

  // MARK: One recording

  /// The clips of `group`, whose recordings are at `files`, or in the source if that is empty.
  private func cut(_ group: Group, files: [String]) -> [Made] {
    let paths = group.audio.enumerated().map { index, path in
      files.indices.contains(index) && !files[index].isEmpty
        ? files[index] : tree.file(path)?.plainPath ?? ""
    }
    let cutter = ClipCutter(
      outputFolder: outputFolder, form: form, sampleRate: sampleRate, isArchived: !files.isEmpty)
    return cutter.cut(group, paths: paths)
  }
}

/// Works on one batch while the next is collected.
private final class ClipPipeline: Sendable {
  /// Recordings that are now at `files`.
  struct Job: Sendable {
    let group: ClipMaker.Group
    let files: [String]
  }

  private let queue = DispatchQueue(label: "clips")
  private let work: @Sendable ([Job]) -> [ClipMaker.Made]
  private let results = ResultBox()

  init(_ work: @escaping @Sendable ([Job]) -> [ClipMaker.Made]) { self.work = work }

  /// Returns when nothing is worked on.
  func wait() { queue.sync {} }

  /// Starts work on `batch`, and gives what came of the one before; nil if there was none.
  func exchange(_ batch: [Job]) -> [ClipMaker.Made]? {
    wait()
    let made = results.take()
    if !batch.isEmpty { queue.async { [work, results] in results.put(work(batch)) } }
    return made
  }
}
